/**
 * The configuration of a producer, checked as a whole.
 *
 * Source: `ProducerConfig.postProcessParsedConfig` and `KafkaProducer.configureDeliveryTimeout` of Kafka 4.0.
 *
 * @module
 */
import { type ConfigInput, type ConfigValues, define, readConfig, refuseProblems } from "./config-def.ts";
import { CONSUMER_KEYS } from "./consumer-keys.ts";
import { PRODUCER_KEYS } from "./producer-keys.ts";

/** The keys of a producer. */
export const PRODUCER_CONFIG = define(PRODUCER_KEYS);

/** The values that hold for a producer, under Kafka's own keys. */
export type ProducerConfig = ConfigValues<typeof PRODUCER_CONFIG>;

/** The outcome of {@link parseProducerConfig}. */
export interface ParsedProducerConfig {
  readonly config: ProducerConfig;
  /** Sentences for the log: unknown keys, and values that had to give way to others. */
  readonly warnings: readonly string[];
  /** The keys that were given; all others have their defaults. */
  readonly explicit: ReadonlySet<string>;
  /** The unknown keys with their values, for the user's own serializers, partitioners and interceptors. */
  readonly others: Readonly<Record<string, unknown>>;
}

/** More than these in flight, and a broker couldn't tell duplicates any more: it remembers as many batches. */
const MOST_IN_FLIGHT = 5;

/** Keys of the program's other half. */
const ELSEWHERE = { "a consumer's": Object.keys(CONSUMER_KEYS) };

/** Keys by which a user hands over components, which may have keys of their own. */
const COMPONENTS = ["key.serializer", "value.serializer", "partitioner.class", "interceptor.classes"];

/**
 * Checks and completes the configuration of a producer.
 *
 * Idempotence, which is on unless it is switched off, needs `acks=all`, retries, and at most 5 requests in flight. More
 * in flight is a problem. Other `acks` or no retries are one if idempotence was asked for; if it wasn't, it gives way.
 *
 * `delivery.timeout.ms` must leave room for lingering and for one request: if it wasn't given, it is made long enough.
 *
 * @throws KafkaError INVALID_CONFIG that lists every problem
 */
export function parseProducerConfig(input: ConfigInput): ParsedProducerConfig {
  const read = readConfig(PRODUCER_CONFIG, withTextForAcks(input), { elsewhere: ELSEWHERE });
  const { values, explicit, others, origin } = read;
  const problems = [...read.problems];
  const warnings = COMPONENTS.some((key) => explicit.has(key)) ? [] : [...read.warnings];
  const isIdempotent = values["enable.idempotence"];
  const obstacle = isIdempotent ? obstacleToIdempotence(values) : null;
  if (obstacle !== null && explicit.has("enable.idempotence")) {
    problems.push(`enable.idempotence: expected ${obstacle}${origin("enable.idempotence")}`);
  } else if (obstacle !== null) {
    warnings.push(`Idempotence is off: it would need ${obstacle}.`);
  }
  const inFlight = values["max.in.flight.requests.per.connection"];
  if (isIdempotent && inFlight > MOST_IN_FLIGHT) {
    const expected = `at most ${MOST_IN_FLIGHT}, unless enable.idempotence is false`;
    const key = "max.in.flight.requests.per.connection";
    problems.push(`${key}: expected ${expected}, got ${inFlight}${origin(key)}`);
  }
  const least = values["linger.ms"] + values["request.timeout.ms"];
  const isTooShort = values["delivery.timeout.ms"] < least;
  if (isTooShort && explicit.has("delivery.timeout.ms")) {
    const expected = `linger.ms and request.timeout.ms together, ${least}, or more`;
    const got = `${values["delivery.timeout.ms"]}${origin("delivery.timeout.ms")}`;
    problems.push(`delivery.timeout.ms: expected ${expected}, got ${got}`);
  }
  refuseProblems(problems);
  const config: ProducerConfig = {
    ...values,
    "enable.idempotence": values["enable.idempotence"] && obstacle === null,
    "delivery.timeout.ms": isTooShort ? least : values["delivery.timeout.ms"],
  };
  return { config, warnings, explicit, others };
}

/** `acks` is text, as one of its values is "all"; but who wouldn't write `acks: 1`? */
function withTextForAcks(input: ConfigInput): ConfigInput {
  if (Array.isArray(input)) return input as ConfigInput;
  const { acks, ...others } = input as Readonly<Record<string, unknown>>;
  return { ...others, acks: typeof acks === "number" ? String(acks) : acks };
}

/** What idempotence needs and doesn't have, of what it may give way to; null when nothing is in its way. */
function obstacleToIdempotence({ acks, retries }: ProducerConfig): string | null {
  if (acks !== "all" && acks !== "-1") return `acks to be all, got ${acks}`;
  return retries === 0 ? "retries to be above 0, got 0" : null;
}
