/**
 * The tools that there are, by name.
 *
 * @module
 */
import { kafkaBrokerApiVersions } from "./kafka-broker-api-versions.ts";
import { kafkaConfigs } from "./kafka-configs.ts";
import { kafkaConsoleConsumer } from "./kafka-console-consumer.ts";
import { kafkaConsoleProducer } from "./kafka-console-producer.ts";
import { kafkaConsumerGroups } from "./kafka-consumer-groups.ts";
import { kafkaDeleteRecords } from "./kafka-delete-records.ts";
import { kafkaDumpLog } from "./kafka-dump-log.ts";
import { kafkaGetOffsets } from "./kafka-get-offsets.ts";
import { kafkaLeaderElection } from "./kafka-leader-election.ts";
import { kafkaLogDirs } from "./kafka-log-dirs.ts";
import { kafkaTopics } from "./kafka-topics.ts";
import { type Tool } from "./tool.ts";

/** All of them. */
export const TOOLS: ReadonlyMap<string, Tool<string>> = new Map(
  [
    kafkaBrokerApiVersions,
    kafkaConfigs,
    kafkaConsoleConsumer,
    kafkaConsoleProducer,
    kafkaConsumerGroups,
    kafkaDeleteRecords,
    kafkaDumpLog,
    kafkaGetOffsets,
    kafkaLeaderElection,
    kafkaLogDirs,
    kafkaTopics,
  ]
    .map((tool) => [tool.name, tool as unknown as Tool<string>]),
);
