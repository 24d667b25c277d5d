/**
 * What a producer counts. The names are Kafka's, so that what one knows of them holds here.
 *
 * Source: `org.apache.kafka.clients.producer.internals.SenderMetricsRegistry`.
 *
 * @module
 */
import { type ProducerBatch } from "#accumulator";
import { type KafkaError } from "#ground/errors";
import { type SenderListener } from "./sender-parts.ts";

/** Counts what a sender does. */
export class ProducerMetrics implements SenderListener {
  readonly #onBatchFailed: (batch: ProducerBatch, error: KafkaError) => void;
  readonly #sentMs = new WeakMap<readonly ProducerBatch[], number>();
  #records = 0;
  #bytes = 0;
  #batches = 0;
  #requests = 0;
  #retries = 0;
  #splits = 0;
  #errors = 0;
  #latencySumMs = 0;
  #latencyMaxMs = 0;
  #answers = 0;
  #queueTimeSumMs = 0;
  #queueTimeMaxMs = 0;

  /** @param onBatchFailed - told of each batch that fails for good */
  constructor(onBatchFailed: (batch: ProducerBatch, error: KafkaError) => void) {
    this.#onBatchFailed = onBatchFailed;
  }

  onRequest(batches: readonly ProducerBatch[], now: number): void {
    this.#sentMs.set(batches, now);
    this.#requests++;
    for (const batch of batches) {
      this.#batches++;
      this.#records += batch.recordCount;
      this.#bytes += batch.build().length;
      const waitedMs = now - batch.createdMs;
      this.#queueTimeSumMs += waitedMs;
      this.#queueTimeMaxMs = Math.max(this.#queueTimeMaxMs, waitedMs);
    }
  }

  onRequestDone(batches: readonly ProducerBatch[], now: number): void {
    const latencyMs = now - (this.#sentMs.get(batches) ?? now);
    this.#answers++;
    this.#latencySumMs += latencyMs;
    this.#latencyMaxMs = Math.max(this.#latencyMaxMs, latencyMs);
  }

  onRetry(batch: ProducerBatch): void {
    this.#retries += batch.recordCount;
  }

  onSplit(): void {
    this.#splits++;
  }

  onSucceeded(): void {}

  onFailed(batch: ProducerBatch, error: KafkaError): void {
    this.#errors += batch.recordCount;
    this.#onBatchFailed(batch, error);
  }

  /**
   * All of them, by Kafka's names: totals since the start, averages over the whole time (*Different*: Kafka's fade).
   */
  values(): Record<string, number> {
    return {
      "record-send-total": this.#records,
      "record-error-total": this.#errors,
      "record-retry-total": this.#retries,
      "byte-total": this.#bytes,
      "batch-split-total": this.#splits,
      "batch-size-avg": ratio(this.#bytes, this.#batches),
      "record-size-avg": ratio(this.#bytes, this.#records),
      "records-per-request-avg": ratio(this.#records, this.#requests),
      "request-total": this.#requests,
      "request-latency-avg": ratio(this.#latencySumMs, this.#answers),
      "request-latency-max": this.#latencyMaxMs,
      "record-queue-time-avg": ratio(this.#queueTimeSumMs, this.#batches),
      "record-queue-time-max": this.#queueTimeMaxMs,
    };
  }
}

function ratio(sum: number, count: number): number {
  return count === 0 ? 0 : sum / count;
}
