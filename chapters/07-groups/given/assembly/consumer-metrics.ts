/**
 * What a consumer counts. The names are Kafka's, so that what one knows of them holds here.
 *
 * Source: `FetchMetricsRegistry`, `ConsumerCoordinatorMetrics`, `KafkaConsumerMetrics`.
 *
 * @module
 */

/** Counts what a consumer does. */
export class ConsumerMetrics {
  #records = 0;
  #bytes = 0;
  #fetches = 0;
  #fetchLatencySumMs = 0;
  #fetchLatencyMaxMs = 0;
  #polls = 0;
  #lastPollMs = -Infinity;
  #commits = 0;
  #rebalances = 0;
  #heartbeats = 0;

  onFetch(latencyMs: number): void {
    this.#fetches++;
    this.#fetchLatencySumMs += latencyMs;
    this.#fetchLatencyMaxMs = Math.max(this.#fetchLatencyMaxMs, latencyMs);
  }

  onBytes(bytes: number): void {
    this.#bytes += bytes;
  }

  onRecords(count: number): void {
    this.#records += count;
  }

  onPoll(now: number): void {
    this.#polls++;
    this.#lastPollMs = now;
  }

  onCommit(): void {
    this.#commits++;
  }

  onRebalance(): void {
    this.#rebalances++;
  }

  onHeartbeat(): void {
    this.#heartbeats++;
  }

  /**
   * All of them, by Kafka's names: totals since the start, averages over the whole time (*Different*: Kafka's fade).
   */
  values(now: number): Record<string, number> {
    return {
      "records-consumed-total": this.#records,
      "bytes-consumed-total": this.#bytes,
      "fetch-total": this.#fetches,
      "fetch-latency-avg": ratio(this.#fetchLatencySumMs, this.#fetches),
      "fetch-latency-max": this.#fetchLatencyMaxMs,
      "fetch-size-avg": ratio(this.#bytes, this.#fetches),
      "records-per-request-avg": ratio(this.#records, this.#fetches),
      "poll-total": this.#polls,
      "last-poll-seconds-ago": this.#polls === 0 ? -1 : Math.floor((now - this.#lastPollMs) / 1000),
      "commit-total": this.#commits,
      "rebalance-total": this.#rebalances,
      "heartbeat-total": this.#heartbeats,
    };
  }
}

function ratio(sum: number, count: number): number {
  return count === 0 ? 0 : sum / count;
}
