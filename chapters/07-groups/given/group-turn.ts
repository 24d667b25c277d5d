import { type KafkaErrorName } from "#ground/errors";
import {
  answer,
  type Answer,
  type CoordinatorResult,
  refuse,
  type Reply,
} from "./assembly/coordinator-shard.ts";
import { type GroupRecord } from "./group-records.ts";

/** What a broker allows groups. The names are those of its config keys. */
export interface GroupLimits {
  /** `group.max.size` */
  readonly maxSize: number;
  /** `group.initial.rebalance.delay.ms` */
  readonly initialRebalanceDelayMs: number;
  /** `offset.metadata.max.bytes` */
  readonly offsetMetadataMaxBytes: number;
  /** `offsets.retention.minutes`, in milliseconds */
  readonly offsetsRetentionMs: number;
}

/**
 * One request, or one deadline: when it is, what is allowed, and what comes of it. A group's functions look at nothing
 * else but the group, and say here what is to be written and who is answered.
 */
export class GroupTurn implements CoordinatorResult<GroupRecord> {
  /** The monotonic clock, for deadlines. */
  readonly nowMs: number;
  /** For timestamps. */
  readonly wallMs: number;
  readonly limits: GroupLimits;
  readonly records: GroupRecord[] = [];
  readonly answers: Answer[] = [];
  readonly #randomUuid: () => string;

  constructor(nowMs: number, wallMs: number, limits: GroupLimits, randomUuid: () => string) {
    this.nowMs = nowMs;
    this.wallMs = wallMs;
    this.limits = limits;
    this.#randomUuid = randomUuid;
  }

  /** An id for a new member: nobody else has it, and people see whose it is. */
  newMemberId(prefix: string): string {
    return `${prefix}-${this.#randomUuid()}`;
  }

  /** To be appended. */
  write(record: GroupRecord): void {
    this.records.push(record);
  }

  answer<A>(to: Reply<A>, value: A): void {
    this.answers.push(answer(to, value));
  }

  refuse(to: Reply<never>, error: KafkaErrorName): void {
    this.answers.push(refuse(to, error));
  }
}
