/**
 * What the bench and its load generator tell each other, as JSON.
 *
 * @module
 */

/** What to do. */
export interface LoadTask {
  readonly kind: "produce" | "consume";
  readonly port: number;
  readonly topic: string;
  readonly partitions: number;
  readonly valueBytes: number;
  readonly batchBytes: number;
  /** Over all partitions. */
  readonly totalRecords: number;
  readonly acks: number;
}

/** What came of it. */
export interface LoadResult {
  readonly records: number;
  readonly bytes: number;
  readonly ms: number;
  readonly cpuMs: number;
}
