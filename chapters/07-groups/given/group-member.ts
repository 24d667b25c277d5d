/**
 * A member's talk with its coordinator: join, sync, heartbeats, leave. It knows nothing of partitions.
 *
 * ```text
 *  unjoined ──join()──▶ joining ──answer──▶ (assigning, if it leads) ──▶ syncing ──answer──▶ stable
 *      ▲                                                                                      │
 *      └───────── thrown out, or has left ◀───────────────────────────────────────────────────┘
 * ```
 *
 * Source: `org.apache.kafka.clients.consumer.internals.AbstractCoordinator`.
 *
 * @module
 */
import { errorForCode, KafkaError } from "#ground/errors";
import { JoinGroup, type JoinGroupResponse } from "#ground/protocol/messages/11-join-group";
import { Heartbeat } from "#ground/protocol/messages/12-heartbeat";
import { LeaveGroup } from "#ground/protocol/messages/13-leave-group";
import { SyncGroup, type SyncGroupResponse } from "#ground/protocol/messages/14-sync-group";
import { type Logger } from "#ground/runtime";
import { type ExponentialBackoff } from "#sender";
import { type Heartbeats } from "#groups/heartbeats";
import { type CoordinatorLink } from "./assembly/coordinator-link.ts";

/** From here on one request can say that several members leave. */
const FIRST_LEAVE_WITH_MEMBERS = 3;
/** The answer to JoinGroup comes after the rebalance time-out at the latest, and a little for the way. */
const JOIN_GRACE_MS = 5_000;
const PROTOCOL_TYPE = "consumer";

/** Who is in a group, as its leader learns it. */
export type JoinedMember = JoinGroupResponse["members"][number];

/** How a member behaves. */
export interface GroupMemberOptions {
  readonly groupInstanceId: string | null;
  readonly sessionTimeoutMs: number;
  /** `max.poll.interval.ms`. */
  readonly rebalanceTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

/** What a member asks of those who know about partitions. */
export interface GroupMemberHooks {
  /** The assignors, the preferred one first, each with the subscription. */
  protocols(): { name: string; metadata: Uint8Array }[];
  /** Shares partitions out, as the leader; null if it isn't known yet what there is: it is asked again. */
  assign(protocol: string, members: readonly JoinedMember[]): { memberId: string; assignment: Uint8Array }[] | null;
  /** The group can't be joined. */
  onFatal(error: KafkaError): void;
  onHeartbeat(): void;
}

/** What came of a rebalance. */
export interface Joined {
  readonly generation: number;
  readonly isLeader: boolean;
  readonly assignment: Uint8Array;
}

type State = "unjoined" | "joining" | "assigning" | "syncing" | "stable";

/** One member of a group. */
export class GroupMember {
  memberId = "";
  generation = -1;
  /** Why the member should join (again); null when there is no reason. */
  rejoinReason: string | null = null;
  /** Whether what the member had is not its own any more: it was thrown out, or has left. */
  isLost = false;
  /** Why it can never be a member again: another one has its `group.instance.id`. */
  fatal: KafkaError | null = null;
  readonly #link: CoordinatorLink;
  readonly #heartbeats: Heartbeats;
  readonly #backoff: ExponentialBackoff;
  readonly #options: GroupMemberOptions;
  readonly #hooks: GroupMemberHooks;
  readonly #log: Logger;
  #state: State = "unjoined";
  /** A request to join or to sync is on its way. */
  #isAsking = false;
  /** Counts them: an answer to one that was given up is nobody's. */
  #asked = 0;
  #retryAtMs = -Infinity;
  #failures = 0;
  #answer: JoinGroupResponse | null = null;
  #joined: Joined | null = null;

  constructor(
    link: CoordinatorLink,
    heartbeats: Heartbeats,
    backoff: ExponentialBackoff,
    options: GroupMemberOptions,
    hooks: GroupMemberHooks,
    log: Logger,
  ) {
    this.#link = link;
    this.#heartbeats = heartbeats;
    this.#backoff = backoff;
    this.#options = options;
    this.#hooks = hooks;
    this.#log = log;
  }

  /** Whether it is in the group, and has its assignment. */
  get isStable(): boolean {
    return this.#state === "stable";
  }

  /** Whether a rebalance is under way. */
  get isJoining(): boolean {
    return this.#state !== "unjoined" && this.#state !== "stable";
  }

