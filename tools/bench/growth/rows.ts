/**
 * The rows of the growth tables: what is measured, and how it is shown.
 *
 * @module
 */
import { type ProcessFacts } from "./process-facts.ts";

/** What one size gave: in the order of the table's rows, each shown. */
export type Column = ReadonlyMap<string, string>;

/** The rows that every part has, of processes at rest. */
export function factRows({ rssBytes, openFiles, cpuShare }: ProcessFacts): [string, string][] {
  return [
    ["memory at rest", `${Math.round(rssBytes / 1e6)} MB`],
    ["open files", String(openFiles)],
    ["CPU at rest", percent(cpuShare)],
  ];
}

/** A share of a core for people. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

/** Adds a row, and shows it: the table comes minutes later. */
export function note(rows: Map<string, string>, name: string, value: string): void {
  rows.set(name, value);
  console.error(`  ${name}: ${value}`);
}

/** A duration for people. */
export function duration(ms: number): string {
  return ms < 1_000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** Sizes as columns: rows for `printTable`. */
export function rowsOf(columns: readonly Column[]): string[][] {
  return [...columns[0]!.keys()].map((name) => [name, ...columns.map((column) => column.get(name) ?? "–")]);
}
