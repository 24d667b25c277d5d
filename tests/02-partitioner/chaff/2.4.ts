import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "2.4 RoundRobinPartitioner.partition",
    name: "one count for all topics",
    why: "Two topics that take turns then get every other partition each, and some partitions nothing at all.",
    caughtBy: "2.4 round robin: each topic has a turn of its own",
    replace: [
      ["this.#counts.get(topic)", 'this.#counts.get("")'],
      ["this.#counts.set(topic, count + 1)", 'this.#counts.set("", count + 1)'],
    ],
  },
  {
    exercise: "2.4 RoundRobinPartitioner.partition",
    name: "the place in the list is taken for the partition",
    why: "Among the available ones the first need not be partition 0.",
    caughtBy: "2.4 round robin: partitions without a leader are passed over",
    replace: [["candidates[count % candidates.length]!.partition", "count % candidates.length"]],
  },
  {
    exercise: "2.4 RoundRobinPartitioner.partition",
    name: "partitions without a leader have their turn",
    why: "Their records wait in memory until there is a leader again, while the others could be sent.",
    caughtBy: "2.4 round robin: partitions without a leader are passed over",
    replace: [["available.length > 0 ? available : ", ""]],
  },
  {
    exercise: "2.4 RoundRobinPartitioner.partition",
    name: "one partition with a leader is taken for none",
    why: "Then two of three records go to partitions to which nothing can be sent.",
    caughtBy: "2.4 round robin: when one partition has a leader, it has every turn",
    replace: [["available.length > 0", "available.length > 1"]],
  },
  {
    exercise: "2.4 RoundRobinPartitioner.partition",
    name: "nothing to choose from without any leader",
    why: "An election takes seconds. Until it is over the records have to be kept for some partition.",
    caughtBy: "2.4 round robin: when no partition has a leader, all of them have their turn",
    replace: [["available.length > 0 ? available : cluster.partitionsForTopic(topic)", "available"]],
  },
  {
    exercise: "2.4 RoundRobinPartitioner.partition",
    name: "the first turn is the second partition's",
    why: "Counting before asking leaves out partition 0 once. Harmless, but not what was asked for.",
    caughtBy: "2.4 round robin: one partition after the other, from the first on, round and round",
    replace: [["candidates[count %", "candidates[(count + 1) %"]],
  },
  {
    exercise: "2.4 RoundRobinPartitioner.partition",
    name: "a count of 32 bits",
    why: "`| 0` is a habit for whole numbers. After two billion records the count is negative, and no place in a list.",
    caughtBy: "2.4 round robin: goes on after two billion records",
    replace: [["this.#counts.set(topic, count + 1)", "this.#counts.set(topic, (count + 1) | 0)"]],
  },
]);
