import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "2.3 partitionForKey",
    name: "the remainder of a negative hash",
    why: "In JavaScript as in Java, −7 % 3 is −1, and there is no partition −1.",
    caughtBy: "2.3 partitionForKey: a key whose hash is negative gets a partition, too",
    body: "return murmur2(keyBytes) % numPartitions;",
  },
  {
    exercise: "2.3 partitionForKey",
    name: "positive after the remainder",
    why: "Taking the absolute value of the remainder gives valid partitions, and other ones than every other client.",
    caughtBy: "2.3 partitionForKey: is Apache Kafka's for every key and number of partitions",
    body: "return Math.abs(murmur2(keyBytes) % numPartitions);",
  },
  {
    exercise: "2.3 partitionForKey",
    name: "an empty key is no key, partition 0",
    why: "Zero bytes have a hash like all others. A shortcut for them sends them where no other client does.",
    caughtBy: "2.3 partitionForKey: an empty key is a key",
    body: "return keyBytes.length === 0 ? 0 : toPositive(murmur2(keyBytes)) % numPartitions;",
  },
  {
    exercise: "2.3 PartitionChooser.choose",
    name: "only partitions with a leader count",
    why:
      "Then a key moves to another partition whenever a broker goes down, and its records are out of order for ever.",
    caughtBy: "2.3 choose: a key decides among all partitions, also those without a leader",
    replace: [["cluster.partitionsForTopic(topic).length", "cluster.availablePartitionsForTopic(topic).length"]],
  },
  {
    exercise: "2.3 PartitionChooser.choose",
    name: "an empty key is taken for no key",
    why: "`keyBytes?.length` is 0 for an empty key, and 0 is false. Only null is no key.",
    caughtBy: "2.3 choose: an empty key is a key, no key is none",
    replace: [["if (keyBytes !== null &&", "if (keyBytes?.length &&"]],
  },
  {
    exercise: "2.3 PartitionChooser.choose",
    name: "partition 0 is taken for none",
    why: "A partition is a number, and 0 is one: `if (partition)` passes over it.",
    caughtBy: "2.3 choose: the record's own partition wins over its key, also partition 0",
    replace: [["if (partition !== null) return", "if (partition) return"]],
  },
  {
    exercise: "2.3 PartitionChooser.choose",
    name: "the partitioner is asked first",
    why: "A record that names its partition has its reasons, and a partitioner may count its calls.",
    caughtBy: "2.3 choose: the record's own partition wins over a partitioner, which is not even asked",
    replace: [["if (partition !== null) return", "if (partition !== null && this.partitioner === null) return"]],
  },
  {
    exercise: "2.3 PartitionChooser.choose",
    name: "ignored keys are hidden from the partitioner",
    why: "`partitioner.ignore.keys` speaks to the built-in partitioner. One of the user's own sees what there is.",
    caughtBy: "2.3 choose: a partitioner is told topic, key and value, as given and as bytes, and the cluster",
    replace: [["record.key, keyBytes, record.value", "record.key, this.#ignoreKeys ? null : keyBytes, record.value"]],
  },
  {
    exercise: "2.3 PartitionChooser.choose",
    name: "the record's partition is believed",
    why: "A partition that the topic doesn't have would be noticed only when its batch finds no leader, minutes later.",
    caughtBy: "2.3 choose: a partition that the topic doesn't have is refused",
    replace: [['checkPartition(topic, partition, count, "The record asks for")', "partition"]],
  },
  {
    exercise: "2.3 PartitionChooser.choose",
    name: "the partitioner is believed",
    why: "Kafka itself checks only for a negative number; one that is too large gets lost.",
    caughtBy: "2.3 choose: a partitioner that chooses what the topic doesn't have is refused",
    replace: [['checkPartition(topic, chosen, count, "The partitioner chose")', "chosen"]],
  },
  {
    exercise: "2.3 PartitionChooser.choose",
    name: "keys are never ignored",
    why: "With `partitioner.ignore.keys` records are to be spread by load, keys or not.",
    caughtBy: "2.3 choose: with partitioner.ignore.keys a key decides nothing",
    replace: [[" && !this.#ignoreKeys", ""]],
  },
]);
