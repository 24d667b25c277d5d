/**
 * The one family of errors. A {@link KafkaError} carries one of Kafka's own error names, so that it can cross
 * the wire as an error code and come back as the same error.
 *
 * @module
 */

/**
 * Kafka's error codes: name → [code, retriable, default message].
 * Source: `org.apache.kafka.common.protocol.Errors`.
 */
export const ERRORS = {
  UNKNOWN_SERVER_ERROR: [-1, false, "The server experienced an unexpected error when processing the request."],
  NONE: [0, false, "No error."],
} as const satisfies Record<string, readonly [code: number, retriable: boolean, message: string]>;

/** A name from Kafka's table of errors, such as `CORRUPT_MESSAGE`. */
export type KafkaErrorName = keyof typeof ERRORS;

/** Key on `globalThis` under which the test harness hangs its listener for stubs that were met. */
export const MET_STUB: unique symbol = Symbol.for("katafka.metStub") as never;

/** What a stub throws. Given code always lets it through; the first one that is met says what to write next. */
export class NotImplementedError extends Error {
  /** Number and title of the exercise, such as `3.2 BufferPool.allocate`. */
  readonly exercise: string;

  constructor(exercise: string) {
    super(`${exercise} is yours to write`);
    this.name = "NotImplementedError";
    this.exercise = exercise;
    // The test harness listens here, so that a retry loop or a swallowed rejection can't hide the stub.
    (globalThis as { [MET_STUB]?: (error: NotImplementedError) => void })[MET_STUB]?.(this);
  }
}
