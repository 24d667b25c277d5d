/**
 * One replica on broker 1 over a real log, and what is done to it. What happens is noted, for failures.
 *
 * @module
 */
import { effectiveTopicConfig } from "#ground/config/topic-config";
import { parseBrokerConfig } from "#ground/config/broker-config";
import { runToEnd } from "#ground/gradually";
import { type LogAppendInfo, type UnifiedLog } from "#log";
import { type LeaderState, Partition, type PartitionHost, type PartitionRegistration } from "#replication";
import { type RecordBatchOptions } from "#serialization";
import { Timeline } from "../support/timeline.ts";
import { batchOf, valuesOf } from "./batches.ts";
import { partition as registration } from "./images.ts";
import { newLog } from "./leaders.ts";

const BROKER = parseBrokerConfig({ listeners: "PLAINTEXT://:0" }).config;
const TOPIC_ID = new Uint8Array(16).fill(1);
const READ = {
  currentLeaderEpoch: -1,
  lastFetchedEpoch: -1,
  maxBytes: 1_000_000,
  minOneMessage: true,
  replicaId: -1,
  mayReadFollower: false,
} as const;

/** How a scene begins. */
export interface SceneOptions {
  readonly host?: Partial<PartitionHost>;
  /** What the log has before anybody leads or follows: records of one leader epoch, each in its own batch. */
  readonly before?: { readonly values: readonly string[]; readonly epoch: number };
  /** What was known to be committed. */
  readonly checkpoint?: number;
}

/** Partition `orders-0` at broker 1. */
export class Scene {
  readonly log: UnifiedLog = newLog();
  readonly partition: Partition;
  readonly timeline: Timeline;
  /** Each move of the high watermark that the host was told of. */
  readonly moves: number[] = [];
  /** The high watermark at each time that those who wait were told. */
  readonly progressed: number[] = [];
  /** The ISRs that the controller was asked for. */
  readonly asked: (readonly number[])[] = [];
  nowMs = 0;
  #registration: PartitionRegistration;

  constructor(state: PartitionRegistration = registration([1]), { host, before, checkpoint = 0 }: SceneOptions = {}) {
    this.#registration = state;
    for (const [baseOffset, value] of (before?.values ?? []).entries()) {
      this.log.appendAsFollower(batchOf([value], { baseOffset, partitionLeaderEpoch: before!.epoch }));
    }
    this.partition = new Partition(this.#host(host ?? {}), TOPIC_ID, this.log, state, checkpoint);
    this.timeline = new Timeline(() => this.#state());
    this.#noteRole();
    this.moves.length = 0;
    this.progressed.length = 0;
  }

  /** What this broker knows as the leader. */
  get leading(): LeaderState {
    return this.partition["leading"]!;
  }

  /** The controller has decided anew: the next partition epoch, with these changes. */
  becomes(changes: Partial<PartitionRegistration>): void {
    const partitionEpoch = this.#registration.partitionEpoch + 1;
    this.#registration = { ...this.#registration, partitionEpoch, ...changes };
    this.partition.become(this.#registration);
    this.#noteRole();
  }

  /** Records are in the log, and nothing else has happened. */
  writes(values: readonly string[], options: RecordBatchOptions = {}): void {
    this.log.appendAsLeader(batchOf(values, options), this.partition.leaderEpoch);
    this.timeline.note("broker 1", `its log gets ${values.join(" ")}`);
  }

  /** A producer sends records. */
  appends(values: readonly string[], acks = 1, timestampMs?: number): LogAppendInfo {
    const what = `append ${values.join(" ")}, acks=${acks === -1 ? "all" : acks}`;
    try {
      const info = this.partition.appendAsLeader(batchOf(values, {}, timestampMs), acks);
      this.timeline.note("producer", what);
      return info;
    } catch (error) {
      this.timeline.note("producer", `${what}: ${(error as { code?: string }).code ?? "fails"}`);
      throw error;
    }
  }

  /** A follower fetches. */
  fetches(brokerId: number, fetchOffset: number, brokerEpoch = -1): void {
    this.partition.followerFetched(brokerId, { fetchOffset, logStartOffset: 0, brokerEpoch });
    this.timeline.note(`broker ${brokerId}`, `fetches from ${fetchOffset}`);
  }

  /** A follower has shown that it has everything below `end`. Nobody has acted on it yet. */
  hasShown(brokerId: number, end: number): void {
    this.leading.followers.get(brokerId)!.logEndOffset = end;
    this.timeline.note(`broker ${brokerId}`, `has shown its records, up to ${end}`);
  }

  advances(): void {
    this.partition.advanceHighWatermark();
    this.timeline.note("broker 1", "advances its high watermark");
  }

  /** Other settings of the topic. */
  configure(overrides: Readonly<Record<string, string>>): void {
    this.partition.configure(effectiveTopicConfig(BROKER, overrides));
    const text = Object.entries(overrides).map(([key, value]) => `${key}=${value}`);
    this.timeline.note("topic", text.join(", "));
  }

  /** What a consumer reads, or another reader. */
  reads(fetchOffset: number, changes: object = {}): string[] {
    return valuesOf(this.partition.read({ ...READ, fetchOffset, isolation: "high_watermark", ...changes }).records);
  }

  /** For `expect`: what has happened, and what the value is. */
  about(value: string): string {
    return this.timeline.about(value);
  }

  #host(changes: Partial<PartitionHost>): PartitionHost {
    return {
      brokerId: 1,
      maxLagMs: 10_000,
      nowMs: () => this.nowMs,
      isEligible: () => true,
      finishTruncation: (_, rest) => void runToEnd(rest),
      highWatermarkMoved: ({ highWatermark }) => void this.moves.push(highWatermark),
      progressed: ({ highWatermark }) => void this.progressed.push(highWatermark),
      ...changes,
      alterIsr: (partition, proposal) => {
        this.asked.push(proposal.isr);
        return changes.alterIsr?.(partition, proposal) ?? new Promise(() => {});
      },
    };
  }

  #noteRole(): void {
    const { leader, leaderEpoch, isr } = this.#registration;
    const what = leader < 0 ? "nobody leads" : `broker ${leader} leads`;
    this.timeline.note("controller", `${what}, epoch ${leaderEpoch}, ISR ${isr.join(" ")}`);
  }

  #state(): string {
    const { highWatermark, logEndOffset } = this.partition;
    return `HW ${highWatermark}, log end ${logEndOffset}`;
  }
}
