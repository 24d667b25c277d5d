/**
 * The service behind `Coordination`: the tree, its sessions and watches, and the journal that makes them last.
 *
 * A request is applied to the tree at once and appended to the journal, in one turn. Its answer waits until the
 * journal is flushed. Reads wait as well, if what they saw isn't flushed yet: what anybody has been told is never
 * lost. All that goes out (answers, watches, the end of a session) leaves in one order, so a watch reaches a session
 * before it can see the change.
 *
 * Source: ZooKeeper's `ZooKeeperServer`, `SyncRequestProcessor`, `SessionTrackerImpl`.
 *
 * @module
 */
import { DiskError, mayPass, rethrowStub } from "#ground/errors";
import { type DiskLock, type Runtime, type Timer } from "#ground/runtime";
import { CoordinationError, type Operation, type OperationResult, type WatchKind } from "./coordination.ts";
import { Journal, type Recovered } from "./journal.ts";
import { Outbox, type Receiver } from "./outbox.ts";
import { validateOperations, validatePath, validateSessionTimeout } from "./paths.ts";
import { decodeJson, decodeTransaction, encodeJson, encodeTransaction } from "./transaction-codec.ts";
import { type SessionTerms, type Transaction, Tree, type TreeSnapshot } from "./tree.ts";
import { WatchTable } from "./watches.ts";

/** A journal of at least this size is replaced by a snapshot. */
const SNAPSHOT_AFTER_BYTES = 1024 * 1024;

/** A timer that is so late says that the service itself was held up: frozen, or kept waiting by its disk. */
const HELD_UP_MS = 50;
/** What has come is read in less. */
const OVERDUE_MS = 1;

/** Who holds a session. */
export interface SessionHolder extends Receiver {
  /** The session has expired. */
  onExpired(): void;
  /**
   * The service has stopped, or another holder has the session: heartbeats are in vain. Called at once, in the
   * service's turn; what was to be delivered has been.
   */
  onDisconnected(): void;
}

/** Holds the sessions of before a restart, and those whose connection is closed. */
const NOBODY: SessionHolder = { deliver: () => {}, onExpired: () => {}, onDisconnected: () => {} };

/** How a service is opened. */
export interface CoordinationServerOptions {
  /**
   * Whether the sessions of before live on, for their whole time-out anew, as far as they can be resumed. Without
   * it they are over: their holders lived in the process that is gone. Default: false.
   */
  readonly keepSessions?: boolean;
}

interface LiveSession extends SessionTerms {
  readonly id: string;
  holder: SessionHolder;
  deadlineMs: number;
  isOverdue: boolean;
  timer: Timer | null;
}

/** One running service over one folder. Clients reach it through `LocalCoordination`, or a server that speaks TCP. */
export class CoordinationServer {
  readonly #runtime: Runtime;
  readonly #lock: DiskLock;
  readonly #journal: Journal;
  readonly #tree: Tree;
  readonly #outbox: Outbox;
  readonly #watches = new WatchTable();
  readonly #sessions = new Map<string, LiveSession>();
  #snapshotAtBytes = SNAPSHOT_AFTER_BYTES;
  #stopped: Error | null = null;
  #closed: Promise<void> | null = null;

