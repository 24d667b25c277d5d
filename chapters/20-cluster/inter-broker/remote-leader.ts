/**
 * {@link LeaderEndPoint} over the wire. Source: Kafka's `RemoteLeaderEndPoint`.
 *
 * @module
 */
import { type BrokerConfig } from "#ground/config/broker-config";
import { errorForCode } from "#ground/errors";
import { FetchSessionHandler } from "#ground/fetch-session-handler";
import { groupBy } from "#ground/group-by";
import { type Input } from "#ground/protocol/message";
import { uuidToString } from "#ground/protocol/uuid";
import { Fetch, type FetchRequest, type FetchResponse } from "#ground/protocol/messages/01-fetch";
import { ListOffsets } from "#ground/protocol/messages/02-list-offsets";
import { type FollowerFetched, type FollowerFetchPartition, type LeaderEndPoint } from "#replication";
import { type BrokerLink } from "./broker-link.ts";

const LATEST = -1;
const EARLIEST = -2;
const NO_RECORDS = new Uint8Array(0);

/** Who fetches. */
export interface FollowerIdentity {
  readonly brokerId: number;
  /** Of its present registration. */
  readonly brokerEpoch: () => number;
}

/** Another broker, as the leader of partitions that are followed here. */
export class RemoteLeader implements LeaderEndPoint {
  readonly brokerId: number;
  readonly #link: BrokerLink;
  readonly #follower: FollowerIdentity;
  readonly #config: BrokerConfig;
  readonly #session = new FetchSessionHandler<FollowerFetchPartition>(asksTheSame);

  constructor(brokerId: number, link: BrokerLink, follower: FollowerIdentity, config: BrokerConfig) {
    this.brokerId = brokerId;
    this.#link = link;
    this.#follower = follower;
    this.#config = config;
  }

  async fetch(
    news: readonly FollowerFetchPartition[],
    unwanted: readonly FollowerFetchPartition[],
  ): Promise<readonly FollowerFetched[]> {
    const config = this.#config;
    for (const { topicId, index } of unwanted) this.#session.forget(nameOf(topicId, index));
    for (const one of news) this.#session.want(nameOf(one.topicId, one.index), one);
    const { sessionId, sessionEpoch, changed, forgotten } = this.#session.next();
    try {
      const response = await this.#link.send(Fetch, {
        replicaState: { replicaId: this.#follower.brokerId, replicaEpoch: this.#follower.brokerEpoch() },
        maxWaitMs: config["replica.fetch.wait.max.ms"],
        minBytes: config["replica.fetch.min.bytes"],
        maxBytes: config["replica.fetch.response.max.bytes"],
        sessionId,
        sessionEpoch,
        topics: Array.from(groupBy(changed, topicOf).values(), (ofTopic) => ({
          topicId: ofTopic[0]!.topicId,
          partitions: ofTopic.map((one) => this.#toWire(one)),
        })),
        forgottenTopicsData: Array.from(groupBy(forgotten, topicOf).values(), (ofTopic) => ({
          topicId: ofTopic[0]!.topicId,
          partitions: ofTopic.map(({ index }) => index),
        })),
      }, { version: Fetch.maxVersion });
      const error = errorForCode(response.errorCode);
      if (error !== null) throw error;
      this.#session.answered(response.sessionId);
      return response.responses.flatMap(({ topicId, partitions: answers }) => {
        return answers.flatMap((answer) => {
          const asked = this.#session.wanted(nameOf(topicId, answer.partitionIndex));
          return asked === undefined ? [] : [toFetched(asked.topic, answer)];
        });
      });
    } catch (error) {
      this.#session.failed(error);
      throw error;
    }
  }

  earliestOffset(topic: string, index: number, currentLeaderEpoch: number): Promise<number> {
    return this.#listOffset(topic, index, currentLeaderEpoch, EARLIEST);
  }

  latestOffset(topic: string, index: number, currentLeaderEpoch: number): Promise<number> {
    return this.#listOffset(topic, index, currentLeaderEpoch, LATEST);
  }

  close(): void {
    this.#link.close();
  }

  #toWire(one: FollowerFetchPartition): Input<FetchRequest["topics"][number]["partitions"][number]> {
    return {
      partition: one.index,
      currentLeaderEpoch: one.currentLeaderEpoch,
      fetchOffset: one.fetchOffset,
      lastFetchedEpoch: one.lastFetchedEpoch,
      logStartOffset: one.logStartOffset,
      partitionMaxBytes: this.#config["replica.fetch.max.bytes"],
    };
  }

  async #listOffset(name: string, index: number, currentLeaderEpoch: number, timestamp: number): Promise<number> {
    const wanted = { partitionIndex: index, currentLeaderEpoch, timestamp };
    const request = { replicaId: this.#follower.brokerId, topics: [{ name, partitions: [wanted] }] };
    const { topics } = await this.#link.send(ListOffsets, request, { version: ListOffsets.maxVersion });
    const { errorCode, offset } = topics[0]!.partitions[0]!;
    const error = errorForCode(errorCode);
    if (error !== null) throw error;
    return Number(offset);
  }
}

function asksTheSame(one: FollowerFetchPartition, other: FollowerFetchPartition): boolean {
  return (
    one.fetchOffset === other.fetchOffset &&
    one.lastFetchedEpoch === other.lastFetchedEpoch &&
    one.currentLeaderEpoch === other.currentLeaderEpoch &&
    one.logStartOffset === other.logStartOffset
  );
}

type PartitionAnswer = FetchResponse["responses"][number]["partitions"][number];

function toFetched(topic: string, answer: PartitionAnswer): FollowerFetched {
  const { partitionIndex: index, errorCode, records, highWatermark, logStartOffset, divergingEpoch } = answer;
  return {
    topic,
    index,
    error: errorForCode(errorCode),
    records: records ?? NO_RECORDS,
    highWatermark: Number(highWatermark),
    logStartOffset: Number(logStartOffset),
    divergingEpoch:
      divergingEpoch.epoch < 0 && divergingEpoch.endOffset < 0
        ? null
        : { epoch: divergingEpoch.epoch, endOffset: Number(divergingEpoch.endOffset) },
  };
}

/** Of a partition, in the session. */
function nameOf(topicId: Uint8Array, index: number): string {
  return `${uuidToString(topicId)}-${index}`;
}

function topicOf({ topic }: FollowerFetchPartition): string {
  return topic;
}
