import { type AppendResult } from "./assembly/append-request.ts";

/** What is waited for at a partition: `Partition` is one. */
export interface AwaitedLeader {
  /** For errors, as `orders-3`. */
  readonly name: string;
  readonly isLeader: boolean;
  readonly leaderEpoch: number;
  readonly highWatermark: number;
  /** Whether the ISR is as large as `min.insync.replicas` asks. */
  readonly hasEnoughReplicas: boolean;
}

/** Records that are in the leader's log but not yet committed. */
export interface PendingAppend {
  readonly partition: AwaitedLeader;
  /** In which they were appended. */
  readonly leaderEpoch: number;
  /** The offset after the last of them. */
  readonly endOffset: number;
  /** Gets the error, if there is one. */
  readonly result: AppendResult;
}
