/**
 * An interceptor, as users write it.
 *
 * @module
 */
import { type RecordMetadata } from "#accumulator";
import { type Configs } from "#serialization";
import { type ProducerRecord } from "./producer-record.ts";

/** What the user writes, and lists in `interceptor.classes`. Every method may be left out. */
export interface ProducerInterceptor<K = unknown, V = unknown> {
  /** Called once, with the producer's configuration, unknown keys included. */
  configure?(configs: Configs): void;
  /**
   * Called by `send`, before anything else is done with the record.
   * @returns the record to go on with: the same or another one; nothing (undefined) means the same. Null filters it: it
   *   is not sent, and that is no error (*Different*: Kafka's interceptors can't filter)
   */
  onSend?(record: ProducerRecord<K, V>): ProducerRecord<K, V> | null | undefined | void;
  /**
   * Called when the fate of a record is known, before the user's callback. Without an error `metadata` says where the
   * record is; with one, it says where the record was to go, as far as that was known: offset −1, and partition −1 if
   * none was chosen yet.
   */
  onAcknowledgement?(metadata: RecordMetadata, error: Error | null): void;
  /** Called once, when the producer closes. */
  close?(): void;
}
