/**
 * What is said on a connection to a ZooKeeper: requests as bytes, answers as values. A request begins with an xid, by
 * which its answer is known, and its type; an answer with the xid, the zxid that the server has seen, and an error.
 *
 * Source: `zookeeper.jute`, `ZooDefs.OpCode`, `KeeperException.Code`.
 *
 * @module
 */
import {
  CoordinationError,
  type CoordinationErrorCode,
  type NodeState,
  type Operation,
  type OperationResult,
} from "../coordination.ts";
import { JuteReader, JuteWriter } from "./jute.ts";

/** A request of more bytes ends the connection: ZooKeeper's `jute.maxbuffer`, unless the server has another one. */
export const MAX_REQUEST_BYTES = 0xfffff;

const CREATE = 1;
const DELETE = 2;
const EXISTS = 3;
const GET_DATA = 4;
const SET_DATA = 5;
const GET_CHILDREN = 8;
const PING = 11;
const CHECK = 13;
const MULTI = 14;
const CLOSE_SESSION = -11;
const ERROR = -1;

/** The xid of what the server says unasked: a watch has fired. */
export const NOTIFICATION_XID = -1;
/** The xid of a sign of life. */
export const PING_XID = -2;

const EPHEMERAL = 1;
const SEQUENTIAL = 2;
const ANY_VERSION = -1;
const ALL_PERMISSIONS = 31;

/** What a client says first. */
export interface Hello {
  /** Of the last answer that it has seen: a server that is behind that refuses. */
  readonly lastZxid: bigint;
  readonly timeoutMs: number;
  /** 0: a new one. */
  readonly sessionId: bigint;
  readonly password: Uint8Array;
}

/** What the server answers to {@link Hello}. */
export interface Welcome {
  /** What the server agrees to; 0 or less: the session is over. */
  readonly timeoutMs: number;
  readonly sessionId: bigint;
  readonly password: Uint8Array;
}

/** The bytes of {@link Hello}. */
export function encodeHello({ lastZxid, timeoutMs, sessionId, password }: Hello): Uint8Array {
  const isReadOnly = false;
  const writer = new JuteWriter().int(0).long(lastZxid).int(timeoutMs).long(sessionId);
  return writer.buffer(password).bool(isReadOnly).finish();
}

/** Reads {@link Welcome}. */
export function decodeWelcome(frame: Uint8Array): Welcome {
  const reader = new JuteReader(frame);
  reader.int();
  return { timeoutMs: reader.int(), sessionId: reader.long(), password: reader.buffer() };
}

/** A sign of life. */
export const PING_FRAME: Uint8Array = new JuteWriter().int(PING_XID).int(PING).finish();

/** Ends the session. */
export function encodeClose(): Uint8Array {
  return request(CLOSE_SESSION).finish();
}

/** Reads a node. */
export function encodeGet(path: string): Uint8Array {
  return request(GET_DATA).string(path).bool(false).finish();
}

/** Looks whether a node is there. With a watch the server tells when it is made, set or deleted. */
export function encodeExists(path: string, watch: boolean): Uint8Array {
  return request(EXISTS).string(path).bool(watch).finish();
}

/** Reads the names of children. With a watch the server tells when they change, or the node goes. */
export function encodeChildren(path: string, watch: boolean): Uint8Array {
  return request(GET_CHILDREN).string(path).bool(watch).finish();
}

/** One change. A check alone is a multi of one step. */
export function encodeStep(step: Exclude<Operation, { type: "check" }>): Uint8Array {
  const writer = request(typeOf(step));
  writeStep(writer, step);
  return writer.finish();
}

/** All steps or none. */
export function encodeMulti(steps: readonly Operation[]): Uint8Array {
  const writer = request(MULTI);
  for (const step of steps) {
    writer.int(typeOf(step)).bool(false).int(-1);
    writeStep(writer, step);
  }
  return writer.int(-1).bool(true).int(-1).finish();
}

/** What a single step has come to. */
export function decodeStep(step: Operation, body: JuteReader): OperationResult {
  if (step.type === "create") return body.string();
  return step.type === "set" ? readStat(body).version : undefined;
}

