import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "2.5 StickyPartitioner.partition",
    name: "a new partition for every record",
    why: "That is a random partitioner: with 100 partitions, 100 batches are open and none gets full.",
    caughtBy: "2.5 partition: records without a key stay with one partition",
    replace: [["if (sticky === undefined || cluster.partition(topic, sticky) === undefined) {", "{"]],
  },
  {
    exercise: "2.5 StickyPartitioner.partition",
    name: "a partition that is gone stays",
    why: "A topic can be made anew with fewer partitions. Then no record without a key can be sent any more.",
    caughtBy: "2.5 partition: when the topic is made anew with fewer partitions, it moves to one that there is",
    replace: [[" || cluster.partition(topic, sticky) === undefined", ""]],
  },
  {
    exercise: "2.5 StickyPartitioner.partition",
    name: "keys are ignored",
    why: "Records with one key then lie all over the partitions, and nobody reads them in order.",
    caughtBy: "2.5 partition: a record with a key goes where its key belongs, and an empty key is a key",
    replace: [
      ["if (keyBytes !== null) return partitionForKey(keyBytes, cluster.partitionsForTopic(topic).length);", ""],
    ],
  },
  {
    exercise: "2.5 StickyPartitioner.partition",
    name: "an empty key is taken for no key",
    why: "Zero bytes are a key. Only null is none.",
    caughtBy: "2.5 partition: a record with a key goes where its key belongs, and an empty key is a key",
    replace: [["if (keyBytes !== null) return", "if (keyBytes?.length) return"]],
  },
  {
    exercise: "2.5 StickyPartitioner.partition",
    name: "only partitions with a leader count for keys",
    why: "Then a key moves to another partition whenever a broker goes down: that was so with choose, and is here.",
    caughtBy: "2.5 partition: a key decides among all partitions, also those without a leader",
    replace: [["cluster.partitionsForTopic(topic).length", "cluster.availablePartitionsForTopic(topic).length"]],
  },
  {
    exercise: "2.5 StickyPartitioner.partition",
    name: "always the first partition first",
    why: "When a hundred producers start at once they all begin with partition 0.",
    caughtBy: "2.5 partition: which one it is, chance decides",
    replace: [
      ["randomPartition(topic, cluster, this.#random)", "cluster.availablePartitionsForTopic(topic)[0]!.partition"],
    ],
  },
  {
    exercise: "2.5 StickyPartitioner.partition",
    name: "partition 0 is taken for none",
    why: "`!sticky` is true for partition 0 as well, which then is drawn anew for every record.",
    caughtBy: "2.5 partition: partition 0 is one to stay with, like any other",
    replace: [["sticky === undefined ||", "!sticky ||"]],
  },
  {
    exercise: "2.5 StickyPartitioner.partition",
    name: "one more partition than there are",
    why: "Partitions count from 0: of two, the last one is 1.",
    caughtBy: "2.5 partition: when the topic is made anew with fewer partitions, it moves to one that there is",
    replace: [["cluster.partition(topic, sticky) === undefined", "sticky > cluster.partitionsForTopic(topic).length"]],
  },
  {
    exercise: "2.5 StickyPartitioner.onNewBatch",
    name: "the next may be the same",
    why:
      "Drawing once among all partitions often draws the one that was just filled: two batches in a row for one " +
        "broker.",
    caughtBy: "2.5 onNewBatch: the next batch goes to another partition, never the same again",
    replace: [["candidates.filter(({ partition }) => partition !== previousPartition)", "candidates"]],
  },
  {
    exercise: "2.5 StickyPartitioner.onNewBatch",
    name: "any new batch moves it on",
    why:
      "Records with keys open batches all the time. The sticky partition would move on with its own batch half empty.",
    caughtBy: "2.5 onNewBatch: a batch that a record with a key has opened changes nothing",
    replace: [["if (this.#sticky.get(topic) !== previousPartition) return;", ""]],
  },
  {
    exercise: "2.5 StickyPartitioner.onNewBatch",
    name: "the next one in turn",
    why: "Producers that go round in step meet at the same broker again and again; chance keeps them apart.",
    caughtBy: "2.5 onNewBatch: all other partitions are likely to be next",
    replace: [
      [
        "others[this.#random.int(others.length)]!.partition",
        "(others.find(({ partition }) => partition > previousPartition) ?? others[0]!).partition",
      ],
    ],
  },
  {
    exercise: "2.5 StickyPartitioner.onNewBatch",
    name: "partitions without a leader are chosen",
    why: "A whole batch would be collected for a partition that nobody can write to.",
    caughtBy: "2.5 onNewBatch: partitions without a leader are not chosen",
    replace: [["available.length > 0 ? available : ", ""]],
  },
  {
    exercise: "2.5 StickyPartitioner.onNewBatch",
    name: "away from the only leader",
    why: "Better another batch for the one broker that can take it than one for nobody.",
    caughtBy: "2.5 onNewBatch: where no other partition has a leader it stays",
    replace: [["available.length > 0 ?", "available.length > 1 ?"]],
  },
  {
    exercise: "2.5 StickyPartitioner.onNewBatch",
    name: "without a leader it stays for ever",
    why: "Only available partitions are looked at, and when there are none, none is another.",
    caughtBy: "2.5 onNewBatch: without any leader it still moves on",
    replace: [["available.length > 0 ? available : cluster.partitionsForTopic(topic)", "available"]],
  },
]);
