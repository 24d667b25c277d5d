import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "2.7 partitionOfDraw",
    name: "the first that is not smaller",
    why: "A draw of 4 among 4, 5, 8 then means the first partition a fifth time, and the second never gets its one.",
    caughtBy: "2.7 partitionOfDraw: the first entry that is larger than the draw",
    replace: [["cumulativeWeights[middle]! > draw", "cumulativeWeights[middle]! >= draw"]],
  },
  {
    exercise: "2.7 partitionOfDraw",
    name: "the place is taken for the partition",
    why: "Partitions that are left out leave gaps: the second entry may be partition 9.",
    caughtBy: "2.7 partitionOfDraw: the answer is the partition's number, not the entry's",
    replace: [["return partitionIds[low]!;", "return Math.min(low, partitionIds.length);"]],
  },
  {
    exercise: "2.7 BuiltInPartitioner.updatePartitionLoadStats",
    name: "long queues attract",
    why: "The length itself as the weight sends most to the broker that can take least.",
    caughtBy: "2.7 updatePartitionLoadStats: the longest queue weighs 1, an empty one the most",
    replace: [["sum += longest + 1 - size", "sum += size + 1"]],
  },
  {
    exercise: "2.7 BuiltInPartitioner.updatePartitionLoadStats",
    name: "the longest queue is never chosen",
    why: "Without the + 1 its weight is 0. A broker that is only a little slower than the others would get nothing.",
    caughtBy: "2.7 updatePartitionLoadStats: the longest queue weighs 1, an empty one the most",
    replace: [["longest + 1 - size", "longest - size"]],
  },
  {
    exercise: "2.7 BuiltInPartitioner.updatePartitionLoadStats",
    name: "what lies behind length counts, too",
    why: "The arrays are made for all partitions; the entries of those that are left out are rubbish.",
    caughtBy: "2.7 updatePartitionLoadStats: partitions that are left out are not chosen",
    replace: [
      ["queueSizes.slice(0, length)", "queueSizes.slice()"],
      ["partitionIds.slice(0, length)", "partitionIds.slice()"],
    ],
  },
  {
    exercise: "2.7 BuiltInPartitioner.updatePartitionLoadStats",
    name: "the longest of all entries",
    why: "What lies behind `length` is rubbish. Taken for the longest queue, it makes all others look equally short.",
    caughtBy: "2.7 updatePartitionLoadStats: partitions that are left out are not chosen",
    replace: [["Math.max(...sizes)", "Math.max(...queueSizes)"]],
  },
  {
    exercise: "2.7 BuiltInPartitioner.updatePartitionLoadStats",
    name: "equal queues hide that some are left out",
    why: "\"All equal, no weights\" draws among all partitions again, also those whose broker takes nothing.",
    caughtBy: "2.7 updatePartitionLoadStats: also when those that are left have queues of one length",
    replace: [["length === queueSizes.length && ", ""]],
  },
  {
    exercise: "2.7 BuiltInPartitioner.updatePartitionLoadStats",
    name: "old figures are kept when there are no new ones",
    why: "A broker that was slow once would be avoided for ever.",
    caughtBy: "2.7 updatePartitionLoadStats: nothing known, all are equally likely again",
    replace: [["    this.#loadStats = null;\n", ""]],
  },
  {
    exercise: "2.7 BuiltInPartitioner.updatePartitionLoadStats",
    name: "old weights are kept when the queues are equal again",
    why: "A broker that has caught up would still get less, until its queue is the shortest.",
    caughtBy: "2.7 updatePartitionLoadStats: queues that are equally long have no effect",
    replace: [
      [
        "    this.#loadStats = null;\n    if (queueSizes === null || length < 1 || queueSizes.length < 2) return;\n",
        "    if (queueSizes === null || length < 1 || queueSizes.length < 2) {\n      this.#loadStats = null;\n" +
          "      return;\n    }\n",
      ],
    ],
  },
  {
    exercise: "2.7 BuiltInPartitioner.updatePartitionLoadStats",
    name: "weights without sums",
    why:
      "The draw looks for the first entry that is larger; without running sums the large first one takes nearly all.",
    caughtBy: "2.7 updatePartitionLoadStats: the longest queue weighs 1, an empty one the most",
    replace: [["(sum += longest + 1 - size)", "Math.max(sum, longest + 1 - size)"]],
  },
  {
    exercise: "2.7 BuiltInPartitioner.updatePartitionLoadStats",
    name: "the caller's array is kept",
    why: "The caller uses its arrays again, and the partitions change under the weights.",
    caughtBy: "2.7 updatePartitionLoadStats: the arrays stay the caller's",
    replace: [["partitionIds: partitionIds.slice(0, length)", "partitionIds"]],
  },
  {
    exercise: "2.7 BuiltInPartitioner.updatePartitionLoadStats",
    name: "one partition that is left counts as none",
    why: "Fewer than two is nothing to choose from; but of the topic's two one is left out, and mustn't be drawn.",
    caughtBy: "2.7 updatePartitionLoadStats: a single partition that is left gets everything",
    replace: [["length < 1", "length < 2"]],
  },
]);
