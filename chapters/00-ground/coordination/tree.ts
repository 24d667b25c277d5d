/**
 * The state of the coordination service, as a state machine: {@link Tree.apply} takes one transaction after the
 * other, and the same transactions always give the same tree. It knows no time, no disk and no network, so the
 * journal can replay it and a test can compare it with a model.
 *
 * Source: ZooKeeper's `DataTree` and `PrepRequestProcessor`.
 *
 * @module
 */
import {
  CoordinationError,
  type CoordinationErrorCode,
  type NodeState,
  type Operation,
  type OperationResult,
  type WatchKind,
} from "./coordination.ts";
import { nameOf, parentOf, sequentialPath } from "./paths.ts";

/** What changes the tree. The steps of one transaction are done all or not at all. */
export type Transaction =
  | ({ readonly type: "openSession"; readonly session: string } & SessionTerms)
  | { readonly type: "closeSession"; readonly session: string }
  | { readonly type: "operations"; readonly session: string; readonly steps: readonly Operation[] };

/** What is agreed on when a session is opened. */
export interface SessionTerms {
  readonly timeoutMs: number;
  /** Who knows it may go on with the session over another connection. None: nobody may. */
  readonly password?: string | undefined;
}

/** Something that a watch may wait for. */
export interface Change {
  readonly path: string;
  readonly kind: WatchKind;
}

/** What a transaction did. */
export interface Applied {
  /** One result a step. */
  readonly results: OperationResult[];
  /** In the order in which they happened. */
  readonly changes: readonly Change[];
  /** Takes the transaction back. Only for the last one that was applied. */
  undo(): void;
}

interface Node {
  data: Uint8Array;
  version: number;
  readonly czxid: number;
  readonly owner: string | null;
  readonly children: Set<string>;
  /** How many children were ever made: the number of the next sequential one. */
  childrenMade: number;
}

interface Session {
  readonly terms: SessionTerms;
  /** Paths of its ephemeral nodes. */
  readonly ephemerals: Set<string>;
}

/** The whole state, as plain data. */
export interface TreeSnapshot {
  readonly zxid: number;
  readonly sessions: readonly ({ readonly id: string } & SessionTerms)[];
  /** Parents before their children. */
  readonly nodes: readonly {
    readonly path: string;
    readonly data: Uint8Array;
    readonly version: number;
    readonly czxid: number;
    readonly owner: string | null;
    readonly childrenMade: number;
  }[];
}

/** The nodes and the sessions. Watches are none of its business: it only says what has changed. */
export class Tree {
  readonly #nodes = new Map<string, Node>([["/", newNode(new Uint8Array(0), 0, null)]]);
  readonly #sessions = new Map<string, Session>();
  #zxid = 0;

  /** The number of the last transaction that was applied; 0 before the first. */
  get zxid(): number {
    return this.#zxid;
  }

