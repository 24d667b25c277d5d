/**
 * The stage of a demo: what `tools/demos/NN.ts` tells its story with. Output is plain text, as wide as the terminal,
 * and the same on every run, so that lessons can show it.
 *
 * @module
 */
import { bold, dim } from "./run/colours.ts";
import { fold, lineWidth, wrap } from "./run/wrap.ts";

/** Columns of a label of `show`. */
const LABEL = 20;

/** Handed to every demo. */
export interface Stage {
  /** One paragraph of narration. */
  say(text: string): void;
  /** A named value: `frame  00 00 00 1a …`. Bytes are shown as hex. */
  show(label: string, value: unknown): void;
  /** Rows with the same keys, as a table. */
  table(rows: readonly Record<string, unknown>[]): void;
  /** With `--step`: waits for a key (the projector). Else returns at once. */
  pause(): Promise<void>;
}

/** What a demo's module exports as its default. */
export type Demo = (stage: Stage) => Promise<void>;

/** A stage that prints with `print`, and pauses with `waitForKey`. */
export function createStage(print: (line: string) => void, waitForKey: () => Promise<void>): Stage {
  return {
    say(text) {
      print("");
      for (const line of wrap(text, lineWidth())) print(line);
    },
    show(label, value) {
      const lines = textOf(value).split("\n").flatMap((line) => fold(line, lineWidth() - LABEL - 3));
      lines.forEach((line, i) => print(`  ${i === 0 ? bold(label.padEnd(LABEL)) : " ".repeat(LABEL)} ${line}`));
    },
    table(rows) {
      for (const line of tableOf(rows)) print(`  ${line}`);
    },
    async pause() {
      await waitForKey();
    },
  };
}

function tableOf(rows: readonly Record<string, unknown>[]): string[] {
  const columns = Object.keys(rows[0] ?? {});
  const cells = [columns, ...rows.map((row) => columns.map((column) => textOf(row[column])))];
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)));
  const tooMuch = 2 + widths.reduce((sum, width) => sum + width + 2, -2) - lineWidth();
  const widest = widths.indexOf(Math.max(...widths));
  if (tooMuch > 0) widths[widest] = Math.max(12, widths[widest]! - tooMuch);
  const numeric = columns.map((column) => rows.every((row) => typeof row[column] === "number"));
  const lineOf = (row: readonly string[]): string =>
    row.map((cell, i) => (numeric[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join("  ").trimEnd();
  const [head = [], ...body] = cells.map((row) => foldRow(row, widths).map(lineOf));
  return [...head.map(dim), ...body.flat()];
}

/** A row as one line, or as several where a cell is wider than its column. */
function foldRow(row: readonly string[], widths: readonly number[]): string[][] {
  const folded = row.map((cell, i) => fold(cell, widths[i]!));
  const height = Math.max(1, ...folded.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) => folded.map((cell) => cell[line] ?? ""));
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return hexOf(value);
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null) {
    return JSON.stringify(value, (_, field: unknown) => {
      if (typeof field === "bigint") return `${field}n`;
      return field instanceof Uint8Array ? hexOf(field) : field;
    });
  }
  return String(value);
}

/** Sixteen bytes a line, in pairs of eight. */
function hexOf(bytes: Uint8Array): string {
  const pairs = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"));
  const lines: string[] = [];
  for (let at = 0; at < pairs.length; at += 16) {
    lines.push([pairs.slice(at, at + 8).join(" "), pairs.slice(at + 8, at + 16).join(" ")].join("  ").trimEnd());
  }
  return lines.length === 0 ? "(no bytes)" : lines.join("\n");
}
