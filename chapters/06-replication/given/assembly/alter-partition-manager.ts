/**
 * Brings the wishes of leaders for other ISRs to the controller: one request at a time, with all that has come up
 * meanwhile. A hundred partitions that lose a follower at once are one request, and one change of the image.
 * Source: Kafka's `AlterPartitionManager`, KIP-497.
 *
 * @module
 */
import { KafkaError, rethrowStub } from "#ground/errors";
import { pause } from "#ground/pause";
import { type Runtime } from "#ground/runtime";
import { type IsrProposal } from "#replication/leader-state";
import { type PartitionRegistration } from "../metadata-image.ts";
import { type Partition } from "#replication/partition";

/** One wish. */
export interface AlterPartitionItem {
  readonly topicId: Uint8Array;
  readonly index: number;
  readonly leaderEpoch: number;
  readonly proposal: IsrProposal;
}

/** What is in force now. */
export type AlteredPartition = Pick<PartitionRegistration, "leader" | "leaderEpoch" | "isr" | "partitionEpoch">;

/** What came of it: what is in force now, or why it was refused. */
export type AlterPartitionResult = AlteredPartition | KafkaError;

/** Asks the controller; results in the order of the items. Rejects when it can't be reached. */
export type SendAlterPartition = (items: readonly AlterPartitionItem[]) => Promise<readonly AlterPartitionResult[]>;

/** The pause after a request that failed as a whole: there may be no controller for a moment. */
const RETRY_BACKOFF_MS = 50;

interface Waiting {
  readonly item: AlterPartitionItem;
  resolve(altered: AlteredPartition): void;
  reject(error: KafkaError): void;
}

/** Queues and sends. */
export class AlterPartitionManager {
  readonly #runtime: Runtime;
  readonly #send: SendAlterPartition;
  #queue: Waiting[] = [];
  #sending = false;

  constructor(runtime: Runtime, send: SendAlterPartition) {
    this.#runtime = runtime;
    this.#send = send;
  }

  /** See `PartitionHost.alterIsr`. */
  submit(partition: Partition, proposal: IsrProposal): Promise<AlteredPartition> {
    const { topicId, index, leaderEpoch } = partition;
    return new Promise((resolve, reject) => {
      this.#queue.push({ item: { topicId, index, leaderEpoch, proposal }, resolve, reject });
      if (this.#sending) return;
      this.#sending = true;
      this.#runtime.scheduler.soon(() => this.#runtime.scheduler.spawn("AlterPartition", () => this.#run()));
    });
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      try {
        const results = await this.#send(batch.map(({ item }) => item));
        batch.forEach((waiting, i) => settle(waiting, results[i]!));
      } catch (error) {
        rethrowStub(error);
        await pause(this.#runtime, RETRY_BACKOFF_MS);
        for (const waiting of batch) waiting.reject(asLost(error));
      }
    }
    this.#sending = false;
  }
}

function settle(waiting: Waiting, result: AlterPartitionResult): void {
  if (result instanceof KafkaError) waiting.reject(result);
  else waiting.resolve(result);
}

/** The request failed as a whole, or its answer was lost: the change may have been made. */
function asLost(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error;
  return new KafkaError("UNKNOWN_SERVER_ERROR", String(error), { cause: error });
}
