/**
 * Code of the user's that sees what `poll` returns, and what is committed: to count, to trace, to filter.
 *
 * Source: `org.apache.kafka.clients.consumer.internals.ConsumerInterceptors`, KIP-42.
 *
 * @module
 */
import { rethrowStub } from "#ground/errors";
import { type Logger } from "#ground/runtime";
import { type TopicPartition } from "#ground/topic-partition";
import { createInterceptors } from "#sender";
import { type Configs } from "#serialization";
import { type ConsumerRecord } from "./consumer-record.ts";

/** A committed position. */
export interface OffsetAndMetadata extends TopicPartition {
  /** The next record to be read. */
  readonly offset: number;
  /** Of the record before it; −1 or missing if it isn't known. */
  readonly leaderEpoch?: number;
  /** A note of the program's own. */
  readonly metadata?: string;
}

/** What the user writes, and lists in `interceptor.classes`. Every method may be left out. */
export interface ConsumerInterceptor<K = unknown, V = unknown> {
  /** Called once, with the consumer's configuration, unknown keys included. */
  configure?(configs: Configs): void;
  /** Called before `poll` returns. @returns the records to return; nothing (undefined) means the same */
  onConsume?(records: readonly ConsumerRecord<K, V>[]): readonly ConsumerRecord<K, V>[] | undefined | void;
  /** Called when a commit has been taken by the coordinator. */
  onCommit?(offsets: readonly OffsetAndMetadata[]): void;
  /** Called once, when the consumer closes. */
  close?(): void;
}

/** The interceptors of one consumer, as one. Whatever one of them throws is logged, and harms nobody else. */
export class ConsumerInterceptors {
  readonly #interceptors: readonly ConsumerInterceptor[];
  readonly #log: Logger;

  /** @param choice - `interceptor.classes` @throws KafkaError INVALID_CONFIG when something in it can't be one */
  constructor(choice: string | object | null, configs: Configs, log: Logger) {
    this.#log = log;
    this.#interceptors = createInterceptors(choice, "onConsume or onCommit", configs);
  }

  onConsume(records: readonly ConsumerRecord[]): readonly ConsumerRecord[] {
    let current = records;
    for (const interceptor of this.#interceptors) {
      this.#guarded("onConsume", () => {
        current = (interceptor as ConsumerInterceptor<Buffer, Buffer>).onConsume?.(current) ?? current;
      });
    }
    return current;
  }

  onCommit(offsets: readonly OffsetAndMetadata[]): void {
    for (const interceptor of this.#interceptors) this.#guarded("onCommit", () => interceptor.onCommit?.(offsets));
  }

  close(): void {
    for (const interceptor of this.#interceptors) this.#guarded("close", () => interceptor.close?.());
  }

  #guarded(what: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      rethrowStub(error);
      this.#log.warn(`A consumer interceptor's ${what} threw: ${String(error)}`);
    }
  }
}
