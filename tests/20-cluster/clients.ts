/**
 * What the tests of the broker ask of it, in one line each.
 *
 * @module
 */
import { type BrokerConnection } from "#ground/network/broker-connection";
import { Produce } from "#ground/protocol/messages/00-produce";
import { Fetch } from "#ground/protocol/messages/01-fetch";
import { ListOffsets } from "#ground/protocol/messages/02-list-offsets";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { type Api } from "#ground/protocol/api";
import { encodeRequest } from "#ground/protocol/frames";
import { type Input } from "#ground/protocol/message";
import { batchOf, valuesOf } from "../06-replication/batches.ts";

/** The versions with topic names, for which a test need not know ids. */
const FETCH_BY_NAME = { version: 12 };

/** Makes a topic; fails if that fails. */
export async function createTopic(
  client: BrokerConnection,
  name: string,
  configs: Readonly<Record<string, string>> = {},
  numPartitions = 1,
  replicationFactor = 1,
): Promise<void> {
  const list = Object.entries(configs).map(([key, value]) => ({ name: key, value }));
  const { topics } = await client.send(CreateTopics, {
    topics: [{ name, numPartitions, replicationFactor, configs: list }],
  });
  if (topics[0]!.errorCode !== 0) throw new Error(`${name}: ${topics[0]!.errorMessage}`);
}

/** Appends one batch; gives the error code and the offset of its first record. */
export async function produce(
  client: BrokerConnection,
  topic: string,
  values: readonly string[],
  acks = -1,
  partition = 0,
): Promise<{ errorCode: number; baseOffset: number }> {
  const topicData = [{ name: topic, partitionData: [{ index: partition, records: batchOf(values) }] }];
  const { responses } = await client.send(Produce, { acks, timeoutMs: 5_000, topicData }, { version: 12 });
  const { errorCode, baseOffset } = responses[0]!.partitionResponses[0]!;
  return { errorCode, baseOffset: Number(baseOffset) };
}

/** Reads from an offset on, of partition 0 if none is named; waits for up to `maxWaitMs` if there is nothing. */
export async function fetch(
  client: BrokerConnection,
  topic: string,
  fetchOffset: number,
  options: { maxWaitMs?: number; minBytes?: number; partitionMaxBytes?: number; partition?: number } = {},
): Promise<{ errorCode: number; values: string[]; highWatermark: number }> {
  const { maxWaitMs = 0, minBytes = 1, partitionMaxBytes = 1 << 20, partition = 0 } = options;
  const topics = [{ topic, partitions: [{ partition, fetchOffset, partitionMaxBytes }] }];
  const { responses } = await client.send(Fetch, { maxWaitMs, minBytes, topics }, FETCH_BY_NAME);
  const { errorCode, records, highWatermark } = responses[0]!.partitions[0]!;
  return { errorCode, values: valuesOf(records!), highWatermark: Number(highWatermark) };
}

/** All values of partition 0, from its start on. */
export async function fetchAll(client: BrokerConnection, topic: string): Promise<string[]> {
  const values: string[] = [];
  for (let offset = await offsetAt(client, topic, -2); ; ) {
    const { errorCode, values: some, highWatermark } = await fetch(client, topic, offset);
    if (errorCode !== 0) throw new Error(`fetch of ${topic} at ${offset}: error ${errorCode}`);
    values.push(...some);
    offset += some.length;
    if (offset >= highWatermark) return values;
  }
}

/** ListOffsets of partition 0. @param replicaId - −2, a debugging reader, may ask a follower, too */
export async function offsetAt(
  client: BrokerConnection,
  topic: string,
  timestamp: number,
  replicaId = -1,
): Promise<number> {
  const topics = [{ name: topic, partitions: [{ partitionIndex: 0, timestamp }] }];
  const answer = await client.send(ListOffsets, { replicaId, topics });
  return Number(answer.topics[0]!.partitions[0]!.offset);
}

/** A request as a bare frame, without its size. */
export function frame<Req>(api: Api<Req>, version: number, correlationId: number, value: Input<Req>): Uint8Array {
  const parts = encodeRequest(api, version, { correlationId, clientId: "raw" }, value);
  return Buffer.concat(parts).subarray(4);
}
