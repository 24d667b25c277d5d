/**
 * Scripted brokers for tests of clients: they speak the protocol over the simulated network, keep records in memory,
 * and do to each request what the test says. Built on chapters 00 and 01 only.
 *
 * @module
 */
import { type KafkaErrorName, KafkaError } from "#ground/errors";
import { type ReceivedRequest, SocketServer } from "#ground/network/socket-server";
import { type Api } from "#ground/protocol/api";
import { decodeRequestHeader, encodeResponse } from "#ground/protocol/frames";
import { type Input } from "#ground/protocol/message";
import { Produce, type ProduceResponse } from "#ground/protocol/messages/00-produce";
import { Metadata, type MetadataResponse } from "#ground/protocol/messages/03-metadata";
import { ApiVersions } from "#ground/protocol/messages/18-api-versions";
import { InitProducerId } from "#ground/protocol/messages/22-init-producer-id";
import { type SimNode } from "#ground/sim/sim-node";
import { type SimWorld } from "#ground/sim/sim-world";
import { RecordBatch } from "#serialization";
import { FakeLog, valuesOf } from "./fake-log.ts";

/** One batch of a Produce request that came. */
export interface SeenBatch {
  /** `orders-0`. */
  readonly partition: string;
  /** The records' values, as text. */
  readonly values: readonly string[];
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

/** A Produce request that came. */
export interface SeenRequest {
  readonly broker: number;
  readonly atMs: number;
  readonly acks: number;
  readonly batches: readonly SeenBatch[];
}

/** What becomes of a Produce request. Without any of these: it is appended and answered at once. */
export interface Fate {
  /** Nothing is written, and this is the answer for each partition. */
  readonly error?: KafkaErrorName;
  /** The partitions (`orders-0`) that `error` is for; all, if not given. */
  readonly errorFor?: readonly string[];
  /** No answer: `close` also closes the connection. What was to be written has been, unless `lost`. */
  readonly answer?: "never" | "close";
  /** The request gets lost before anything is written. */
  readonly lost?: boolean;
  /** The answer leaves so much later. Writing happens at once. */
  readonly delayMs?: number;
}

interface PartitionState {
  leader: number | null;
  epoch: number;
  readonly log: FakeLog;
}

type PartitionAnswer = ProduceResponse["responses"][number]["partitionResponses"][number];

/** More requests for metadata than a test has any use for: there is no pause between them. */
const MOST_METADATA_REQUESTS = 1_000;

const APIS: readonly Api[] = [Produce, Metadata, ApiVersions, InitProducerId];
const apiByKey = (key: number): Api | undefined => APIS.find((api) => api.key === key);

/** Some brokers that know each other. `broker-1` is the host name of broker 1; the port is 9092. */
export class FakeCluster {
  readonly world: SimWorld;
  /** All Produce requests that came, in order. */
  readonly seen: SeenRequest[] = [];
  /** How often each broker was asked for metadata. */
  readonly metadataRequests: number[] = [];
  /** Decides what becomes of the `n`th Produce request (0, 1, …). */
  fate: (request: SeenRequest, n: number) => Fate = () => ({});
  /** What brokers answer to InitProducerId instead of an id. */
  producerIdError: KafkaErrorName | null = null;
  /** How often a producer id was asked for. */
  producerIdRequests = 0;
  /** What brokers answer to Metadata instead of what they know. */
  metadataError: KafkaErrorName | null = null;
  /** What brokers tell as the host of a broker, where that isn't its name. */
  readonly advertisedHosts: Map<number, string> = new Map();
  /** What a broker believes about who leads, if it isn't up to date: partition → leader. */
  readonly staleLeaders: Map<number, Map<string, { leader: number; epoch: number }>> = new Map();
  /** Whether a broker names the leader of a partition that it doesn't lead (KIP-951). */
  namesLeaders = false;
  readonly #topics = new Map<string, PartitionState[]>();
  readonly #servers = new Map<number, SocketServer>();
  #nextProducerId = 1000;
  #metadataAsked = 0;

  private constructor(world: SimWorld) {
    this.world = world;
  }

