/**
 * What a client and the coordination service say to each other over TCP: JSON in frames, an int32 size in front of
 * each, as `transaction-codec.ts` writes it. A connection belongs to one session. Its first message opens or resumes
 * that; its calls are answered in their order.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import {
  CoordinationError,
  type CoordinationErrorCode,
  isCoordinationErrorCode,
  type Operation,
  type WatchKind,
} from "./coordination.ts";
import { decodeJson, encodeJson } from "./transaction-codec.ts";

/**
 * The largest message: the data of the largest multi in base64, its paths and then some. No more is kept of a peer
 * that claims to send more.
 */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/** The first message of a client. */
export type Hello =
  | { readonly type: "open"; readonly timeoutMs: number; readonly password: string }
  | { readonly type: "resume"; readonly session: string; readonly password: string };

/** What a client asks for within its session. */
export type Request =
  | { readonly type: "write"; readonly steps: readonly Operation[] }
  | { readonly type: "get" | "exists" | "children"; readonly path: string }
  | { readonly type: "watch"; readonly path: string; readonly kind: WatchKind; readonly watch: number }
  | { readonly type: "close" };

/** All that a client sends. A ping is a sign of life, and is answered by a pong at once. */
export type ClientMessage = Hello | Request | { readonly type: "ping" };

/** All that the service sends: answers, and what it says unasked. */
export type ServiceMessage =
  | { readonly type: "result"; readonly result: unknown }
  | { readonly type: "failure"; readonly code: CoordinationErrorCode; readonly about: string; readonly step?: number }
  | { readonly type: "pong" }
  | { readonly type: "fired"; readonly watch: number }
  | { readonly type: "expired" };

/** The message as a frame, without its size. */
export function encodeMessage(message: ClientMessage | ServiceMessage): Uint8Array {
  return encodeJson(message);
}

/** @throws KafkaError INVALID_REQUEST when it is none of a client's messages */
export function decodeClientMessage(frame: Uint8Array): ClientMessage {
  const message = parse(frame);
  switch (message.type) {
    case "open":
      return { type: "open", timeoutMs: numberIn(message, "timeoutMs"), password: textIn(message, "password") };
    case "resume":
      return { type: "resume", session: textIn(message, "session"), password: textIn(message, "password") };
    case "write":
      return { type: "write", steps: listIn(message, "steps").map(operationOf) };
    case "get":
    case "exists":
    case "children":
      return { type: message.type, path: textIn(message, "path") };
    case "watch":
      return { type: "watch", path: textIn(message, "path"), kind: kindIn(message), watch: numberIn(message, "watch") };
    case "close":
    case "ping":
      return { type: message.type };
    default:
      return refuse("type", "a client's message", message.type);
  }
}

/** @throws KafkaError INVALID_REQUEST when it is none of the service's messages */
export function decodeServiceMessage(frame: Uint8Array): ServiceMessage {
  const message = parse(frame);
  switch (message.type) {
    case "result":
      return { type: "result", result: message["result"] };
    case "failure": {
      const { code, step } = message;
      if (!isCoordinationErrorCode(code)) return refuse("code", "a code", code);
      return { type: "failure", code, about: textIn(message, "about"), ...(typeof step === "number" ? { step } : {}) };
    }
    case "fired":
      return { type: "fired", watch: numberIn(message, "watch") };
    case "pong":
    case "expired":
      return { type: message.type };
    default:
      return refuse("type", "a message of the coordination service", message.type);
  }
}

/** A call that failed, as the service tells it. Anything but a CoordinationError is a fault of ours: it is thrown. */
export function failureOf(error: unknown): ServiceMessage {
  if (!(error instanceof CoordinationError)) throw error;
  const { code, about, step } = error;
  return { type: "failure", code, about, ...(step === undefined ? {} : { step }) };
}

type Json = Readonly<Record<string, unknown>>;

function parse(frame: Uint8Array): Json {
  let value: unknown;
  try {
    value = decodeJson(frame);
  } catch (error) {
    throw new KafkaError("INVALID_REQUEST", "Expected a message in JSON.", { cause: error });
  }
  return isObject(value) ? value : refuse("the message", "an object", value);
}

/** Only what belongs to it: the journal keeps every field. */
function operationOf(step: unknown): Operation {
  if (!isObject(step)) return refuse("a step", "an object", step);
  const path = textIn(step, "path");
  const { expectedVersion } = step;
  // What is no version is refused with the request, as in process: null stands for NaN.
  const version = expectedVersion === undefined ? {} : { expectedVersion: expectedVersion as number };
  switch (step["type"]) {
    case "create": {
      const [ephemeral, sequential] = [step["ephemeral"] === true, step["sequential"] === true];
      return { type: "create", path, data: bytesIn(step, "data"), ephemeral, sequential };
    }
    case "set":
      return { type: "set", path, data: bytesIn(step, "data"), ...version };
    case "delete":
      return { type: "delete", path, ...version };
    case "check":
      return { type: "check", path, expectedVersion: expectedVersion as number };
    default:
      return refuse("the type of a step", "create, set, delete or check", step["type"]);
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textIn(json: Json, field: string): string {
  const value = json[field];
  return typeof value === "string" ? value : refuse(field, "a string", value);
}

function numberIn(json: Json, field: string): number {
  const value = json[field];
  return typeof value === "number" ? value : refuse(field, "a number", value);
}

function listIn(json: Json, field: string): readonly unknown[] {
  const value = json[field];
  return Array.isArray(value) ? value : refuse(field, "a list", value);
}

function bytesIn(json: Json, field: string): Uint8Array {
  const value = json[field];
  return value instanceof Uint8Array ? value : refuse(field, "bytes", value);
}

function kindIn(json: Json): WatchKind {
  const { kind } = json;
  return kind === "data" || kind === "children" ? kind : refuse("kind", "data or children", kind);
}

function refuse(what: string, expected: string, got: unknown): never {
  const shown = JSON.stringify(got)?.slice(0, 100) ?? "nothing";
  throw new KafkaError("INVALID_REQUEST", `Expected ${what} to be ${expected}, got ${shown}.`);
}