/** What each step of a multi has come to. @throws CoordinationError of the first that failed */
export function decodeMulti(steps: readonly Operation[], body: JuteReader): OperationResult[] {
  const results: OperationResult[] = [];
  for (const [i, step] of steps.entries()) {
    const type = body.int();
    body.bool();
    body.int();
    if (type !== ERROR) {
      results.push(decodeStep(step, body));
      continue;
    }
    const error = body.int();
    // Those before the one that failed say 0.
    if (error !== 0) throw errorFor(error, step.path, i);
  }
  return results;
}

/** What {@link encodeGet} reads. */
export function decodeGet(body: JuteReader): NodeState {
  const data = body.buffer();
  return { data, ...readStat(body) };
}

/** A watch that has fired. */
export interface Notification {
  readonly change: "made" | "deleted" | "set" | "children";
  readonly path: string;
}

const CHANGES: readonly (Notification["change"] | undefined)[] = [undefined, "made", "deleted", "set", "children"];

/** Reads what came with {@link NOTIFICATION_XID}; null: nothing about a node. */
export function decodeNotification(body: JuteReader): Notification | null {
  const change = CHANGES[body.int()];
  body.int();
  return change === undefined ? null : { change, path: body.string() };
}

const CODES: Readonly<Record<number, CoordinationErrorCode>> = {
  [-8]: "BAD_ARGUMENTS",
  [-101]: "NO_NODE",
  [-103]: "BAD_VERSION",
  [-108]: "NO_CHILDREN_FOR_EPHEMERALS",
  [-110]: "NODE_EXISTS",
  [-111]: "NOT_EMPTY",
  [-112]: "SESSION_EXPIRED",
  // System error, connection loss, time-out, throttled, and a session that another server has: it may pass.
  [-1]: "CONNECTION_LOSS",
  [-4]: "CONNECTION_LOSS",
  [-7]: "CONNECTION_LOSS",
  [-118]: "CONNECTION_LOSS",
  [-127]: "CONNECTION_LOSS",
};

/** An error of ZooKeeper's, as ours. What we know nothing of, such as a tree that isn't ours to write, won't pass. */
export function errorFor(error: number, about: string, step?: number): CoordinationError {
  const code = CODES[error];
  const what = code === undefined ? `${about} (ZooKeeper's error ${error})` : about;
  return new CoordinationError(code ?? "BAD_ARGUMENTS", what, step === undefined ? {} : { step });
}

/** The name of a session, as ZooKeeper logs it. */
export function sessionName(id: bigint): string {
  return `0x${BigInt.asUintN(64, id).toString(16)}`;
}

/** Room for the xid, which a connection gives; and the type. */
function request(type: number): JuteWriter {
  return new JuteWriter().int(0).int(type);
}

function typeOf(step: Operation): number {
  return { create: CREATE, set: SET_DATA, delete: DELETE, check: CHECK }[step.type];
}

function writeStep(writer: JuteWriter, step: Operation): void {
  writer.string(step.path);
  if ("data" in step) writer.buffer(step.data);
  if (step.type !== "create") {
    writer.int(step.expectedVersion ?? ANY_VERSION);
    return;
  }
  // Anybody may do anything: whoever reaches the ZooKeeper is trusted, as Kafka does without zookeeper.set.acl.
  writer.int(1).int(ALL_PERMISSIONS).string("world").string("anyone");
  writer.int((step.ephemeral === true ? EPHEMERAL : 0) | (step.sequential === true ? SEQUENTIAL : 0));
}

function readStat(body: JuteReader): Omit<NodeState, "data"> {
  const czxid = Number(body.long());
  // mzxid, ctime, mtime
  for (let i = 0; i < 3; i++) body.long();
  const version = body.int();
  // cversion, aversion
  for (let i = 0; i < 2; i++) body.int();
  const owner = body.long();
  // The size of the data, the number of children, pzxid
  for (let i = 0; i < 2; i++) body.int();
  body.long();
  return { version, czxid, owner: owner === 0n ? null : sessionName(owner) };
}
