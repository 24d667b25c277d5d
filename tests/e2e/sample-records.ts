/**
 * Records for the tests with real clients: all the odd cases, over and over.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** One record, as every client can tell it. */
export interface SampleRecord {
  /** Null is none; an empty text is a key of 0 bytes. */
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [key: string, value: string])[];
  readonly timestampMs: number;
}

/** Kept short, so that 100,000 of them are many batches, and long enough to be worth compressing. */
const TEXTS = ["payment accepted", "zahlung abgelehnt: konto überzogen", "支払い済み", "", "x".repeat(300)];

/** Record number `i` of a run that began at `baseMs`. */
export function sampleRecord(i: number, baseMs: number): SampleRecord {
  return {
    key: i % 10 === 0 ? null : i % 10 === 1 ? "" : `order-${i % 997}`,
    value: i % 13 === 0 ? null : `${i}:${TEXTS[i % TEXTS.length]}`,
    headers: i % 3 === 0 ? [["trace", `t-${i}`], ["leer", ""]] : [],
    timestampMs: baseMs + Math.floor(i / 10),
  };
}

/** `count` records. */
export function sampleRecords(count: number, baseMs: number): SampleRecord[] {
  return Array.from({ length: count }, (_, i) => sampleRecord(i, baseMs));
}

/** One line that says all of a record, for comparing many at once. */
export function lineOf({ key, value, headers, timestampMs }: SampleRecord): string {
  return JSON.stringify([key, value, headers, timestampMs]);
}

/** Bytes as text; null stays null. */
export function textOrNull(bytes: Uint8Array | null | undefined): string | null {
  return bytes == null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** Fails with the first difference only: a diff of 100,000 lines helps nobody. */
export function expectSameLines(got: readonly string[], expected: readonly string[]): void {
  const at = expected.findIndex((line, i) => line !== got[i]);
  if (at >= 0) throw new Error(`record ${at} of ${expected.length}: expected ${expected[at]}, got ${got[at]}`);
  if (got.length !== expected.length) throw new Error(`expected ${expected.length} records, got ${got.length}`);
}
