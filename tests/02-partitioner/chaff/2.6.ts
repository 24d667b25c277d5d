import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "2.6 BuiltInPartitioner.currentPartition",
    name: "asking moves it on",
    why: "The caller asks for every record. Only bytes that were appended may move it.",
    caughtBy: "2.6 currentPartition: stays the same however often it is asked",
    replace: [["this.#sticky ??= this.nextPartition(cluster)", "this.#sticky = this.nextPartition(cluster)"]],
  },
  {
    exercise: "2.6 BuiltInPartitioner.currentPartition",
    name: "partition 0 is taken for none",
    why: "`||=` draws again whenever the sticky partition is 0.",
    caughtBy: "2.6 currentPartition: partition 0 is a partition like any other",
    replace: [["this.#sticky ??= ", "this.#sticky ||= "]],
  },
  {
    exercise: "2.6 BuiltInPartitioner.currentPartition",
    name: "a partition is left as soon as it has no leader",
    why: "An election takes seconds. Its open batch would be left behind half full, and the next one begun elsewhere.",
    caughtBy: "2.6 currentPartition: stays the same also when its leader is gone",
    replace: [
      [
        "cluster.partition(this.topic, this.#sticky) === undefined",
        "!cluster.leaderFor(this.topic, this.#sticky)",
      ],
    ],
  },
  {
    exercise: "2.6 BuiltInPartitioner.currentPartition",
    name: "a partition that is gone stays",
    why: "Records for it wait until they expire: no broker leads what doesn't exist.",
    caughtBy: "2.6 currentPartition: when the topic is made anew with fewer partitions, it is one that there is",
    replace: [["      this.#sticky = null;\n", ""]],
  },
  {
    exercise: "2.6 BuiltInPartitioner.currentPartition",
    name: "the new partition pays for the one that is gone",
    why: "Only the place where the partition changes by itself is thought of, and it changes here, too.",
    caughtBy: "2.6 currentPartition: chosen because the last one is gone, it starts from 0 bytes",
    replace: [["      this.#producedBytes = 0;\n", ""]],
  },
  {
    exercise: "2.6 BuiltInPartitioner.updatePartitionInfo",
    name: "one byte too late",
    why: "A partition that has got exactly batch.size bytes has had its turn.",
    caughtBy: "2.6 updatePartitionInfo: after batch.size bytes it is another partition's turn",
    replace: [["this.#producedBytes < enough", "this.#producedBytes <= enough"]],
  },
  {
    exercise: "2.6 BuiltInPartitioner.updatePartitionInfo",
    name: "records are counted",
    why: "Partitions with large records would get many times the bytes of the others: that was the fault of KIP-480.",
    caughtBy: "2.6 updatePartitionInfo: bytes count, not records",
    replace: [["this.#producedBytes += appendedBytes;", "this.#producedBytes += 1;"]],
  },
  {
    exercise: "2.6 BuiltInPartitioner.updatePartitionInfo",
    name: "the surplus is carried over",
    why: "After a record of ten batches' size the next ten partitions would each be left after one record.",
    caughtBy: "2.6 updatePartitionInfo: what one partition got too much, the next one doesn't pay for",
    replace: [["this.#producedBytes = 0;", "this.#producedBytes -= enough;"]],
  },
  {
    exercise: "2.6 BuiltInPartitioner.updatePartitionInfo",
    name: "the count is never reset",
    why: "From the second partition on every record moves on.",
    caughtBy: "2.6 updatePartitionInfo: after batch.size bytes it is another partition's turn",
    replace: [["    this.#producedBytes = 0;\n", ""]],
  },
  {
    exercise: "2.6 BuiltInPartitioner.updatePartitionInfo",
    name: "never the same twice",
    why: "With weights (2.7) the shortest queue is to get most. Forbidden twice in a row, it gets half at best.",
    caughtBy: "2.6 updatePartitionInfo: chance may choose the same partition again",
    replace: [
      [
        "    this.#sticky = this.nextPartition(cluster);\n",
        "    const before = this.#sticky;\n    for (let i = 0; i < 10 && this.#sticky === before; i++) {\n" +
          "      this.#sticky = this.nextPartition(cluster);\n    }\n",
      ],
    ],
  },
  {
    exercise: "2.6 BuiltInPartitioner.updatePartitionInfo",
    name: "it moves on while the batch isn't ready",
    why: "With a long linger.ms every batch is torn in two: 12 KB here, 4 KB there.",
    caughtBy: "2.6 updatePartitionInfo: while switching is off it stays beyond batch.size",
    replace: [["enableSwitch ? this.#stickyBatchSize : 2 * this.#stickyBatchSize", "this.#stickyBatchSize"]],
  },
  {
    exercise: "2.6 BuiltInPartitioner.updatePartitionInfo",
    name: "no limit while switching is off",
    why: "When records with keys keep the last batch of the queue open, one partition gets everything.",
    caughtBy: "2.6 updatePartitionInfo: from twice batch.size on it moves even while switching is off",
    replace: [["2 * this.#stickyBatchSize", "Infinity"]],
  },
  {
    exercise: "2.6 BuiltInPartitioner.updatePartitionInfo",
    name: "more than twice batch.size while switching is off",
    why: "It moves on once it has got that much, not only when it has got more: the same with both limits.",
    caughtBy: "2.6 updatePartitionInfo: from twice batch.size on it moves even while switching is off",
    replace: [["2 * this.#stickyBatchSize", "2 * this.#stickyBatchSize + 1"]],
  },
  {
    exercise: "2.6 BuiltInPartitioner.updatePartitionInfo",
    name: "only another partition starts from 0",
    why: "Chance may choose the same one again. With its old count it is left after the very next record.",
    caughtBy: "2.6 updatePartitionInfo: chosen again, it starts from 0 like any other",
    replace: [
      [
        "    this.#sticky = this.nextPartition(cluster);\n    this.#producedBytes = 0;\n",
        "    const next = this.nextPartition(cluster);\n    if (next !== this.#sticky) this.#producedBytes = 0;\n" +
          "    this.#sticky = next;\n",
      ],
    ],
  },
  {
    exercise: "2.6 BuiltInPartitioner.updatePartitionInfo",
    name: "0 bytes are no news",
    why: "Nothing was appended, but now it may switch: that is what the accumulator says when the batch has left.",
    caughtBy: "2.6 updatePartitionInfo: while switching is off it stays beyond batch.size",
    replace: [["this.#producedBytes +=", "if (appendedBytes === 0) return;\n    this.#producedBytes +="]],
  },
]);
