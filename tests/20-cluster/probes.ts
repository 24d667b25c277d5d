/**
 * The single requests that were sent to a real Apache Kafka 4.0 broker, and what it answered: `golden/sessions`,
 * `raw-probes-*`. Here they are sent to ours.
 *
 * @module
 */
import { apiByKey } from "#ground/protocol/apis";
import { decodeRequestHeader, decodeResponse } from "#ground/protocol/frames";
import { goldenRows, type SessionFrame, unhex } from "../00-ground/protocol/golden-files.ts";
import { toJson } from "../00-ground/protocol/message-json.ts";

/** A row of a recorded session: a frame, or that a connection was closed. */
export interface ProbeRow extends SessionFrame {
  readonly conn: number;
  readonly event?: string;
  /** Of a connection that was opened: to whom. */
  readonly broker?: number | string;
  readonly dir: string;
}

/** A request and what the real broker did. */
export interface Probe {
  /** What the request is there to find out. */
  readonly purpose: string;
  readonly conn: number;
  readonly request: ProbeRow;
  /** Null when it closed the connection, or didn't answer at all. */
  readonly response: ProbeRow | null;
}

/** The probes of one recording, in order. */
export function probesOf(session: string): Probe[] {
  const rows = goldenRows<ProbeRow>(`sessions/${session}.jsonl`);
  return rows
    .filter((row) => row.event === undefined && row.dir === "client->broker")
    .map((request) => {
      const response = rows.find(
        (row) => row.kind === "response" && row.conn === request.conn && row.correlationId === request.correlationId,
      );
      const purpose = request.clientId?.replace("probe:", "") ?? "";
      return { purpose, conn: request.conn, request, response: response ?? null };
    });
}

/** Which broker each connection of a recording goes to. */
export function brokersOf(session: string): ReadonlyMap<number, number> {
  const opened = goldenRows<ProbeRow>(`sessions/${session}.jsonl`).filter(({ event }) => event === "opened");
  return new Map(opened.map(({ conn, broker }) => [conn, Number(broker)]));
}

/** The frame of a probe's request, without its size. */
export function frameOf({ request }: Probe): Uint8Array {
  return unhex(request.hex);
}

/** Our answer to a request, in the form of the golden files. */
export function answerJson(requestFrame: Uint8Array, answer: Uint8Array, decodedAsVersion?: number): unknown {
  const { apiKey, apiVersion } = decodeRequestHeader(requestFrame, apiByKey);
  const api = apiByKey(apiKey)!;
  const version = decodedAsVersion ?? apiVersion;
  return toJson(api.response, version, decodeResponse(api, version, answer).value);
}

/** What is a matter of chance, of wording, or of the recorded broker's own settings, and not of the protocol. */
const INCIDENTAL: ReadonlySet<string> = new Set([
  "brokers",
  "clusterId",
  "errorMessage",
  "batchIndexErrorMessage",
  "producerId",
  "sessionId",
  "configSource",
]);
const ZERO_ID = "AAAAAAAAAAAAAAAAAAAAAA";

/**
 * `json` without what may differ, and with what has names sorted by them: Kafka's own order is that of a hash map.
 * @param incidental what else may differ
 */
export function comparable(json: unknown, incidental: ReadonlySet<string> = INCIDENTAL): unknown {
  const inner = (value: unknown): unknown => comparable(value, incidental);
  if (Array.isArray(json)) return json.map(inner).sort((a, b) => compareText(nameOf(a), nameOf(b)));
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json)
      .filter(([key]) => !INCIDENTAL.has(key) && !incidental.has(key))
      .map(([key, value]) => [key, comparableField(key, value, inner)]),
  );
}

function comparableField(key: string, value: unknown, inner: (value: unknown) => unknown): unknown {
  if (key === "topicId" && value !== ZERO_ID) return "some id";
  return key === "records" && typeof value === "string" ? wholeBatches(value) : inner(value);
}

/** Kafka cuts the last batch off where the limit is, and readers ignore such a rest; we answer whole batches. */
function wholeBatches(hex: string): string {
  const bytes = Buffer.from(hex, "hex");
  let end = 0;
  while (end + 12 <= bytes.length && end + 12 + bytes.readInt32BE(end + 8) <= bytes.length) {
    end += 12 + bytes.readInt32BE(end + 8);
  }
  return bytes.toString("hex", 0, end);
}

function nameOf(json: unknown): string {
  return typeof json === "object" && json !== null && "name" in json ? String(json.name) : "";
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
