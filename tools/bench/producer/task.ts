/**
 * What a client of the producer bench has to do, and what it reports.
 *
 * @module
 */

/** One run. */
export interface ProducerTask {
  /** One of the files in this folder's `clients`. */
  readonly client: string;
  readonly address: string;
  readonly topic: string;
  readonly partitions: number;
  readonly records: number;
  readonly valueBytes: number;
  readonly acks: 0 | 1 | -1;
}

/** What came of it. Latencies are from handing a record over to its acknowledgement. */
export interface ProducerResult {
  readonly elapsedMs: number;
  readonly cpuMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A client under test. It is connected, and has metadata, before {@link ProducerClient.sendAll} is timed. */
export interface ProducerClient {
  /**
   * Sends all records, and resolves when all are acknowledged (or, with acks 0, sent). Calls `sample` with the latency
   * of some, in milliseconds.
   */
  sendAll(task: ProducerTask, value: Buffer, sample: (latencyMs: number) => void): Promise<void>;
  close(): Promise<void>;
}

/** Makes a client. */
export type Connect = (task: ProducerTask) => Promise<ProducerClient>;

/** One record in so many is timed. */
export const SAMPLE_EVERY = 500;
