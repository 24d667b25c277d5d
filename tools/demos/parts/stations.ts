/**
 * Where a record comes by on its way from `send` to `poll`, and what is to be seen of it there.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { BatchResult, type ProducerBatch, RecordAccumulator } from "#accumulator";
import { offsetCommit } from "#cluster/handlers/08-offset-commit";
import { produce } from "#cluster/handlers/00-produce";
import { RequestDispatcher } from "#cluster/request-dispatcher";
import { BrokerConnection } from "#ground/network/broker-connection";
import { Produce, type ProduceRequest } from "#ground/protocol/messages/00-produce";
import { type OffsetCommitRequest } from "#ground/protocol/messages/08-offset-commit";
import { KafkaConsumer } from "#groups";
import { FetchBuffer } from "#groups/fetch-buffer";
import { OffsetCommits } from "#groups/offset-commits";
import { LogSegment, UnifiedLog } from "#log";
import { PartitionChooser } from "#partitioner";
import { DelayedProduce, LeaderState, Partition, Purgatory, ReplicaFetcher } from "#replication";
import { RecordBatch, RecordBatchBuilder, StringDeserializer, StringSerializer } from "#serialization";
import { KafkaProducer, Sender } from "#sender";
import { type SimCluster } from "../../../tests/20-cluster/sim-cluster.ts";
import { type Trace } from "./trace.ts";

/** The topic that is looked at. */
export const TOPIC = "orders";
/** The parts of the story. */
export const PARTS = {
  producer: "1. In the program that sends: into a batch, and out of it.",
  leader: "2. At the broker that leads the partition: into the log. But is it safe there?",
  followers: "3. The followers fetch it. Their next fetch says so, and only then is it committed.",
  answer: "4. The answer, back in the program that sends.",
  consumer: "5. In the program that reads, whose fetch was waiting at the leader all the time.",
  commit: "6. The group writes down how far it is: another record, which goes the same way.",
};
const PRODUCER = "producer";
const CONSUMER = "consumer";

/** All stations. */
export class Stations {
  readonly #trace: Trace;
  readonly #cluster: SimCluster;
  /** Which partition of the topic. */
  #index = -1;
  /** Whose high watermark is looked at. */
  #atWork: Partition | null = null;
  #hasLeft = false;

  constructor(trace: Trace, cluster: SimCluster) {
    this.#trace = trace;
    this.#cluster = cluster;
  }

  /** Begins to look. */
  watch(): void {
    this.#inProducer();
    this.#inLeader();
    this.#inFollowers();
    this.#inConsumer();
  }

