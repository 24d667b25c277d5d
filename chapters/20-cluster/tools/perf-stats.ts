/**
 * What `kafka-producer-perf-test` measures, and the lines that say it.
 * Source: `org.apache.kafka.tools.ProducerPerformance.Stats` of Kafka 4.0.
 *
 * @module
 */

const WINDOW_MS = 5_000;
const MAX_SAMPLES = 500_000;
const MIB = 1024 * 1024;

/** Sums of a time. */
class Sums {
  readonly startMs: number;
  count = 0;
  bytes = 0;
  latencyMs = 0;
  maxLatencyMs = 0;

  constructor(startMs: number) {
    this.startMs = startMs;
  }

  add(latencyMs: number, bytes: number): void {
    this.count++;
    this.bytes += bytes;
    this.latencyMs += latencyMs;
    this.maxLatencyMs = Math.max(this.maxLatencyMs, latencyMs);
  }

  /** @param digits - of the latencies */
  text(nowMs: number, digits: number): string {
    const seconds = (nowMs - this.startMs) / 1_000;
    const perSecond = (amount: number): number => (amount === 0 ? 0 : amount / seconds);
    return `${this.count} records sent, ${perSecond(this.count).toFixed(1)} records/sec `
      + `(${perSecond(this.bytes / MIB).toFixed(2)} MB/sec), ${(this.latencyMs / this.count).toFixed(digits)} ms avg `
      + `latency, ${this.maxLatencyMs.toFixed(digits)} ms max latency`;
  }
}

/** Latencies of acknowledged records, and a line now and then. */
export class PerfStats {
  readonly #out: (text: string) => void;
  readonly #sampleEvery: number;
  readonly #latencies: number[] = [];
  readonly #all: Sums;
  #window: Sums;

  /** @param expected - how many records will come: of very many only a part is kept for the percentiles */
  constructor(nowMs: number, expected: number, out: (text: string) => void) {
    this.#out = out;
    this.#sampleEvery = Math.max(1, Math.floor(expected / MAX_SAMPLES));
    this.#all = new Sums(nowMs);
    this.#window = new Sums(nowMs);
  }

  /** A record was acknowledged. */
  record(latencyMs: number, bytes: number, nowMs: number): void {
    if (this.#all.count % this.#sampleEvery === 0) this.#latencies.push(latencyMs);
    this.#all.add(latencyMs, bytes);
    this.#window.add(latencyMs, bytes);
    if (nowMs - this.#window.startMs < WINDOW_MS) return;
    this.#out(`${this.#window.text(nowMs, 1)}.\n`);
    this.#window = new Sums(nowMs);
  }

  /** The last line. */
  total(nowMs: number): string {
    const sorted = Float64Array.from(this.#latencies).sort();
    const at = (share: number): string => Math.floor(sorted[Math.floor(share * sorted.length)] ?? 0).toFixed(0);
    return `${this.#all.text(nowMs, 2)}, ${at(0.5)} ms 50th, ${at(0.95)} ms 95th, ${at(0.99)} ms 99th, `
      + `${at(0.999)} ms 99.9th.\n`;
  }
}

/** `--print-metrics`: the figures of a client, in two columns. Source: `ToolsUtils.printMetrics`. */
export function metricsTable(group: string, clientId: string, metrics: Readonly<Record<string, number>>): string {
  const rows = Object.entries(metrics).map(([name, value]) => {
    return [`${group}:${name}:{client-id=${clientId}}`, value.toFixed(3)] as const;
  });
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.toSorted().map(([name, value]) => `${name.padEnd(width)} : ${value}\n`);
  return `\n${"Metric Name".padEnd(width)}   Value\n${lines.join("")}`;
}
