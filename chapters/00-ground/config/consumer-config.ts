/**
 * The configuration of a consumer, checked as a whole.
 *
 * Source: `ConsumerConfig.postProcessParsedConfig` of Kafka 4.0.
 *
 * @module
 */
import { type ConfigInput, type ConfigValues, define, readConfig, refuseProblems } from "./config-def.ts";
import { CONSUMER_KEYS } from "./consumer-keys.ts";
import { PRODUCER_KEYS } from "./producer-keys.ts";

/** The keys of a consumer. */
export const CONSUMER_CONFIG = define(CONSUMER_KEYS);

/** The values that hold for a consumer, under Kafka's own keys. */
export type ConsumerConfig = ConfigValues<typeof CONSUMER_CONFIG>;

/** The outcome of {@link parseConsumerConfig}. */
export interface ParsedConsumerConfig {
  readonly config: ConsumerConfig;
  /** Sentences for the log: unknown keys. */
  readonly warnings: readonly string[];
  /** The unknown keys with their values, for the user's own deserializers, assignors and interceptors. */
  readonly others: Readonly<Record<string, unknown>>;
}

/** Keys of the program's other half. */
const ELSEWHERE = { "a producer's": Object.keys(PRODUCER_KEYS) };

/** Keys by which a user hands over components, which may have keys of their own. */
const COMPONENTS = ["key.deserializer", "value.deserializer", "interceptor.classes", "partition.assignment.strategy"];

/**
 * Checks and completes the configuration of a consumer. Without a `group.id` nothing is committed by itself.
 *
 * @throws KafkaError INVALID_CONFIG that lists every problem
 */
export function parseConsumerConfig(input: ConfigInput): ParsedConsumerConfig {
  const read = readConfig(CONSUMER_CONFIG, input, { elsewhere: ELSEWHERE });
  const { values, explicit, others, origin } = read;
  const problems = [...read.problems];
  const warnings = COMPONENTS.some((key) => explicit.has(key)) ? [] : [...read.warnings];
  const hasGroup = values["group.id"] !== null && values["group.id"] !== "";
  if (!hasGroup && explicit.has("enable.auto.commit") && values["enable.auto.commit"]) {
    problems.push(`enable.auto.commit: expected false without a group.id, got true${origin("enable.auto.commit")}`);
  }
  const heartbeatMs = values["heartbeat.interval.ms"];
  if (heartbeatMs >= values["session.timeout.ms"]) {
    const expected = `less than session.timeout.ms, ${values["session.timeout.ms"]}`;
    problems.push(`heartbeat.interval.ms: expected ${expected}, got ${heartbeatMs}${origin("heartbeat.interval.ms")}`);
  }
  refuseProblems(problems);
  const config: ConsumerConfig = {
    ...values,
    "group.id": hasGroup ? values["group.id"] : null,
    "enable.auto.commit": hasGroup && values["enable.auto.commit"],
  };
  return { config, warnings, others };
}
