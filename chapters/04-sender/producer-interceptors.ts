/**
 * Code of the user's that sees every record on its way out, and every answer on its way back: to add a prefix, to
 * count, to filter. Source: `org.apache.kafka.clients.producer.internals.ProducerInterceptors`, KIP-42.
 *
 * @module
 */
import { type RecordMetadata } from "#accumulator";
import { NotImplementedError, rethrowStub } from "#ground/errors";
import { type Logger } from "#ground/runtime";
import { type ProducerInterceptor } from "#sender/given/assembly/producer-interceptor";
import { type ProducerRecord } from "#sender/given/assembly/producer-record";

/** The interceptors of one producer, as one. Whatever one of them throws is logged, and harms nobody else. */
export class ProducerInterceptors {
  readonly #interceptors: readonly ProducerInterceptor[];
  readonly #log: Logger;

  constructor(interceptors: readonly ProducerInterceptor[], log: Logger) {
    this.#interceptors = interceptors;
    this.#log = log;
  }

  /** Whether there are none: then nobody need be asked. */
  get isEmpty(): boolean {
    return this.#interceptors.length === 0;
  }

  /**
   * Hands the record through all interceptors, in the order in which they were listed: each gets what the one before it
   * returned. If that returned undefined, the record goes on as it was. One that throws is logged with {@link warn} and
   * passed over: the next gets the last good record. When one returns null the record is filtered, and those after it
   * don't see it.
   *
   * @exercise 4.2 ProducerInterceptors.onSend
   * @returns the record to send; null when it was filtered
   */
  onSend(record: ProducerRecord): ProducerRecord | null {
    throw new NotImplementedError("4.2 ProducerInterceptors.onSend");
  }

  /**
   * Tells all interceptors what became of a record. One that throws is logged with {@link warn}, and the next is told
   * all the same.
   *
   * @exercise 4.2 ProducerInterceptors.onAcknowledgement
   */
  onAcknowledgement(metadata: RecordMetadata, error: Error | null): void {
    throw new NotImplementedError("4.2 ProducerInterceptors.onAcknowledgement");
  }

  /** Closes all interceptors. */
  close(): void {
    for (const interceptor of this.#interceptors) {
      try {
        interceptor.close?.();
      } catch (error) {
        rethrowStub(error);
        this.warn("close", error);
      }
    }
  }

  /** Logs what an interceptor threw. */
  warn(method: string, error: unknown): void {
    this.#log.warn(`An interceptor threw in ${method}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
