/**
 * Whether brokers hold more and more: memory after a collection of garbage, handles. Each life of a broker is looked at
 * by itself, without its warm-up.
 *
 * @module
 */
import { type MemoryReport } from "./memory-report.ts";

/** Shorter lives say nothing: twelve reports are a minute. */
const LEAST_REPORTS = 12;
/** How much larger the last third of a life may be than the one before: what only leaks grows by two thirds. */
const GROWTH = 1.2;
const MEGABYTE = 1_000_000;
/** So much is no leak, however small the rest is: tables that grow by doubling, a group more, logs that are longer. */
const SLACK: MemoryReport = { heapBytes: 10 * MEGABYTE, rssBytes: 50 * MEGABYTE, handles: 30 };
/** Lines of the table of one life. */
const LINES = 8;

interface Life {
  readonly brokerId: number;
  readonly startMs: number;
  readonly reports: { readonly atMs: number; readonly report: MemoryReport }[];
}

/** All lives of all brokers. */
export class Soak {
  readonly #lives: Life[] = [];

  /** A broker begins a new life. @returns takes what it reports */
  begin(brokerId: number): (report: MemoryReport) => void {
    const life: Life = { brokerId, startMs: performance.now(), reports: [] };
    this.#lives.push(life);
    return (report) => void life.reports.push({ atMs: performance.now() - life.startMs, report });
  }

  /** How the longest life of each broker went. */
  lines(): string[] {
    const longest = new Map<number, Life>();
    for (const life of this.#lives) {
      const other = longest.get(life.brokerId);
      if (other === undefined || other.reports.length < life.reports.length) longest.set(life.brokerId, life);
    }
    return [...longest.values()].flatMap(({ brokerId, reports }) => {
      const step = Math.max(1, Math.ceil(reports.length / LINES));
      return reports.filter((_, i) => i % step === 0 || i === reports.length - 1).map(({ atMs, report }) => {
        const [rss, heap] = [report.rssBytes, report.heapBytes].map((bytes) => `${Math.round(bytes / MEGABYTE)} MB`);
        const when = `after ${Math.round(atMs / 1_000)} s`;
        return `broker ${brokerId}, ${when}: RSS ${rss}, heap ${heap}, ${report.handles} handles`;
      });
    });
  }

  /** What grows without an end. */
  faults(): string[] {
    return this.#lives.flatMap(({ brokerId, reports }) => growth(reports.map(({ report }) => report)).map((what) => {
      return `broker ${brokerId} holds more and more: ${what}`;
    }));
  }
}

/** What of the reports of one life, the oldest first, grows: none for a life that is too short to say. */
export function growth(reports: readonly MemoryReport[]): string[] {
  if (reports.length < LEAST_REPORTS) return [];
  const third = Math.floor(reports.length / 3);
  const [before, after] = [reports.slice(third, 2 * third), reports.slice(-third)];
  return (["heapBytes", "rssBytes", "handles"] as const).flatMap((name) => {
    const [was, is] = [median(before.map((one) => one[name])), median(after.map((one) => one[name]))];
    return is > was * GROWTH + SLACK[name] ? [`${name} ${was}, then ${is}`] : [];
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
