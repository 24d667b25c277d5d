/**
 * The tools that there are, by name.
 *
 * @module
 */
import { kafkaBrokerApiVersions } from "./kafka-broker-api-versions.ts";
import { kafkaCluster } from "./kafka-cluster.ts";
import { kafkaConfigs } from "./kafka-configs.ts";
import { kafkaConsoleConsumer } from "./kafka-console-consumer.ts";
import { kafkaConsoleProducer } from "./kafka-console-producer.ts";
import { kafkaConsumerGroups } from "./kafka-consumer-groups.ts";
import { kafkaConsumerPerfTest } from "./kafka-consumer-perf-test.ts";
import { kafkaDeleteRecords } from "./kafka-delete-records.ts";
import { kafkaDumpLog } from "./kafka-dump-log.ts";
import { kafkaGetOffsets } from "./kafka-get-offsets.ts";
import { kafkaLeaderElection } from "./kafka-leader-election.ts";
import { kafkaLogDirs } from "./kafka-log-dirs.ts";
import { kafkaMirrorMaker } from "./kafka-mirror-maker.ts";
import { kafkaProducerPerfTest } from "./kafka-producer-perf-test.ts";
import { kafkaReassignPartitions } from "./kafka-reassign-partitions.ts";
import { kafkaTopics } from "./kafka-topics.ts";
import { kafkaVerifiableConsumer } from "./kafka-verifiable-consumer.ts";
import { kafkaVerifiableProducer } from "./kafka-verifiable-producer.ts";
import { type Tool } from "./tool.ts";

/** All of them. */
export const TOOLS: ReadonlyMap<string, Tool<string>> = new Map(
  [
    kafkaBrokerApiVersions,
    kafkaCluster,
    kafkaConfigs,
    kafkaConsoleConsumer,
    kafkaConsoleProducer,
    kafkaConsumerGroups,
    kafkaConsumerPerfTest,
    kafkaDeleteRecords,
    kafkaDumpLog,
    kafkaGetOffsets,
    kafkaLeaderElection,
    kafkaLogDirs,
    kafkaMirrorMaker,
    kafkaProducerPerfTest,
    kafkaReassignPartitions,
    kafkaTopics,
    kafkaVerifiableConsumer,
    kafkaVerifiableProducer,
  ].map((tool) => [tool.name, tool as unknown as Tool<string>]),
);
