/**
 * A {@link Sender} on a workbench: a real accumulator, a cluster that is known, and a network that only remembers what
 * is sent, so that a test can end each request as it likes.
 *
 * @module
 */
import { type BufferPool, type ProducerBatch, type RecordAccumulator } from "#accumulator";
import { type Cluster } from "#ground/cluster";
import { KafkaError, type KafkaErrorName } from "#ground/errors";
import { type Input } from "#ground/protocol/message";
import { Produce, type ProduceRequest, type ProduceResponse } from "#ground/protocol/messages/00-produce";
import { Metadata } from "#sender/metadata";
import { type RequestHandler } from "#sender/given/assembly/network-request";
import { type MetadataUpdater } from "#sender/metadata-updater";
import { type NetworkClient } from "#sender/network-client";
import { ProducerSequences } from "#sender/producer-sequences";
import { Sender } from "#sender/sender";
import { clusterOf, type Leader } from "../support/clusters.ts";
import { accumulatorFor, steadyBackoff } from "./fixtures.ts";

/** A request that was sent. */
export interface SentProduce {
  readonly node: number;
  readonly request: Input<ProduceRequest>;
  readonly handler: RequestHandler<ProduceResponse>;
  readonly released: () => void;
}

/** What differs from one test to the other. */
export interface BenchOptions {
  readonly leaders?: Record<string, readonly Leader[]>;
  readonly acks?: number;
  readonly retries?: number;
  readonly maxRequestSize?: number;
  readonly deliveryTimeoutMs?: number;
  readonly guaranteeMessageOrder?: boolean;
  readonly idempotent?: boolean;
  readonly lingerMs?: number;
  /** Idempotence without {@link ProducerSequences}: this gives a batch its numbers, every error may be retried. */
  readonly numberedBy?: (batch: ProducerBatch) => void;
  /** What {@link BenchOptions.numberedBy} is told of batches then. */
  readonly arrived?: string[];
}

/** The workbench. */
export class SenderBench {
  readonly sender: Sender;
  readonly accumulator: RecordAccumulator;
  readonly pool: BufferPool;
  readonly metadata: Metadata;
  readonly sequences: ProducerSequences | null;
  readonly cluster: Cluster;
  /** What was sent, in order. */
  readonly sent: SentProduce[] = [];
  /** Nodes to which nothing can be sent at the moment, and how long it takes until one may connect to them. */
  readonly unreachable: Map<number, number> = new Map();
  /** Nodes that the client was asked to connect to, in order. */
  readonly asked: number[] = [];
  /** What the listener was told of batches. */
  readonly events: string[] = [];
  /** How many batches each request had that the listener was told of, and when. */
  readonly requests: { readonly batches: number; readonly atMs: number }[] = [];

