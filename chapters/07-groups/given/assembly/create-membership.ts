/**
 * What a consumer with a `group.id` has besides: the way to the coordinator, commits, membership.
 *
 * @module
 */
import { type ConsumerConfig } from "#ground/config/consumer-config";
import { KafkaError } from "#ground/errors";
import { type Clock, type Runtime } from "#ground/runtime";
import { type ExponentialBackoff, type Metadata, type NetworkClient } from "#sender";
import { OffsetCommits } from "#groups/offset-commits";
import { type SubscriptionState } from "#groups/subscription-state";
import { type PartitionAssignor } from "../assignor.ts";
import { assignorsOf } from "./assignors.ts";
import { ConsumerGroup } from "../consumer-group.ts";
import { type OffsetAndMetadata, type ConsumerInterceptors } from "./consumer-interceptors.ts";
import { type ConsumerMetrics } from "./consumer-metrics.ts";
import { CoordinatorLink } from "./coordinator-link.ts";
import { OffsetRequests } from "./offset-requests.ts";
import { type PendingErrors } from "./pending-errors.ts";
import { type Turns } from "./turns.ts";

/** What it is made of. */
export interface MembershipParts {
  readonly runtime: Runtime;
  readonly config: ConsumerConfig;
  readonly client: NetworkClient;
  readonly metadata: Metadata;
  readonly subscriptions: SubscriptionState;
  readonly backoff: ExponentialBackoff;
  readonly errors: PendingErrors;
  readonly metrics: ConsumerMetrics;
  readonly interceptors: ConsumerInterceptors;
  /** Called when the topics of interest change. */
  readonly onTopics: () => void;
  /** Called when the assignment has changed. */
  readonly onAssignment: () => void;
  /** Has the loop run soon. */
  readonly wakeup: () => void;
}

/** A consumer's relations to its group. */
export interface Membership {
  readonly groupId: string;
  readonly group: ConsumerGroup;
  readonly commits: OffsetCommits;
  readonly requests: OffsetRequests;
  /** Does what is to do now. @returns after how many milliseconds to call again, if nothing happens before */
  runOnce(now: number): number;
}

/** @throws KafkaError INVALID_CONFIG for an assignor that there isn't */
export function createMembership(parts: MembershipParts, groupId: string): Membership {
  const { runtime, config, client, metadata, subscriptions, backoff, errors, metrics, interceptors, wakeup } = parts;
  const { clock, log } = runtime;
  const link = new CoordinatorLink(groupId, {
    client,
    metadata,
    backoff,
    log,
    onError: (error) => errors.add(error),
  });
  const requests = new OffsetRequests(link, backoff, identity, (error) => group.member.noteError(error), () => {
    return clock.nowMs();
  });
  const commits = new OffsetCommits({
    send: (offsets, onDone) => {
      requests.commit(offsets, onDone);
      wakeup();
    },
    positions: () => positionsOf(subscriptions),
    isAutomatic: config["enable.auto.commit"],
    intervalMs: config["auto.commit.interval.ms"],
    backoffMs: () => backoff.backoffMs(0),
    onCommitted: (offsets) => {
      metrics.onCommit();
      interceptors.onCommit(offsets);
    },
    onAutoCommit: (error) => {
      if (error !== null) log.warn(`The positions of group ${groupId} were not committed: ${error.message}`);
    },
  });
  const group = createGroup(parts, link, commits);
  function identity(): ReturnType<ConstructorParameters<typeof OffsetRequests>[2]> {
    if (!group.isSubscribed) return { memberId: "", generation: -1, groupInstanceId: null };
    const { memberId, generation, groupInstanceId } = group.member;
    return generation < 0 ? null : { memberId, generation, groupInstanceId };
  }
  return {
    groupId,
    group,
    commits,
    requests,
    runOnce: (now) => Math.min(commits.retry(now), group.runOnce(now), requests.runOnce(now), link.find(now)),
  };
}

function createGroup(parts: MembershipParts, link: CoordinatorLink, commits: OffsetCommits): ConsumerGroup {
  const { runtime, config } = parts;
  const maxPollIntervalMs = config["max.poll.interval.ms"];
  const sessionTimeoutMs = config["session.timeout.ms"];
  // Others wait for this one in a rebalance: a commit may not take for ever.
  const commitMs = Math.min(config["default.api.timeout.ms"], sessionTimeoutMs);
  return new ConsumerGroup({
    ...parts,
    link,
    assignors: chosenAssignors(config["partition.assignment.strategy"]),
    commit: () => commits.commitNow(runtime.clock.nowMs() + commitMs),
    abandonCommits: () => {
      const why = "The group rebalances, and this commit was not answered before: whether it is written isn't known.";
      commits.failAll(new KafkaError("REBALANCE_IN_PROGRESS", why));
    },
  }, {
    member: {
      groupInstanceId: config["group.instance.id"],
      sessionTimeoutMs,
      rebalanceTimeoutMs: maxPollIntervalMs,
      requestTimeoutMs: config["request.timeout.ms"],
    },
    heartbeats: {
      intervalMs: config["heartbeat.interval.ms"],
      sessionTimeoutMs,
      maxPollIntervalMs,
      retryBackoffMs: config["retry.backoff.ms"],
    },
    rack: config["client.rack"] === "" ? null : config["client.rack"],
    withInternalTopics: !config["exclude.internal.topics"],
  });
}

function chosenAssignors(choice: string | object): PartitionAssignor[] {
  if (typeof choice === "string") return assignorsOf(choice.split(",").map((name) => name.trim()));
  return assignorsOf(Array.isArray(choice) ? (choice as (string | object)[]) : [choice]);
}

/** All positions, as they are committed. */
export function positionsOf(subscriptions: SubscriptionState): OffsetAndMetadata[] {
  return [...subscriptions.positions()].map(([{ topic, partition }, { offset, leaderEpoch }]) => {
    return { topic, partition, offset, leaderEpoch };
  });
}

/** Commits, if that is to be done by itself, leaves, and waits for all commits that are under way. */
export async function leaveGroup(
  { group, commits }: Membership,
  deadlineMs: number,
  { clock, turns }: { readonly clock: Clock; readonly turns: Turns },
): Promise<void> {
  if (group.isSubscribed) await group.leave("the consumer is being closed");
  else await commits.commitNow(deadlineMs);
  while (commits.hasOpen && clock.nowMs() < deadlineMs) await turns.next(deadlineMs);
}
