/** The golden files of the wire protocol: what Apache Kafka 4.0 wrote, one JSON object a line. */
import { Buffer } from "node:buffer";
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "vitest";

const GOLDEN = new URL("../../golden/", import.meta.url);

/** A message in `wire/NN-Name.jsonl`. */
export interface WireRow {
  readonly apiKey: number;
  readonly message: string;
  readonly version: number;
  readonly kind: "request" | "response";
  readonly variant: "full" | "sparse" | "unknown-tagged-fields";
  readonly header: { readonly correlationId: number; readonly clientId?: string | null };
  readonly hexWithHeader: string;
  readonly hexBody: string;
  readonly json: unknown;
}

/** A record in `wire/internal-records.jsonl` or `wire/consumer-protocol.jsonl`. */
export interface VersionedRow {
  readonly message: string;
  readonly version: number;
  readonly hexWithVersion: string;
  readonly json: unknown;
}

/** A frame in `sessions/NAME.jsonl`. */
export interface SessionFrame {
  readonly apiKey: number;
  readonly name: string;
  readonly kind: "request" | "response";
  readonly version: number;
  readonly correlationId: number;
  readonly clientId?: string | null;
  readonly hex: string;
  readonly json: unknown;
  /** Of an answer that is not in the version of its request. */
  readonly decodedAsVersion?: number;
  /** Of a frame that was not valid, on purpose: what Kafka said. */
  readonly decodeError?: string;
  /** Of a frame that is longer than its message, on purpose. */
  readonly leftoverBytes?: number;
}

/** Checks one of thousands of plain values: comparing texts is quicker than `expect`, and nearly always enough. */
export function expectSame(got: unknown, golden: unknown, id: string): void {
  if (JSON.stringify(got) !== JSON.stringify(golden)) expect(got, id).toEqual(golden);
}

/** The names in a folder of golden files, sorted. */
export function goldenNames(folder: "wire" | "sessions"): string[] {
  return readdirSync(new URL(`${folder}/`, GOLDEN)).sort();
}

/** The text of a golden file. */
export function goldenText(path: string): string {
  return readFileSync(new URL(path, GOLDEN), "utf8");
}

/** The rows of a golden file. */
export function goldenRows<Row>(path: string): Row[] {
  return goldenText(path)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
}

/** Bytes of hex digits, which may have blanks between them. */
export function unhex(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits.replaceAll(" ", ""), "hex"));
}

/** Hex digits of bytes, or of the parts that an encoder gives. */
export function hex(bytes: Uint8Array | readonly Uint8Array[]): string {
  return Buffer.concat(bytes instanceof Uint8Array ? [bytes] : bytes).toString("hex");
}