  constructor(options: BenchOptions = {}) {
    const { leaders = { orders: [1, 1, 2] }, idempotent = false, lingerMs = 0 } = options;
    this.cluster = clusterOf(leaders);
    const backoff = steadyBackoff();
    this.metadata = new Metadata({ bootstrap: this.cluster, maxAgeMs: 300_000, maxIdleMs: 300_000, backoff });
    this.sequences = idempotent ? new ProducerSequences() : null;
    this.sequences?.setId(1000, 0);
    const { accumulator, pool } = accumulatorFor(this.sequences, lingerMs);
    this.accumulator = accumulator;
    this.pool = pool;
    const { numberedBy, arrived = [] } = options;
    const sequences = numberedBy === undefined ? this.sequences : scripted(numberedBy, arrived);
    const idempotence = sequences && { sequences, idRequest: { fatalError: null } as never };
    const updater = {} as MetadataUpdater;
    const parts = { accumulator, metadata: this.metadata, updater, client: this.#client(), idempotence };
    const defaults = {
      acks: -1,
      retries: 3,
      maxRequestSize: 1_048_576,
      requestTimeoutMs: 30_000,
      deliveryTimeoutMs: 120_000,
      guaranteeMessageOrder: false,
    };
    const note = (what: string) => (batch: ProducerBatch): void => {
      this.events.push(`${what} ${batch.topic}-${batch.partition}`);
    };
    this.sender = new Sender(parts, { ...defaults, ...options }, {
      onRequest: (batches, atMs) => void this.requests.push({ batches: batches.length, atMs }),
      onRequestDone: (batches) => void (batches.length > 1 && this.events.push(`done: ${batches.length}`)),
      onRetry: note("retry"),
      onSplit: note("split"),
      onSucceeded: note("succeeded"),
      onFailed: note("failed"),
    });
  }

  /** Appends records; several to one partition go into one batch. */
  append(topic: string, partition: number, ...values: string[]): ProducerBatch {
    let batch: ProducerBatch | null = null;
    for (const value of values) {
      const queues = this.accumulator.topic(topic);
      batch = this.accumulator.append(queues, partition, 0, null, Buffer.from(value), [], this.cluster, 0);
    }
    return batch!;
  }

  /** Appends a record at a certain time. */
  appendAt(now: number, partition: number, value: string): ProducerBatch {
    const queues = this.accumulator.topic("orders");
    return this.accumulator.append(queues, partition, 0, null, Buffer.from(value), [], this.cluster, now)!;
  }

  /** Appends one batch, and sends it at time 0. */
  send(partition: number, ...values: string[]): ProducerBatch {
    const batch = this.append("orders", partition, ...values);
    this.sender.sendProducerData(0);
    return batch;
  }

  /** Appends one batch each to orders-0 and orders-1, and sends them at time 0, in one request. */
  sendTwo(): [ProducerBatch, ProducerBatch] {
    const first = this.append("orders", 0, "a");
    return [first, this.send(1, "b")];
  }

  /** What the `i`th request has: node, then its partitions. */
  contents(i: number): string {
    const sent = this.sent[i];
    if (sent === undefined) return "no such request was sent";
    const { node, request } = sent;
    const partitions = request.topicData!.flatMap(({ name, partitionData }) =>
      partitionData!.map(({ index }) => `${name}-${index}`),
    );
    return `${node}: ${partitions.join(" ")}`;
  }

  #client(): NetworkClient {
    const client = {
      ready: ({ id }: { id: number }) => {
        this.asked.push(id);
        return !this.unreachable.has(id);
      },
      isReady: (id: number) => !this.unreachable.has(id),
      lastErrorOf: () => null,
      connectionDelayMs: (id: number) => this.unreachable.get(id) ?? Infinity,
      send: (
        node: number,
        _api: unknown,
        request: Input<ProduceRequest>,
        handler: RequestHandler<ProduceResponse>,
        options: { released?: () => void } = {},
      ) => {
        this.sent.push({ node, request, handler, released: options.released ?? ((): void => {}) });
      },
    };
    return client as unknown as NetworkClient;
  }
}

function scripted(assignSequence: (batch: ProducerBatch) => void, arrived: string[]): ProducerSequences {
  const sequences = {
    canRetry: () => true,
    assignSequence,
    onCompleted: () => void arrived.push("completed"),
    onFailed: (_: ProducerBatch, outcome: string) => void arrived.push(`failed ${outcome}`),
    onSplit: () => void arrived.push("split"),
  };
  return sequences as unknown as ProducerSequences;
}

/** An answer to Produce with this for each of the partitions of "orders" from 0 on; undefined leaves one out. */
export function produceAnswer(...partitions: (KafkaErrorName | number | undefined)[]): ProduceResponse {
  const partitionResponses = partitions.flatMap((what, index) => {
    if (what === undefined) return [];
    if (typeof what === "number") return [{ index, errorCode: 0, baseOffset: what }];
    return [{ index, errorCode: new KafkaError(what).errorCode, baseOffset: -1 }];
  });
  const input = { responses: [{ name: "orders", partitionResponses }] };
  return Produce.response.decode(9, Produce.response.encodeToBytes(9, input));
}
