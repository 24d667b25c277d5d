/**
 * What the benches share: medians, tables, CPU times.
 *
 * @module
 */
import { readFileSync } from "node:fs";

/** The middle one of the values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

/** A rate for people: `2.31 M`, `412 k`, `87`. */
export function perSecond(rate: number): string {
  if (rate >= 1e6) return `${(rate / 1e6).toFixed(2)} M`;
  return rate >= 10_000 ? `${Math.round(rate / 1e3)} k` : rate.toFixed(rate < 10 ? 1 : 0);
}

/** Prints rows in columns: the first to the left, the others to the right. */
export function printTable(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("   ");
  console.log([`\n${title}`, line(head), ...rows.map(line)].join("\n"));
}

/** CPU time that a process has used, user and system, in milliseconds; 0 where /proc doesn't tell. */
export function cpuMsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Counted after the program's name, which may hold anything. A tick is 10 ms.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}