  /** The sessions that are open. */
  get sessions(): ({ id: string } & SessionTerms)[] {
    return [...this.#sessions].map(([id, { terms }]) => ({ id, ...terms }));
  }

  get(path: string): NodeState | null {
    const node = this.#nodes.get(path);
    if (node === undefined) return null;
    const { data, version, czxid, owner } = node;
    return { data: new Uint8Array(data), version, czxid, owner };
  }

  /** Sorted names of the children; none if there is no such node. */
  children(path: string): string[] {
    return [...(this.#nodes.get(path)?.children ?? [])].sort();
  }

  /**
   * Applies the next transaction, {@link zxid} + 1.
   *
   * @throws CoordinationError; then nothing has changed.
   */
  apply(transaction: Transaction): Applied {
    const work = new Work(this.#zxid + 1);
    try {
      const results = this.#run(transaction, work);
      this.#zxid = work.zxid;
      work.undone(() => (this.#zxid = work.zxid - 1));
      return { results, changes: work.changes, undo: () => work.undo() };
    } catch (error) {
      work.undo();
      throw error;
    }
  }

  snapshot(): TreeSnapshot {
    return {
      zxid: this.#zxid,
      sessions: this.sessions,
      nodes: [...this.#nodes].map(([path, { children: _, ...node }]) => ({ path, ...node })),
    };
  }

  static restore(snapshot: TreeSnapshot): Tree {
    const tree = new Tree();
    tree.#zxid = snapshot.zxid;
    for (const { id, ...terms } of snapshot.sessions) tree.#sessions.set(id, { terms, ephemerals: new Set() });
    for (const { path, data, version, czxid, owner, childrenMade } of snapshot.nodes) {
      const node = newNode(data, czxid, owner);
      tree.#nodes.set(path, Object.assign(node, { version, childrenMade }));
      if (path !== "/") tree.#nodes.get(parentOf(path))!.children.add(nameOf(path));
      if (owner !== null) tree.#sessions.get(owner)!.ephemerals.add(path);
    }
    return tree;
  }

  #run(transaction: Transaction, work: Work): OperationResult[] {
    if (transaction.type === "openSession") {
      const { timeoutMs, password } = transaction;
      this.#sessions.set(transaction.session, { terms: { timeoutMs, password }, ephemerals: new Set() });
      work.undone(() => this.#sessions.delete(transaction.session));
      return [];
    }
    const { session } = transaction;
    const open = this.#sessions.get(session);
    if (open === undefined) throw new CoordinationError("SESSION_EXPIRED", `session ${session}`);
    if (transaction.type === "operations") {
      const { steps } = transaction;
      return steps.map((step, i) => this.#step(step, session, work, steps.length > 1 ? i : undefined));
    }
    for (const path of [...open.ephemerals].sort()) this.#remove(path, work);
    this.#sessions.delete(session);
    work.undone(() => this.#sessions.set(session, open));
    return [];
  }

  #step(step: Operation, session: string, work: Work, index: number | undefined): OperationResult {
    const fail = (code: CoordinationErrorCode, path = step.path): never => {
      throw new CoordinationError(code, path, index === undefined ? {} : { step: index });
    };
    if (step.type === "create") return this.#create(step, session, work, fail);
    const node = this.#nodes.get(step.path) ?? fail("NO_NODE");
    if (step.expectedVersion !== undefined && step.expectedVersion !== node.version) fail("BAD_VERSION");
    if (step.type === "set") return this.#set(step.path, node, step.data, work);
    if (step.type === "delete") {
      if (step.path === "/") fail("BAD_ARGUMENTS");
      if (node.children.size > 0) fail("NOT_EMPTY");
      this.#remove(step.path, work);
    }
    return undefined;
  }

  #create(
    step: Operation & { type: "create" },
    session: string,
    work: Work,
    fail: (code: CoordinationErrorCode, path?: string) => never,
  ): string {
    const parentPath = parentOf(step.path);
    const parent = this.#nodes.get(parentPath) ?? fail("NO_NODE", parentPath);
    if (parent.owner !== null) fail("NO_CHILDREN_FOR_EPHEMERALS", parentPath);
    const path = step.sequential === true ? sequentialPath(step.path, parent.childrenMade) : step.path;
    if (this.#nodes.has(path)) fail("NODE_EXISTS", path);
    const owner = step.ephemeral === true ? session : null;
    this.#link(path, newNode(step.data, work.zxid, owner));
    parent.childrenMade += 1;
    work.undone(() => {
      parent.childrenMade -= 1;
      this.#unlink(path);
    });
    work.changes.push(...changesAround(path));
    return path;
  }

  #set(path: string, node: Node, data: Uint8Array, work: Work): number {
    const { data: oldData, version: oldVersion } = node;
    node.data = new Uint8Array(data);
    node.version = oldVersion + 1;
    work.undone(() => {
      node.data = oldData;
      node.version = oldVersion;
    });
    work.changes.push({ path, kind: "data" });
    return node.version;
  }

  #remove(path: string, work: Work): void {
    const node = this.#nodes.get(path)!;
    this.#unlink(path);
    work.undone(() => this.#link(path, node));
    work.changes.push(...changesAround(path));
  }

  #link(path: string, node: Node): void {
    this.#nodes.set(path, node);
    this.#nodes.get(parentOf(path))!.children.add(nameOf(path));
    if (node.owner !== null) this.#sessions.get(node.owner)!.ephemerals.add(path);
  }

  #unlink(path: string): void {
    const { owner } = this.#nodes.get(path)!;
    this.#nodes.delete(path);
    this.#nodes.get(parentOf(path))!.children.delete(nameOf(path));
    if (owner !== null) this.#sessions.get(owner)!.ephemerals.delete(path);
  }
}

/** A transaction under way: what it has changed, and how to take that back. */
class Work {
  readonly zxid: number;
  readonly changes: Change[] = [];
  readonly #inverses: (() => void)[] = [];

  constructor(zxid: number) {
    this.zxid = zxid;
  }

  /** Notes how the last change can be undone. */
  undone(inverse: () => void): void {
    this.#inverses.push(inverse);
  }

  undo(): void {
    for (const inverse of this.#inverses.splice(0).reverse()) inverse();
  }
}

/** The data is copied: `slice` wouldn't do that for a Buffer. */
function newNode(data: Uint8Array, czxid: number, owner: string | null): Node {
  return { data: new Uint8Array(data), version: 0, czxid, owner, children: new Set(), childrenMade: 0 };
}

function changesAround(path: string): Change[] {
  return [
    { path, kind: "data" },
    { path, kind: "children" },
    { path: parentOf(path), kind: "children" },
  ];
}
