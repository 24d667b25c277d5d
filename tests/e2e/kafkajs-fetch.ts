/**
 * Reading with kafkajs, without a consumer: that needs a group, and there is no group coordinator yet. This is what
 * its consumer does below: a cluster, a broker, a fetch, decoded by kafkajs.
 *
 * @module
 */
import { type Kafka } from "kafkajs";
import { type SampleRecord, textOrNull } from "./sample-records.ts";

/** The inner parts of kafkajs that are used here; it has no types for them. */
interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadata(): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
  findBroker(options: { nodeId: string }): Promise<InnerBroker>;
}

interface InnerBroker {
  fetch(request: object): Promise<{ responses: { partitions: FetchedPartition[] }[] }>;
}

interface FetchedPartition {
  readonly errorCode: number;
  readonly highWatermark: string;
  readonly messages: readonly FetchedMessage[];
}

interface FetchedMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | Buffer[]>>;
}

/** All records of partition 0 from `from` on. */
export async function fetchWithKafkajs(kafka: Kafka, topic: string, from = 0): Promise<SampleRecord[]> {
  const cluster = makeCluster(kafka);
  await cluster.connect();
  try {
    await cluster.addTargetTopic(topic);
    const nodeId = Object.keys(cluster.findLeaderForPartitions(topic, [0]))[0]!;
    return await readToEnd(await cluster.findBroker({ nodeId }), topic, from);
  } finally {
    await cluster.disconnect();
  }
}

async function readToEnd(broker: InnerBroker, topic: string, from: number): Promise<SampleRecord[]> {
  const records: SampleRecord[] = [];
  for (let offset = from; ; ) {
    const partitions = [{ partition: 0, fetchOffset: String(offset), maxBytes: 1 << 20 }];
    const { responses } = await broker.fetch({ maxWaitTime: 10, topics: [{ topic, partitions }] });
    const { messages, highWatermark } = responses[0]!.partitions[0]!;
    for (const message of messages) {
      // The first batch may begin below the offset that was asked for.
      if (Number(message.offset) < offset) continue;
      records.push(toRecord(message));
      offset = Number(message.offset) + 1;
    }
    if (offset >= Number(highWatermark)) return records;
  }
}

function toRecord({ key, value, headers, timestamp }: FetchedMessage): SampleRecord {
  return {
    key: textOrNull(key),
    value: textOrNull(value),
    headers: Object.entries(headers).map(([name, bytes]) => [name, textOrNull(bytes as Buffer) ?? "null"]),
    timestampMs: Number(timestamp),
  };
}

function makeCluster(kafka: Kafka): Cluster {
  // The method that makes one is kept under a symbol.
  const symbols = Object.getOwnPropertySymbols(kafka);
  const symbol = symbols.find(({ description }) => description?.endsWith(":createCluster"))!;
  const create = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[symbol]!;
  return create({ metadataMaxAge: 300_000, allowAutoTopicCreation: false });
}