  /** As what it commits. */
  get groupInstanceId(): string | null {
    return this.#options.groupInstanceId;
  }

  /** Joins, or joins again: {@link takeJoined} has the outcome. */
  join(): void {
    this.#log.debug(`Joins group ${this.#link.groupId}: ${this.rejoinReason}.`);
    this.rejoinReason = null;
    this.isLost = false;
    this.#joined = null;
    this.#isAsking = false;
    this.#asked++;
    this.#state = "joining";
  }

  /** What came of the rebalance that has ended; null if there is nothing new. */
  takeJoined(): Joined | null {
    const joined = this.#joined;
    this.#joined = null;
    return joined;
  }

  /** Does what is to do now. @returns after how many milliseconds to call again, if nothing happens before */
  runOnce(now: number): number {
    if (this.#state === "unjoined") return Infinity;
    if (this.#state === "stable") return this.#beat(now);
    if (this.#isAsking) return Infinity;
    if (this.#retryAtMs > now) return this.#retryAtMs - now;
    // Also the leader, who assigns: what it says must go somewhere.
    if (!this.#link.isReady(now)) return Infinity;
    if (this.#state === "assigning") this.#assign();
    else if (this.#state === "joining") this.#sendJoin();
    else this.#sendSync([]);
    return Infinity;
  }

  /** Says good-bye. A static member doesn't: it is expected back (KIP-345). */
  leave(reason: string, now: number): Promise<void> {
    const { memberId } = this;
    const wasMember = memberId !== "" && this.#options.groupInstanceId === null;
    this.#state = "unjoined";
    this.#lose(reason, true);
    if (!wasMember || !this.#link.isReady(now)) return Promise.resolve();
    const { groupId } = this.#link;
    const hasMembers = this.#link.versionFor(LeaveGroup) >= FIRST_LEAVE_WITH_MEMBERS;
    const members = [{ memberId, groupInstanceId: null, reason }];
    return new Promise((resolve) => {
      const end = (): void => resolve();
      const request = hasMembers ? { groupId, members } : { groupId, memberId };
      this.#link.send(LeaveGroup, request, { onResponse: end, onFailure: end });
    });
  }

  /** An answer to a heartbeat, a commit or a sync says something of the membership. */
  noteError(error: KafkaError): void {
    switch (error.code) {
      case "REBALANCE_IN_PROGRESS":
        if (this.isStable) this.rejoinReason ??= "the group rebalances";
        break;
      case "ILLEGAL_GENERATION":
        this.#lose(error.message, false);
        break;
      case "UNKNOWN_MEMBER_ID":
        this.#lose(error.message, true);
        break;
      case "FENCED_INSTANCE_ID":
        this.#lose(error.message, true);
        this.fatal = error;
        break;
      default:
        this.#link.noteError(error);
    }
  }

  #beat(now: number): number {
    if (this.#heartbeats.isPollOverdue(now)) {
      const why = "poll was not called for max.poll.interval.ms. What it returned takes too long, or is stuck";
      this.#log.warn(`Leaving group ${this.#link.groupId}: ${why}.`);
      void this.leave("consumer poll timeout has expired.", now);
      return Infinity;
    }
    if (this.#heartbeats.isSessionOver(now)) {
      this.#link.markUnknown("it did not answer for session.timeout.ms");
      this.#heartbeats.answered(now);
    }
    if (this.#heartbeats.timeToNextMs(now) === 0 && this.#link.isReady(now)) this.#sendHeartbeat(now);
    return Math.max(1, this.#heartbeats.nextLookMs(now));
  }

  #sendHeartbeat(now: number): void {
    const { groupId } = this.#link;
    const { generation: generationId, memberId, groupInstanceId } = this;
    this.#heartbeats.sent(now);
    this.#hooks.onHeartbeat();
    this.#link.send(Heartbeat, { groupId, generationId, memberId, groupInstanceId }, {
      onResponse: ({ errorCode }, later) => {
        const error = errorForCode(errorCode);
        if (error === null || error.code === "REBALANCE_IN_PROGRESS") this.#heartbeats.answered(later);
        else this.#heartbeats.failed(later);
        // By now it may be another generation: what was said of an old one means nothing.
        if (error !== null && this.generation === generationId && this.memberId === memberId) this.noteError(error);
      },
      onFailure: (_error, later) => this.#heartbeats.failed(later),
    });
  }

  #sendJoin(): void {
    const { sessionTimeoutMs, rebalanceTimeoutMs, requestTimeoutMs, groupInstanceId } = this.#options;
    const isCurrent = this.#ask();
    const request = {
      groupId: this.#link.groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId: this.memberId,
      groupInstanceId,
      protocolType: PROTOCOL_TYPE,
      protocols: this.#hooks.protocols(),
    };
    const timeoutMs = Math.max(requestTimeoutMs, rebalanceTimeoutMs + JOIN_GRACE_MS);
    this.#link.send(JoinGroup, request, {
      onResponse: (response, now) => isCurrent() && this.#onJoinAnswer(response, now),
      onFailure: (error, now) => isCurrent() && this.#onError(error, now),
    }, timeoutMs);
  }

  /** A request leaves. @returns what tells whether its answer is still waited for */
  #ask(): () => boolean {
    const asked = ++this.#asked;
    this.#isAsking = true;
    return () => this.#asked === asked;
  }

  #onJoinAnswer(answer: JoinGroupResponse, now: number): void {
    this.#isAsking = false;
    const error = errorForCode(answer.errorCode);
    if (error?.code === "MEMBER_ID_REQUIRED") {
      this.memberId = answer.memberId;
      return;
    }
    if (error !== null) {
      this.#onError(error, now);
      return;
    }
    this.#failures = 0;
    this.memberId = answer.memberId;
    this.generation = answer.generationId;
    this.#answer = answer;
    const leads = answer.leader === answer.memberId && !answer.skipAssignment;
    this.#state = leads ? "assigning" : "syncing";
  }

  #assign(): void {
    const { protocolName, members } = this.#answer!;
    try {
      const assignments = this.#hooks.assign(protocolName ?? "", members);
      if (assignments === null) return;
      this.#state = "syncing";
      this.#sendSync(assignments);
    } catch (error) {
      this.#state = "unjoined";
      this.rejoinReason = "it could not share out partitions";
      this.#hooks.onFatal(error as KafkaError);
    }
  }

