/**
 * What a coordinator is made of, whatever it coordinates: state that is rebuilt from the records of one partition of an
 * internal topic, and operations on it. Source: Kafka's `CoordinatorShard`, `CoordinatorResult`, `CoordinatorRecord`.
 *
 * @module
 */
import { type KafkaErrorName } from "#ground/errors";
import { type Int64 } from "#ground/int64";
import { type Runtime, type Timer } from "#ground/runtime";

/** A record as it is in the log. */
export interface EncodedRecord {
  readonly key: Uint8Array;
  /** Null: what has this key is gone (a tombstone). */
  readonly value: Uint8Array | null;
}

/** From records to bytes and back (Kafka's `CoordinatorRecordSerde`). */
export interface CoordinatorRecordSerde<R> {
  encode(record: R): EncodedRecord;
  /** Null for a kind of record that isn't known here: it is left out. @throws KafkaError for damaged bytes */
  decode(record: EncodedRecord): R | null;
}

/** The producer in whose transaction records are written; -1 and -1 outside of one. */
export interface RecordProducer {
  readonly producerId: Int64;
  readonly producerEpoch: number;
}

/** Records that belong to no transaction. */
export const NO_PRODUCER: RecordProducer = { producerId: -1, producerEpoch: -1 };

/**
 * The state of one partition. What must survive the broker changes in {@link replay} alone: then a coordinator that has
 * read the log knows what the one knew that wrote it.
 */
export interface CoordinatorShard<R> {
  /** Takes over one record. It was just appended, or is read again. */
  replay(record: R, producer: RecordProducer): void;
  /** A transaction has ended: what it wrote counts from now on, or never will. */
  replayEndTransactionMarker(producer: RecordProducer, isCommit: boolean): void;
  /** All records have been replayed; from now on it is asked. */
  onLoaded(): void;
  /** Another broker coordinates now. Timers end by themselves. */
  onUnloaded(): void;
}

/**
 * Stands for a request that is answered now or later: who keeps it can answer it once, by {@link Answer}. What it
 * stands for is the runtime's business.
 */
export interface Reply<A> {
  readonly accepts?: (answer: A) => void;
}

/** What to say to whom. */
export interface Answer {
  readonly to: Reply<never>;
  /** Null unless the request is refused. */
  readonly error: KafkaErrorName | null;
  readonly value: unknown;
}

/** Answers a request. */
export function answer<A>(to: Reply<A>, value: A): Answer {
  return { to, error: null, value };
}

/** Refuses a request. */
export function refuse(to: Reply<never>, error: KafkaErrorName): Answer {
  return { to, error, value: null };
}

/** What comes of an operation (Kafka's `CoordinatorResult`). */
export interface CoordinatorResult<R> {
  /** All are appended and replayed, or none: then nobody gets the answers, but an error. */
  readonly records: readonly R[];
  /** The operation's own request may be among them, or wait; and others that have waited. */
  readonly answers: readonly Answer[];
  /** In whose transaction the records are; none if not given. */
  readonly producer?: RecordProducer;
}

/** Something to do with the state, in one turn. @throws KafkaError to refuse the request */
export type CoordinatorOperation<S, R> = (shard: S) => CoordinatorResult<R>;

/** What a shard may use. */
export interface ShardContext<S, R> {
  /** Of the partition. */
  readonly index: number;
  readonly runtime: Runtime;
  /** Does `operation` at `atMs` (monotonic), if this broker still coordinates then (Kafka's `CoordinatorTimer`). */
  schedule(atMs: number, operation: CoordinatorOperation<S, R>): Timer;
}
