/**
 * The coordination service: a small tree of nodes that all brokers see alike, on which they agree who is alive,
 * who is the controller and who leads which partition. Kafka used ZooKeeper for this; the interface is what Kafka
 * needs of it, and can be served in process, over TCP or by a real ZooKeeper.
 *
 * - A **node** has a path like `/brokers/ids/1`, a little data, and a version that counts its changes.
 * - A **session** is a connection that must be heard of at least once in its time-out; else it expires.
 * - An **ephemeral** node goes when its session ends: that is how brokers are found dead.
 * - A **watch** fires once when something may have changed. It says *read again*, not what is new: several changes
 *   may stand behind one call, and the reader that sets the watch first and reads then misses none of them.
 *
 * All calls of one session take effect in the order in which they were made, and are answered in that order. A
 * watch fires before the session is shown the change. What was answered is durable.
 *
 * Source: ZooKeeper's client API, `kafka.zookeeper.ZooKeeperClient`.
 *
 * @module
 */

/** Opens sessions. */
export interface Coordination {
  /**
   * @param sessionTimeoutMs - the session expires when its holder isn't heard of for so long.
   * @throws CoordinationError CONNECTION_LOSS
   */
  connect(sessionTimeoutMs: number): Promise<CoordinationSession>;
}

/** A node as it was at one moment. */
export interface NodeState {
  /** The caller's own copy. */
  readonly data: Uint8Array;
  /** 0 when the node is made, one more with each {@link CoordinationSession.set}. */
  readonly version: number;
  /** The transaction that made the node (ZooKeeper's czxid): larger for a later one. Kafka's broker epoch is this. */
  readonly czxid: number;
  /** The session that the node will go with; null for a persistent one. */
  readonly owner: string | null;
}

/** How a node is made. Without options it stays until it is deleted, under exactly the given name. */
export interface CreateOptions {
  /** The node goes with this session. It can't have children. */
  readonly ephemeral?: boolean;
  /** Ten digits are appended to the path: how many children the parent has ever had. */
  readonly sequential?: boolean;
}

interface IfVersion {
  /** Of the node, or the step fails; undefined: whatever it is. */
  readonly expectedVersion?: number | undefined;
}

/** One step of a {@link CoordinationSession.multi}. */
export type Operation =
  | ({ readonly type: "create"; readonly path: string; readonly data: Uint8Array } & CreateOptions)
  | ({ readonly type: "set"; readonly path: string; readonly data: Uint8Array } & IfVersion)
  | ({ readonly type: "delete"; readonly path: string } & IfVersion)
  | { readonly type: "check"; readonly path: string; readonly expectedVersion: number };

/** What a step answers: the path of a created node, the new version of a set one, nothing for the others. */
export type OperationResult<Step extends Operation = Operation> = {
  create: string;
  set: number;
  delete: undefined;
  check: undefined;
}[Step["type"]];

/**
 * `data`: the node is made, set or deleted. `children`: a child of it is made or deleted, or it itself is. Both can
 * wait for a node that isn't there yet.
 */
export type WatchKind = "data" | "children";

/**
 * A session. Every call may throw {@link CoordinationError}: `SESSION_EXPIRED` for good, `CONNECTION_LOSS` when the
 * answer was lost. Wrong paths and too much data are refused with `BAD_ARGUMENTS`.
 */
export interface CoordinationSession {
  /** Never used twice by one service. {@link NodeState.owner} of its ephemeral nodes. */
  readonly id: string;
  /** Makes a node; returns its path. @throws NO_NODE without a parent, NODE_EXISTS, NO_CHILDREN_FOR_EPHEMERALS */
  create(path: string, data: Uint8Array, options?: CreateOptions): Promise<string>;
  /** The node, or null if there is none. */
  get(path: string): Promise<NodeState | null>;
  exists(path: string): Promise<boolean>;
  /** Replaces a node's data; returns its new version. @throws NO_NODE, BAD_VERSION if `expectedVersion` isn't it */
  set(path: string, data: Uint8Array, expectedVersion?: number): Promise<number>;
  /** @throws NO_NODE, NOT_EMPTY, BAD_VERSION if `expectedVersion` isn't the node's */
  delete(path: string, expectedVersion?: number): Promise<void>;
  /** The names (not paths) of a node's children, sorted by code units; none if there is no such node. */
  children(path: string): Promise<string[]>;
  /** Sets a watch: after this resolves, the next change calls `once`. It is gone then, and when the session ends. */
  watch(path: string, kind: WatchKind, once: () => void): Promise<void>;
  /**
   * Does all steps or none, as one change that nobody sees half done.
   * @throws CoordinationError of the first step that fails; its `step` says which one that is.
   */
  multi<const Steps extends readonly Operation[]>(
    steps: Steps,
  ): Promise<{ -readonly [Index in keyof Steps]: OperationResult<Steps[Index]> }>;
  /** Calls `expired` when the session has expired; soon, if it has already. Not after {@link close}. */
  onExpired(expired: () => void): void;
  /** Ends the session, and with it its ephemeral nodes and watches. Idempotent. */
  close(): Promise<void>;
}

/**
 * Why a call failed. `CONNECTION_LOSS` is the one that leaves a doubt: the change *may have been applied*. Read
 * before trying again.
 */
export type CoordinationErrorCode =
  | "NO_NODE"
  | "NODE_EXISTS"
  | "BAD_VERSION"
  | "NOT_EMPTY"
  | "NO_CHILDREN_FOR_EPHEMERALS"
  | "BAD_ARGUMENTS"
  | "SESSION_EXPIRED"
  | "CONNECTION_LOSS";

const TEXTS: Readonly<Record<CoordinationErrorCode, string>> = {
  NO_NODE: "there is no such node",
  NODE_EXISTS: "the node exists already",
  BAD_VERSION: "the node has another version",
  NOT_EMPTY: "the node has children",
  NO_CHILDREN_FOR_EPHEMERALS: "an ephemeral node can't have children",
  BAD_ARGUMENTS: "not a valid request",
  SESSION_EXPIRED: "the session has expired or is closed",
  CONNECTION_LOSS: "the answer was lost; a change may have been applied or not",
};

/** Whether something from the network is one of the codes. */
export function isCoordinationErrorCode(code: unknown): code is CoordinationErrorCode {
  return typeof code === "string" && Object.hasOwn(TEXTS, code);
}

/** A call on a session that failed. It never crosses Kafka's wire, so it has no code of Kafka's. */
export class CoordinationError extends Error {
  readonly code: CoordinationErrorCode;
  /** What the error is about: a path, mostly. */
  readonly about: string;
  /** Which step of a multi failed, from 0. */
  readonly step: number | undefined;

  constructor(code: CoordinationErrorCode, about: string, options: { step?: number; cause?: unknown } = {}) {
    super(`${about}: ${TEXTS[code]}`, { cause: options.cause });
    this.name = `CoordinationError [${code}]`;
    this.code = code;
    this.about = about;
    this.step = options.step;
  }
}
