/**
 * One partition of an internal topic, at the broker that leads it: what is replayed from it, and who waits for it.
 * Source: Kafka's `CoordinatorRuntime.CoordinatorContext`, `CoordinatorLoaderImpl`, `DeferredEventQueue`.
 *
 * @module
 */
import { KafkaError, type KafkaErrorName, refusal } from "#ground/errors";
import { type CompressionType } from "#ground/compression/compression";
import { runGradually } from "#ground/gradually";
import { type Runtime, type Timer } from "#ground/runtime";
import { toKafkaError } from "#ground/to-kafka-error";
import { safeOffset } from "#ground/int64";
import { readMarker } from "#log/given/assembly/transaction-marker";
import { type Partition } from "#replication";
import { batches, type RecordBatch, RecordBatchBuilder } from "#serialization";
import { coordinatorError } from "./coordinator-errors.ts";
import {
  type Answer,
  type CoordinatorOperation,
  type CoordinatorRecordSerde,
  type CoordinatorResult,
  type CoordinatorShard,
  NO_PRODUCER,
  refuse,
  type Reply,
  type ShardContext,
} from "./coordinator-shard.ts";

/** Of `Partition`, what a coordinator uses. */
export type CoordinatorLog = Pick<
  Partition,
  "topic" | "index" | "name" | "leaderEpoch" | "highWatermark" | "logStartOffset" | "logEndOffset" | "read"
> & {
  appendAsLeader(records: Uint8Array, requiredAcks: number, options: { readonly origin: "coordinator" }): unknown;
};

/** What all partitions of a coordinator have in common. */
export interface CoordinatorOptions<S extends CoordinatorShard<R>, R> {
  /** The internal topic. */
  readonly topic: string;
  readonly serde: CoordinatorRecordSerde<R>;
  /** Makes the state of a partition, empty. */
  readonly makeShard: (context: ShardContext<S, R>) => S;
  /** Bytes that are read at a time when the state is loaded. */
  readonly loadBufferBytes: number;
  /** How long an answer waits for the replicas. */
  readonly writeTimeoutMs: number;
  readonly compression: CompressionType;
}

/** A request that has no answer yet. */
interface Waiting {
  resolve(value: unknown): void;
  reject(error: KafkaError): void;
}

/** An answer that waits until all that it saw is committed. */
interface DeferredAnswer {
  readonly answer: Answer;
  /** The end of the log as it was. */
  readonly endOffset: number;
  readonly deadlineMs: number;
}

/**
 * The state of one partition in one leader epoch. It is loaded first; then operations run, one after the other, each in
 * one turn: its records are appended and replayed, and its answers wait until the high watermark has passed all that
 * they may tell of. Also those to reads: what isn't committed may yet be lost.
 */
export class CoordinatorPartition<S extends CoordinatorShard<R>, R> {
  readonly shard: S;
  readonly #runtime: Runtime;
  readonly #options: CoordinatorOptions<S, R>;
  readonly #log: CoordinatorLog;
  readonly #epoch: number;
  #state: "loading" | "active" | "over" = "loading";
  readonly #waiting = new Map<Reply<never>, Waiting>();
  /** In the order of the log. */
  #deferred: DeferredAnswer[] = [];
  #deferredTimer: Timer | null = null;
  readonly #timers = new Set<Timer>();