  /** Starts brokers with these ids. @param topics - topic → the leader of each partition, null for none */
  static async start(
    world: SimWorld,
    brokers: readonly number[],
    topics: Record<string, readonly (number | null)[]> = {},
  ): Promise<FakeCluster> {
    const cluster = new FakeCluster(world);
    for (const id of brokers) await cluster.startBroker(id);
    for (const [topic, leaders] of Object.entries(topics)) cluster.createTopic(topic, leaders);
    return cluster;
  }

  /** The machine of a broker, for crashes and freezes. */
  node(id: number): SimNode {
    return this.world.node(`broker-${id}`);
  }

  /** Ids of the brokers that are up. */
  get brokers(): number[] {
    return [...this.#servers.keys()];
  }

  /** Starts a broker, or starts it again after a crash. */
  async startBroker(id: number): Promise<void> {
    const node = this.node(id);
    const runtime = node.isAlive ? node.runtime : node.restart();
    const options = { host: node.name, port: 9092, maxRequestBytes: 100_000_000, maxIdleMs: -1 };
    const server = new SocketServer(runtime, options, (request) => this.#handle(id, request));
    await server.start();
    this.#servers.set(id, server);
  }

  /** Kills a broker. Its records stay, and its partitions keep it as their leader, until somebody is elected. */
  crash(id: number): void {
    this.#servers.delete(id);
    this.node(id).crash();
  }

  createTopic(topic: string, leaders: readonly (number | null)[]): void {
    this.#topics.set(topic, leaders.map((leader) => ({ leader, epoch: 0, log: new FakeLog() })));
  }

  /** Gives a topic one more partition. */
  addPartition(topic: string, leader: number): void {
    this.#topics.get(topic)!.push({ leader, epoch: 0, log: new FakeLog() });
  }

  deleteTopic(topic: string): void {
    this.#topics.delete(topic);
  }

  /** Makes a broker the leader; null: there is none for the moment. */
  elect(topic: string, partition: number, leader: number | null): void {
    const state = this.#partition(topic, partition)!;
    state.leader = leader;
    if (leader !== null) state.epoch++;
  }

  /** A partition loses everything from `offset` on: its leader died, and the new one had no more. */
  truncate(topic: string, partition: number, offset: number): void {
    this.#partition(topic, partition)!.log.truncateTo(offset);
  }

  /** The values in a partition, in order. */
  values(topic: string, partition: number): readonly string[] {
    return this.#partition(topic, partition)!.log.values;
  }

  /** How many batches were written to a partition. */
  batchCount(topic: string, partition: number): number {
    return this.#partition(topic, partition)!.log.batchStarts.length;
  }

  #partition(topic: string, partition: number): PartitionState | undefined {
    return this.#topics.get(topic)?.[partition];
  }

  #handle(broker: number, request: ReceivedRequest): void {
    const { apiKey, apiVersion, correlationId, bodyAt } = decodeRequestHeader(request.frame, apiByKey);
    const body = request.frame.subarray(bodyAt);
    const answer = <Res>(api: Api<unknown, Res>, value: Input<Res>): void => {
      request.respond(encodeResponse(api, apiVersion, correlationId, value));
    };
    if (apiKey === ApiVersions.key) answer(ApiVersions, { apiKeys: APIS.map(versionsOf) });
    else if (apiKey === Metadata.key) {
      this.metadataRequests.push(broker);
      if (++this.#metadataAsked > MOST_METADATA_REQUESTS) this.#endTheRun();
      const { topics } = Metadata.request.decode(apiVersion, body);
      const known = this.#metadata(broker, topics?.map(({ name }) => name!));
      answer(Metadata, this.metadataError === null ? known : { errorCode: codeOf(this.metadataError) });
    } else if (apiKey === InitProducerId.key) {
      this.producerIdRequests++;
      const error = this.producerIdError;
      if (error !== null) answer(InitProducerId, { errorCode: codeOf(error), producerEpoch: -1 });
      else answer(InitProducerId, { producerId: this.#nextProducerId++, producerEpoch: 0 });
    } else this.#produce(broker, request, Produce.request.decode(apiVersion, body), (value) => answer(Produce, value));
  }

  #metadata(broker: number, names: readonly string[] = [...this.#topics.keys()]): Input<MetadataResponse> {
    const up = this.brokers.map((nodeId) => this.#endPoint(nodeId));
    const stale = this.staleLeaders.get(broker);
    return {
      brokers: up,
      clusterId: "fake",
      controllerId: up[0]?.nodeId ?? -1,
      topics: names.map((name) => {
        const partitions = this.#topics.get(name);
        if (partitions === undefined) return { name, errorCode: codeOf("UNKNOWN_TOPIC_OR_PARTITION") };
        return {
          name,
          partitions: partitions.map((state, partitionIndex) => {
            const { leader, epoch } = stale?.get(`${name}-${partitionIndex}`) ?? state;
            const errorCode = leader === null ? codeOf("LEADER_NOT_AVAILABLE") : 0;
            const known = { partitionIndex, errorCode, leaderId: leader ?? -1, leaderEpoch: epoch };
            return { ...known, replicaNodes: [], isrNodes: [] };
          }),
        };
      }),
    };
  }

  /** Steps of the simulated world bound a client that asks all the time: how busy the machine is plays no part. */
  #endTheRun(): void {
    this.world.node("test").runtime.scheduler.soon(() => {
      const ms = Math.ceil(this.world.nowMs);
      throw new Error(`Metadata were asked for ${MOST_METADATA_REQUESTS} times in ${ms} ms: without a pause.`);
    });
  }

  #endPoint(nodeId: number): { nodeId: number; host: string; port: number } {
    return { nodeId, host: this.advertisedHosts.get(nodeId) ?? `broker-${nodeId}`, port: 9092 };
  }

  #produce(
    broker: number,
    request: ReceivedRequest,
    { acks, topicData }: ReturnType<typeof Produce.request.decode>,
    answer: (value: Input<ProduceResponse>) => void,
  ): void {
    const batches = topicData.flatMap(({ name, partitionData }) =>
      partitionData.map(({ index, records }) => ({ name, index, records: records! })),
    );
    const seen = { broker, atMs: this.world.nowMs, acks, batches: batches.map(toSeen) };
    const { error, errorFor, answer: how, lost = false, delayMs = 0 } = this.fate(seen, this.seen.push(seen) - 1);
    const responses = batches.map(({ name, index, records }) => {
      const refusal = lost ? "NETWORK_EXCEPTION" : errorFor?.includes(`${name}-${index}`) === false ? undefined : error;
      return { name, partitionResponses: [this.#append(broker, name, index, records, refusal)] };
    });
    const nodeEndpoints = this.namesLeaders ? this.brokers.map((nodeId) => this.#endPoint(nodeId)) : [];
    if (how === "close") request.close(new Error("as the test wants"));
    else if (how === "never") return;
    else if (acks === 0) request.respond(null);
    else if (delayMs === 0) answer({ responses, nodeEndpoints });
    else {
      const { clock, scheduler } = this.node(broker).runtime;
      scheduler.at(clock.nowMs() + delayMs, () => answer({ responses, nodeEndpoints }));
    }
  }

  #append(
    broker: number,
    topic: string,
    index: number,
    records: Uint8Array,
    refusal: KafkaErrorName | undefined,
  ): Input<PartitionAnswer> {
    const state = this.#partition(topic, index);
    const appended =
      refusal !== undefined ? { error: refusal }
      : state === undefined ? { error: "UNKNOWN_TOPIC_OR_PARTITION" as const }
      : state.leader !== broker ? { error: "NOT_LEADER_OR_FOLLOWER" as const }
      : state.log.append(records);
    if ("error" in appended) {
      const leader = { leaderId: state?.leader ?? -1, leaderEpoch: state?.epoch ?? -1 };
      const named = this.namesLeaders && appended.error === "NOT_LEADER_OR_FOLLOWER" ? { currentLeader: leader } : {};
      return { index, errorCode: codeOf(appended.error), baseOffset: -1, ...named };
    }
    return { index, errorCode: 0, baseOffset: appended.offset };
  }
}

function codeOf(name: KafkaErrorName): number {
  return new KafkaError(name).errorCode;
}

function versionsOf({ key, minVersion, maxVersion }: Api): { apiKey: number; minVersion: number; maxVersion: number } {
  return { apiKey: key, minVersion, maxVersion };
}

function toSeen({ name, index, records }: { name: string; index: number; records: Uint8Array }): SeenBatch {
  const batch = new RecordBatch(records);
  const { producerEpoch, baseSequence } = batch;
  return {
    partition: `${name}-${index}`,
    values: valuesOf(batch),
    producerId: Number(batch.producerId),
    producerEpoch,
    baseSequence,
  };
}