  #inProducer(): void {
    const [trace, part] = [this.#trace, PARTS.producer];
    trace.watch(part, KafkaProducer.prototype, "send", (_, [record]) => [PRODUCER, JSON.stringify(record)]);
    trace.watch(part, StringSerializer.prototype, "serialize", (_, [, , text]) => {
      return [PRODUCER, (bytes) => `"${text}" → ${hexOf(bytes!)}`];
    });
    trace.watch(part, PartitionChooser.prototype, "choose", (_, [{ topic }, , , cluster]) => {
      const count = cluster.partitionCountForTopic(topic);
      return [PRODUCER, (partition) => {
        this.#index = partition;
        return `its key belongs to partition ${partition} of ${count}`;
      }];
    });
    trace.watch(part, RecordAccumulator.prototype, "append", () => {
      return [PRODUCER, (batch) => `into the open batch of ${nameOf(batch!)}, which waits linger.ms`];
    });
    trace.watch(part, RecordBatchBuilder.prototype, "append", (builder) => {
      const before = builder.sizeInBytes;
      if (this.#hasLeft) return null;
      return [PRODUCER, () => `the record is ${builder.sizeInBytes - before} bytes, behind a header of ${before}`];
    });
    trace.watch(part, RecordAccumulator.prototype, "drain", () => [PRODUCER, (drained) => {
      const [first] = [...drained].filter(([, batches]) => batches.length > 0);
      return first === undefined ? null : `time is up: for broker ${first[0]}, ${first[1].map(nameOf).join()}`;
    }]);
    trace.watch(part, RecordBatchBuilder.prototype, "build", () => {
      return this.#hasLeft ? null : [PRODUCER, (bytes) => textOf(new RecordBatch(bytes, 0))];
    });
    trace.watch(part, Sender.prototype, "sendRequest", (_, [node, batches]) => {
      return [PRODUCER, `one request to broker ${node}, with ${batches.length} batch`];
    });
    trace.watch(part, BrokerConnection.prototype, "send", (connection, [{ key }]) => {
      if (key !== Produce.key) return null;
      this.#hasLeft = true;
      const { host, port } = connection;
      return [PRODUCER, `Produce v${connection.versionFor(Produce)}, as bytes, to ${host}:${port}`];
    });
    trace.watch(PARTS.answer, Sender.prototype, "completeBatch", (_, [batch, { error, baseOffset }]) => {
      return [PRODUCER, `${nameOf(batch)}: ${error?.code ?? `written, from offset ${baseOffset} on`}`];
    });
    trace.watch(PARTS.answer, BatchResult.prototype, "complete", ({ topic, partition }, [offset]) => {
      return [PRODUCER, `who awaited send() is told: ${topic}-${partition}, offset ${offset}`];
    });
  }

  #inLeader(): void {
    const [trace, part] = [this.#trace, PARTS.leader];
    let leader = "";
    trace.watch(part, RequestDispatcher.prototype, "dispatch", (_, [{ frame }]) => {
      const [key, version] = [Buffer.from(frame).readInt16BE(0), Buffer.from(frame).readInt16BE(2)];
      if (key !== Produce.key) return null;
      leader = this.#leader();
      return [leader, `a frame of ${frame.length} bytes: API key ${key}, version ${version}`];
    });
    trace.watch(part, produce, "handle", (_, [request]) => {
      const { acks, topicData } = request as ProduceRequest;
      const [{ name, partitionData }] = topicData as [ProduceRequest["topicData"][number]];
      return [leader, `decoded: acks=${acks}, which is all; a batch for ${name}-${partitionData[0]!.index}`];
    });
    trace.watch(part, Partition.prototype, "appendAsLeader", (partition) => {
      this.#atWork = partition;
      if (partition.topic !== TOPIC) return null;
      const { leaderEpoch, isr } = partition;
      return [this.#ownerOf(partition), `leads it, in epoch ${leaderEpoch}; in sync: ${isr.join(", ")}`];
    });
    trace.watch(part, UnifiedLog.prototype, "append", (log, [, batches, origin]) => {
      if (log.topicPartition.topic !== TOPIC || origin !== "client") return null;
      const before = log.logEndOffset;
      const offset = batches[0]!.baseOffset;
      return [leader, () => `it gets offset ${offset}; the log's end ${before} → ${log.logEndOffset}`];
    });
    trace.watch(part, LogSegment.prototype, "append", (segment) => {
      if (this.#find((one) => one.isLeader)[1]?.log.segments.active !== segment) return null;
      const [name, from] = [`${String(segment.baseOffset).padStart(20, "0")}.log`, segment.records.size];
      return [leader, () => `${name}, bytes ${from} to ${segment.records.size - 1}`];
    });
    trace.watch(part, LeaderState.prototype, "nextHighWatermark", (_, [current, end]) => {
      if (this.#atWork?.topic !== TOPIC || end === current) return null;
      const what = `the high watermark stays ${current}: no follower has it yet`;
      return [leader, (next) => (next > current ? null : what)];
    });
    trace.watch(part, Purgatory.prototype, "tryCompleteElseWatch", (_, [operation]) => {
      if (!(operation instanceof DelayedProduce) || operation.pending[0]?.partition.name.startsWith(TOPIC) !== true) {
        return null;
      }
      return [leader, () => `so the answer waits, until it is ${operation.pending[0]!.endOffset}`];
    });
  }

  #inFollowers(): void {
    const [trace, part] = [this.#trace, PARTS.followers];
    trace.watch(part, ReplicaFetcher.prototype, "processFetched", (_, [partition, asked, fetched]) => {
      const { records, highWatermark } = fetched;
      if (partition.topic !== TOPIC || records.length === 0) return null;
      const what = `for its fetch from ${asked.fetchOffset}: ${records.length} bytes, high watermark ${highWatermark}`;
      return [this.#ownerOf(partition), what];
    });
    trace.watch(part, Partition.prototype, "appendAsFollower", (partition) => {
      if (partition.topic !== TOPIC) return null;
      const before = partition.logEndOffset;
      const what = (): string => `written as it came; the log's end ${before} → ${partition.logEndOffset}`;
      return [this.#ownerOf(partition), what];
    });
    trace.watch(part, ReplicaFetcher.prototype, "buildFetch", (fetcher) => {
      const ours = fetcher.partitions.find(({ topic, index }) => topic === TOPIC && index === this.#index);
      if (!(ours instanceof Partition) || ours.logEndOffset === ours.highWatermark) return null;
      return [this.#ownerOf(ours), `asks for offset ${ours.logEndOffset}, so it has all below`];
    });
    trace.watch(part, Partition.prototype, "followerFetched", (partition, [brokerId, { fetchOffset }]) => {
      this.#atWork = partition;
      const before = partition.highWatermark;
      if (partition.topic !== TOPIC || fetchOffset <= before) return null;
      return [this.#ownerOf(partition), () => {
        const { highWatermark } = partition;
        const change = highWatermark === before ? `stays ${before}` : `${before} → ${highWatermark}`;
        return `broker ${brokerId} has it: high watermark ${change}`;
      }];
    });
    trace.watch(part, DelayedProduce.prototype, "tryComplete", ({ pending }) => {
      if (pending[0]?.partition.name.startsWith(TOPIC) !== true) return null;
      return [this.#leader(), (isDone) => (isDone ? "committed: the answer that waited leaves" : null)];
    });
  }

  #inConsumer(): void {
    const [trace, part] = [this.#trace, PARTS.consumer];
    trace.watch(part, Partition.prototype, "read", (partition, [{ replicaId, fetchOffset }]) => {
      if (partition.topic !== TOPIC || replicaId >= 0) return null;
      return [this.#ownerOf(partition), ({ records, highWatermark }) => {
        if (records.length === 0) return null;
        return `read from ${fetchOffset} on, below the high watermark ${highWatermark}: ${records.length} bytes`;
      }];
    });
    trace.watch(part, FetchBuffer.prototype, "add", (_, [{ partition, nextOffset, endOffset }]) => {
      return [CONSUMER, `${partition.name}, offsets ${nextOffset} to ${endOffset - 1}, wait for poll`];
    });
    trace.watch(part, FetchBuffer.prototype, "collect", () => {
      return [CONSUMER, (records) => (records.length === 0 ? null : `poll takes ${records.length} record`)];
    });
    trace.watch(part, StringDeserializer.prototype, "deserialize", (_, [, , bytes]) => {
      return [CONSUMER, (text) => `${hexOf(bytes!)} → "${text}"`];
    });
    trace.watch(part, KafkaConsumer.prototype, "poll", () => [CONSUMER, (records) => {
      const [first] = records;
      if (first === undefined) return null;
      return `returns ${first.topic}-${first.partition}, offset ${first.offset}: ${first.key}, ${first.value}`;
    }]);
    trace.watch(PARTS.commit, OffsetCommits.prototype, "commitAsync", (_, [offsets]) => {
      const one = offsets.find(({ partition }) => partition === this.#index)!;
      return [CONSUMER, `${nameOf(one)}: to be read next is offset ${one.offset}`];
    });
    let coordinator = "";
    trace.watch(PARTS.commit, offsetCommit, "handle", (_, [request, { broker }]) => {
      const { groupId } = request as OffsetCommitRequest;
      coordinator = `broker ${broker.replicas.brokerId}`;
      return [coordinator, `coordinates the group ${groupId}`];
    });
    trace.watch(PARTS.commit, UnifiedLog.prototype, "append", ({ topicPartition }, [, batches, origin]) => {
      if (topicPartition.topic !== "__consumer_offsets" || origin === "replication") return null;
      return [coordinator, `${nameOf(topicPartition)} gets it, at offset ${batches[0]!.baseOffset}`];
    });
  }

  /** The broker that has this object of a partition. */
  #ownerOf(partition: object): string {
    return this.#find((one) => one === partition)[0];
  }

  #leader(): string {
    return this.#find((one) => one.isLeader)[0];
  }

  #find(isIt: (partition: Partition) => boolean): [broker: string, partition: Partition | null] {
    for (const [id, { replicas }] of this.#cluster.brokers) {
      for (const one of replicas!.partitions()) {
        if (one.topic === TOPIC && one.index === this.#index && isIt(one)) return [`broker ${id}`, one];
      }
    }
    return ["?", null];
  }
}

function nameOf({ topic, partition }: Pick<ProducerBatch, "topic" | "partition">): string {
  return `${topic}-${partition}`;
}

function textOf(batch: RecordBatch): string {
  const { sizeInBytes, producerId, baseSequence } = batch;
  return `sealed, with its CRC: ${sizeInBytes} bytes, producer ${producerId}, sequence ${baseSequence}`;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex").replace(/..(?=.)/g, "$& ");
}