  constructor(runtime: Runtime, options: CoordinatorOptions<S, R>, log: CoordinatorLog) {
    this.#runtime = runtime;
    this.#options = options;
    this.#log = log;
    this.#epoch = log.leaderEpoch;
    const { index } = log;
    this.shard = options.makeShard({ index, runtime, schedule: (atMs, run) => this.#schedule(atMs, run) });
  }

  /** Whether it can be asked. */
  get isActive(): boolean {
    return this.#state === "active";
  }

  /** Whether it will be, soon. */
  get isLoading(): boolean {
    return this.#state === "loading";
  }

  /** Replays the log, in short turns. What is in the log of a leader is committed, or will be. */
  async load(): Promise<void> {
    const { clock, log } = this.#runtime;
    const startMs = clock.nowMs();
    try {
      await runGradually(this.#runtime, this.#load());
      if (this.#state === "over") return;
      this.#state = "active";
      this.shard.onLoaded();
      const took = Math.round(clock.nowMs() - startMs);
      log.debug(`Coordinator of ${this.#log.name}: loaded up to offset ${this.#log.logEndOffset} in ${took} ms`);
    } catch (error) {
      if (this.#state === "over") return;
      const { message } = toKafkaError(error, `Load ${this.#log.name}`, log);
      log.error(`${this.#log.name} can't be loaded, so this broker doesn't coordinate what is in it: ${message}`);
      this.close();
    }
  }

  /**
   * Does an operation now, and answers its request now or later.
   * @throws KafkaError COORDINATOR_LOAD_IN_PROGRESS, NOT_COORDINATOR; all that is refused is a rejection
   */
  run<A>(operation: (shard: S, reply: Reply<A>) => CoordinatorResult<R>): Promise<A> {
    if (this.#state === "loading") throw refusal("COORDINATOR_LOAD_IN_PROGRESS");
    if (this.#state === "over") throw refusal("NOT_COORDINATOR");
    return new Promise<A>((resolve, reject) => {
      const reply: Reply<A> = {};
      this.#waiting.set(reply, { resolve: resolve as (value: unknown) => void, reject });
      this.#carryOut(this.#decide(operation, reply));
    });
  }

  /** Answers those whose high watermark has come. */
  highWatermarkMoved(): void {
    if (this.#deferred.length === 0 || this.#deferred[0]!.endOffset > this.#log.highWatermark) return;
    const isDue = ({ endOffset }: DeferredAnswer): boolean => endOffset <= this.#log.highWatermark;
    const due = this.#deferred.filter(isDue);
    this.#deferred = this.#deferred.slice(due.length);
    for (const { answer } of due) this.#deliver(answer);
  }

  /** This broker doesn't coordinate any more: the state is dropped, everybody who waits is told. */
  close(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#deferredTimer?.cancel();
    this.#deferred = [];
    for (const { reject } of this.#waiting.values()) reject(refusal("NOT_COORDINATOR"));
    this.#waiting.clear();
    this.shard.onUnloaded();
  }

  /** A refusal, too, may tell of what isn't committed: it goes the way of all answers. */
  #decide<A>(operation: (shard: S, reply: Reply<A>) => CoordinatorResult<R>, reply: Reply<A>): CoordinatorResult<R> {
    try {
      return operation(this.shard, reply);
    } catch (error) {
      const { code } = toKafkaError(error, this.#log.name, this.#runtime.log);
      return { records: [], answers: [refuse(reply, code)] };
    }
  }

  *#load(): Generator<void, void> {
    const from = { replicaId: -1, lastFetchedEpoch: -1, minOneMessage: true, mayReadFollower: false } as const;
    let offset = this.#log.logStartOffset;
    while (offset < this.#log.logEndOffset) {
      const { records } = this.#log.read({
        ...from,
        fetchOffset: offset,
        isolation: "log_end",
        currentLeaderEpoch: this.#epoch,
        maxBytes: this.#options.loadBufferBytes,
      });
      const before = offset;
      for (const batch of batches(records)) {
        this.#replayBatch(batch);
        offset = safeOffset(batch.lastOffset, "lastOffset") + 1;
        yield;
        if (this.#state === "over") return;
      }
      if (offset === before) throw new KafkaError("CORRUPT_MESSAGE", `${this.#log.name} can't be read at ${offset}`);
    }
  }

  #replayBatch(batch: RecordBatch): void {
    const { producerId, producerEpoch } = batch;
    if (batch.isControl) {
      const marker = readMarker(batch);
      if (marker !== null) this.shard.replayEndTransactionMarker({ producerId, producerEpoch }, !marker.isAbort);
      return;
    }
    const producer = batch.isTransactional ? { producerId, producerEpoch } : NO_PRODUCER;
    for (const { key, value } of batch.records()) {
      const record = key === null ? null : this.#options.serde.decode({ key, value });
      if (record !== null) this.shard.replay(record, producer);
    }
  }

  #schedule(atMs: number, operation: CoordinatorOperation<S, R>): Timer {
    const timer = this.#runtime.scheduler.at(atMs, () => {
      this.#timers.delete(timer);
      if (this.#state === "active") this.#carryOut(operation(this.shard));
    });
    this.#timers.add(timer);
    return {
      cancel: () => {
        timer.cancel();
        this.#timers.delete(timer);
      },
    };
  }

  #carryOut({ records, answers, producer = NO_PRODUCER }: CoordinatorResult<R>): void {
    const { log, clock } = this.#runtime;
    try {
      if (records.length > 0) this.#append(records, producer);
    } catch (error) {
      const kafkaError = toKafkaError(error, `Append to ${this.#log.name}`, log);
      log.info(`Nothing was written to ${this.#log.name}: ${kafkaError.message}`);
      const { code } = coordinatorError(kafkaError);
      for (const { to } of answers) this.#deliver({ to, error: code, value: null });
      return;
    }
    const endOffset = this.#log.logEndOffset;
    const deadlineMs = clock.nowMs() + this.#options.writeTimeoutMs;
    for (const answer of answers) {
      if (endOffset <= this.#log.highWatermark) this.#deliver(answer);
      else this.#defer({ answer, endOffset, deadlineMs });
    }
  }

  /** What was written counts at once: append and replay are one turn, so nobody sees the one without the other. */
  #append(records: readonly R[], producer: CoordinatorResult<R>["producer"] & object): void {
    const { compression, serde } = this.#options;
    const isTransactional = producer !== NO_PRODUCER;
    const builder = new RecordBatchBuilder({ compression, isTransactional, ...producer });
    const timestampMs = this.#runtime.clock.wallMs();
    for (const record of records) {
      const { key, value } = serde.encode(record);
      builder.append(timestampMs, key, value);
    }
    this.#log.appendAsLeader(builder.build(), -1, { origin: "coordinator" });
    for (const record of records) this.shard.replay(record, producer);
  }

  #defer(deferred: DeferredAnswer): void {
    this.#deferred.push(deferred);
    if (this.#deferredTimer === null) this.#watchDeferred();
  }

  /** The first to come is the first whose time is up: one timer does for all. */
  #watchDeferred(): void {
    const first = this.#deferred[0];
    this.#deferredTimer = null;
    if (first === undefined) return;
    this.#deferredTimer = this.#runtime.scheduler.at(first.deadlineMs, () => {
      const nowMs = this.#runtime.clock.nowMs();
      while (this.#deferred.length > 0 && this.#deferred[0]!.deadlineMs <= nowMs) {
        const { to } = this.#deferred.shift()!.answer;
        this.#deliver({ to, error: coordinatorError(refusal("REQUEST_TIMED_OUT")).code, value: null });
      }
      this.#watchDeferred();
    });
  }

  #deliver({ to, error, value }: { to: Reply<never>; error: KafkaErrorName | null; value: unknown }): void {
    const waiting = this.#waiting.get(to);
    this.#waiting.delete(to);
    if (error === null) waiting?.resolve(value);
    else waiting?.reject(refusal(error));
  }
}