  private constructor(
    runtime: Runtime,
    lock: DiskLock,
    journal: Journal,
    tree: Tree,
    onFailure: (error: Error) => void,
  ) {
    this.#runtime = runtime;
    this.#lock = lock;
    this.#journal = journal;
    this.#tree = tree;
    // After a failed flush nobody knows what is on disk: stop, rather than promise what may not be there.
    this.#outbox = new Outbox(
      () => this.#flush(),
      (error) => {
        this.#stop(error);
        this.#disconnectAll();
        runtime.log.error(`Coordination: the journal failed: ${error.message}`);
        onFailure(error);
      },
    );
  }

  /**
   * Opens the service in a folder, with all that it held before.
   *
   * @param onFailure - called once if the journal fails: from then on every call ends in CONNECTION_LOSS, and only
   * opening the service anew helps.
   * @throws DiskError; KafkaError if another process has the folder open
   */
  static open(
    runtime: Runtime,
    folder: string,
    onFailure: (error: Error) => void = () => {},
    { keepSessions = false }: CoordinationServerOptions = {},
  ): CoordinationServer {
    const { disk, log } = runtime;
    disk.makeFolder(folder);
    const lock = disk.lock(folder);
    try {
      const recovered = Journal.open(disk, folder, (snapshot) => (decodeJson(snapshot) as TreeSnapshot).zxid + 1);
      const { journal, cutBytes, keptAs } = recovered;
      const where = keptAs === null ? "" : `; they are kept in ${keptAs}`;
      if (cutBytes > 0) log.warn(`Coordination: cut ${cutBytes} bytes of an unfinished write off the journal${where}.`);
      const tree = rebuild(recovered, folder);
      const server = new CoordinationServer(runtime, lock, journal, tree, onFailure);
      for (const { id, ...terms } of tree.sessions) {
        const session = server.#addSession(id, terms, NOBODY);
        if (keepSessions && terms.password !== undefined) server.#watchOver(session);
        else server.#expire(session);
      }
      return server;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /**
   * Opens a session; resolves to its id.
   *
   * @param password - with it another holder can resume the session, even after a restart of the service
   */
  openSession(timeoutMs: number, holder: SessionHolder, password?: string): Promise<string> {
    return this.#answer(holder, () => {
      validateSessionTimeout(timeoutMs);
      const id = `0x${(this.#tree.zxid + 1).toString(16)}`;
      this.#commit({ type: "openSession", session: id, timeoutMs, password });
      this.#watchOver(this.#addSession(id, { timeoutMs, password }, holder));
      return id;
    });
  }

  /**
   * Gives a session that lives to another holder. The watches of the old one are gone, and so is it: nothing that it
   * asks for from now on may reach the service.
   *
   * @throws CoordinationError SESSION_EXPIRED also for a wrong password: the session is another service's
   */
  resumeSession(id: string, password: string, holder: SessionHolder): Promise<void> {
    return this.#answer(holder, () => {
      const session = this.#sessions.get(id);
      if (session === undefined || session.password !== password) throw sessionExpired(id);
      const old = session.holder;
      session.holder = holder;
      this.#watches.dropSession(id);
      this.#touch(session);
      old.onDisconnected();
    });
  }

  /** The connection to a session's holder is closed: unless the session is resumed in so much time, it expires. */
  holderLost(id: string, holder: SessionHolder, resumeWithinMs: number): void {
    const session = this.#sessions.get(id);
    if (this.#stopped !== null || session === undefined || session.holder !== holder) return;
    session.holder = NOBODY;
    this.#watches.dropSession(id);
    session.deadlineMs = Math.min(session.deadlineMs, this.#runtime.clock.nowMs() + resumeWithinMs);
    session.isOverdue = false;
    session.timer?.cancel();
    this.#watchOver(session);
  }

  /** A sign of life from the holder of a session. Any request is one as well. */
  heartbeat(id: string): void {
    const session = this.#sessions.get(id);
    if (session !== undefined) this.#touch(session);
  }

  /** Does all steps or none. Resolves when they are durable. */
  write(id: string, steps: readonly Operation[], holder: SessionHolder): Promise<OperationResult[]> {
    return this.#answer(holder, () => {
      this.#requireSession(id);
      validateOperations(steps);
      return this.#commit({ type: "operations", session: id, steps });
    });
  }

  /** Looks at a node of the tree. */
  read<Result>(id: string, path: string, holder: SessionHolder, look: (tree: Tree) => Result): Promise<Result> {
    return this.#answer(holder, () => {
      this.#requireSession(id);
      validatePath(path);
      return look(this.#tree);
    });
  }

  /** Grows with each change of the tree. */
  get zxid(): number {
    return this.#tree.zxid;
  }

  /** The data of a node, as it is at this moment, and its version; null when there is none. For simulations. */
  peek(path: string): { readonly data: Uint8Array; readonly version: number } | null {
    return this.#tree.get(path);
  }

  /** Sets a one-shot watch. */
  watch(id: string, path: string, kind: WatchKind, once: () => void, holder: SessionHolder): Promise<void> {
    return this.#answer(holder, () => {
      this.#requireSession(id);
      validatePath(path);
      this.#watches.add(path, kind, { session: id, once });
    });
  }

  /** Ends a session at its holder's wish. Harmless if it has ended. */
  closeSession(id: string, holder: SessionHolder): Promise<void> {
    return this.#answer(holder, () => {
      const session = this.#sessions.get(id);
      if (session !== undefined) this.#end(session);
    });
  }

  /** Finishes what is under way, then lets go of the folder. Sessions are cut off, not ended. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    this.#stop(new Error("The coordination service is closed."));
    await this.#outbox.idle();
    this.#disconnectAll();
    this.#journal.close();
    this.#lock.release();
  }

  #stop(reason: Error): void {
    this.#stopped ??= reason;
    for (const { timer } of this.#sessions.values()) timer?.cancel();
  }

  #disconnectAll(): void {
    for (const { holder } of this.#sessions.values()) holder.onDisconnected();
  }

  /** Runs a request now; its outcome goes to the holder when all that it may tell is durable. */
  #answer<Result>(holder: SessionHolder, request: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      let tell: () => void;
      try {
        if (this.#stopped !== null) throw connectionLoss(this.#stopped);
        const result = request();
        tell = () => resolve(result);
      } catch (error) {
        rethrowStub(error);
        tell = () => reject(error as Error);
      }
      this.#outbox.deliver(holder, tell, () => reject(connectionLoss(this.#stopped)));
    });
  }

  #addSession(id: string, terms: SessionTerms, holder: SessionHolder): LiveSession {
    const session: LiveSession = { id, ...terms, holder, deadlineMs: 0, isOverdue: false, timer: null };
    this.#sessions.set(id, session);
    this.#touch(session);
    return session;
  }

  #requireSession(id: string): void {
    const session = this.#sessions.get(id);
    if (session === undefined) throw sessionExpired(id);
    this.#touch(session);
  }

  #touch(session: LiveSession): void {
    session.deadlineMs = this.#runtime.clock.nowMs() + session.timeoutMs;
  }

  /**
   * Ends the session when its deadline has passed. A heartbeat moves the deadline, not the timer.
   *
   * While the service itself was held up it heard nobody, and what came meanwhile is still to be read: that time
   * doesn't count. So a session is overdue first, and ends when the service has had the time to read.
   */
  #watchOver(session: LiveSession): void {
    session.timer = this.#runtime.scheduler.at(session.deadlineMs, () => {
      const lateMs = this.#runtime.clock.nowMs() - session.deadlineMs;
      if (session.isOverdue && lateMs >= 0 && lateMs < HELD_UP_MS) {
        this.#expire(session);
        return;
      }
      session.isOverdue = lateMs >= 0;
      if (session.isOverdue) session.deadlineMs += lateMs + Math.min(lateMs + OVERDUE_MS, session.timeoutMs);
      this.#watchOver(session);
    });
  }

  #expire(session: LiveSession): void {
    try {
      this.#end(session);
    } catch (error) {
      rethrowStub(error);
      // The disk refused to write it down (it is full, perhaps): the session lives on for another time-out.
      this.#touch(session);
      this.#watchOver(session);
      return;
    }
    this.#runtime.log.info(`Coordination: session ${session.id} has expired.`);
    this.#outbox.deliver(session.holder, () => session.holder.onExpired());
  }

  #end({ id, timer }: LiveSession): void {
    this.#commit({ type: "closeSession", session: id }, () => {
      this.#sessions.delete(id);
      this.#watches.dropSession(id);
      timer?.cancel();
    });
  }

  /**
   * Applies a transaction and writes it down, both or neither; hands out the watches that it fires.
   *
   * @param done - called when it is certain, before the watches.
   */
  #commit(transaction: Transaction, done?: () => void): OperationResult[] {
    const { results, changes, undo } = this.#tree.apply(transaction);
    try {
      this.#journal.append(encodeTransaction({ zxid: this.#tree.zxid, transaction }));
    } catch (error) {
      undo();
      rethrowStub(error);
      throw connectionLoss(error);
    }
    this.#outbox.changed();
    done?.();
    for (const { session, once } of this.#watches.take(changes)) {
      this.#outbox.deliver(this.#sessions.get(session)!.holder, once);
    }
    return results;
  }

  async #flush(): Promise<void> {
    await this.#journal.flush();
    if (this.#journal.size >= this.#snapshotAtBytes) this.#takeSnapshot();
  }

  #takeSnapshot(): void {
    const snapshot = encodeJson(this.#tree.snapshot());
    try {
      this.#journal.startOver(snapshot, this.#tree.zxid + 1);
      // So that, in the long run, no more is written for snapshots than for transactions.
      this.#snapshotAtBytes = Math.max(SNAPSHOT_AFTER_BYTES, snapshot.length);
    } catch (error) {
      if (!mayPass(error)) throw error;
      const problem = `no snapshot of ${snapshot.length} bytes could be written`;
      this.#runtime.log.warn(`Coordination: ${problem}; trying again later: ${error.message}`);
      this.#snapshotAtBytes = this.#journal.size + SNAPSHOT_AFTER_BYTES;
    }
  }
}

/** The tree that a snapshot and the journal after it describe. @throws DiskError when they don't fit together */
function rebuild({ journal, snapshot, entries }: Recovered, folder: string): Tree {
  const tree = snapshot === null ? new Tree() : Tree.restore(decodeJson(snapshot) as TreeSnapshot);
  for (const entry of entries) {
    const { zxid, transaction } = decodeTransaction(entry);
    if (zxid !== tree.zxid + 1) {
      journal.close();
      const problem = `${folder}: expected transaction ${tree.zxid + 1} in the journal, got ${zxid}`;
      throw new DiskError("io", folder, problem);
    }
    tree.apply(transaction);
  }
  return tree;
}

function sessionExpired(id: string): CoordinationError {
  return new CoordinationError("SESSION_EXPIRED", `session ${id}`);
}

function connectionLoss(cause: unknown): CoordinationError {
  return new CoordinationError("CONNECTION_LOSS", "coordination service", { cause });
}