  #sendSync(assignments: { memberId: string; assignment: Uint8Array }[]): void {
    const { generation: generationId, memberId, groupInstanceId } = this;
    const { groupId } = this.#link;
    const protocolName = this.#answer!.protocolName;
    const identity = { groupId, generationId, memberId, groupInstanceId };
    const isCurrent = this.#ask();
    this.#link.send(SyncGroup, { ...identity, protocolType: PROTOCOL_TYPE, protocolName, assignments }, {
      onResponse: (response, now) => isCurrent() && this.#onSyncAnswer(response, now),
      onFailure: (error, now) => isCurrent() && this.#onError(error, now),
    });
  }

  #onSyncAnswer({ errorCode, assignment }: SyncGroupResponse, now: number): void {
    this.#isAsking = false;
    const error = errorForCode(errorCode);
    if (error !== null) {
      this.#onError(error, now);
      return;
    }
    const { leader, memberId, generationId } = this.#answer!;
    this.#state = "stable";
    this.#heartbeats.restart(now);
    const isLeader = leader === memberId;
    this.#joined = { generation: generationId, isLeader, assignment };
  }

  /** A request to join or to sync has failed. What may pass is tried again, from the start: the group has moved on. */
  #onError(error: KafkaError, now: number): void {
    this.#isAsking = false;
    this.noteError(error);
    if (this.#state === "unjoined") return;
    this.#state = "joining";
    this.#retryAtMs = now + this.#backoff.backoffMs(this.#failures++);
    if (error.retriable || error.code === "REBALANCE_IN_PROGRESS") return;
    this.#state = "unjoined";
    this.rejoinReason = "it could not join";
    this.#hooks.onFatal(new KafkaError(error.code, `Group ${this.#link.groupId} can't be joined: ${error.message}`));
  }

  #lose(why: string, isForgotten: boolean): void {
    if (this.#state !== "unjoined") this.#log.info(`Not in group ${this.#link.groupId} any more: ${why}`);
    if (isForgotten) this.memberId = "";
    this.generation = -1;
    this.isLost = true;
    this.rejoinReason = "it is not a member any more";
    this.#joined = null;
    this.#state = "unjoined";
    this.#isAsking = false;
    this.#asked++;
  }
}
