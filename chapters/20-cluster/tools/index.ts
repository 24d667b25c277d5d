/**
 * The tools that there are, by name.
 *
 * @module
 */
import { kafkaConfigs } from "./kafka-configs.ts";
import { kafkaConsoleConsumer } from "./kafka-console-consumer.ts";
import { kafkaConsoleProducer } from "./kafka-console-producer.ts";
import { kafkaConsumerGroups } from "./kafka-consumer-groups.ts";
import { kafkaDumpLog } from "./kafka-dump-log.ts";
import { kafkaTopics } from "./kafka-topics.ts";
import { type Tool } from "./tool.ts";

/** All of them. */
export const TOOLS: ReadonlyMap<string, Tool<string>> = new Map(
  [
    kafkaConfigs,
    kafkaConsoleConsumer,
    kafkaConsoleProducer,
    kafkaConsumerGroups,
    kafkaDumpLog,
    kafkaTopics,
  ]
    .map((tool) => [tool.name, tool as unknown as Tool<string>]),
);
