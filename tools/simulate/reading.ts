/**
 * Reading a partition at one broker, as clients do that make no consumer: for the readers of simulation and chaos.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { errorForCode } from "#ground/errors";
import { type BrokerConnection } from "#ground/network/broker-connection";
import { Fetch } from "#ground/protocol/messages/01-fetch";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { type TopicPartition } from "#ground/topic-partition";
import { batches } from "#serialization";

/** The newest version that knows topics by name. */
const VERSION = 12;
const MOST_BYTES = 1 << 20;

/** A record that was read. */
export interface Read {
  readonly offset: number;
  readonly value: string;
}

/** How to read. */
export interface ReadHow {
  /** How long the broker may wait for records; 0 if not given. */
  readonly maxWaitMs?: number;
  readonly maxBytes?: number;
}

/** Some records from an offset on; none when there are none in time. @throws KafkaError */
export async function recordsFrom(
  connection: BrokerConnection,
  { topic, partition }: TopicPartition,
  from: number,
  { maxWaitMs = 0, maxBytes = MOST_BYTES }: ReadHow = {},
): Promise<Read[]> {
  const wanted = { partition, fetchOffset: from, partitionMaxBytes: maxBytes };
  const request = { maxWaitMs, minBytes: 1, topics: [{ topic, partitions: [wanted] }] };
  const { responses } = await connection.send(Fetch, request, { version: VERSION });
  const { errorCode, records } = responses[0]!.partitions[0]!;
  const error = errorForCode(errorCode);
  if (error !== null) throw error;
  const all = [...batches(records ?? new Uint8Array(0))].flatMap((batch) => [...batch.records()]);
  const read = all.map(({ offset, value }) => ({ offset: Number(offset), value: Buffer.from(value!).toString() }));
  // The first batch of an answer may begin earlier.
  return read.filter(({ offset }) => offset >= from);
}

/** The leader of a partition, as a broker shows it; -1 while there is none. */
export async function leaderOf(connection: BrokerConnection, { topic, partition }: TopicPartition): Promise<number> {
  const { topics } = await connection.send(Metadata, { topics: [{ name: topic }], allowAutoTopicCreation: false });
  return topics[0]?.partitions.find(({ partitionIndex }) => partitionIndex === partition)?.leaderId ?? -1;
}
