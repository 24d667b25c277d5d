/**
 * The injected runtime: everything that is not a pure function gets its time, its timers, its random
 * numbers, its network and its disk from here. On a real machine `node/node-runtime.ts` implements it;
 * in tests and simulations `sim/` does, so that the same seed gives the same run, event for event.
 *
 * @module
 */

/** Two clocks, because Kafka uses two: records carry wall time, deadlines are monotonic. */
export interface Clock {
  /** Milliseconds since the epoch, as a whole number. May jump. For record timestamps and retention only. */
  wallMs(): number;
  /** Milliseconds of a clock that never goes back, with fractions. For every deadline and duration. */
  nowMs(): number;
}

/** A pending call of {@link Scheduler.at}. */
export interface Timer {
  /** Forgets the call. Harmless when it has already happened. */
  cancel(): void;
}

/** Runs code later. Kafka's threads, purgatories and delayed queues are all built on these three calls. */
export interface Scheduler {
  /** Calls `run` once when `Clock.nowMs()` has reached `deadlineMs`; never inside this call. */
  at(deadlineMs: number, run: () => void): Timer;
  /** Calls `run` once, soon, after the current turn: completions go through here, never up the caller's stack. */
  soon(run: () => void): void;
  /**
   * Starts a long-running loop. A rejection is logged under `name`, not thrown.
   * A `NotImplementedError` is the exception: it is always rethrown.
   */
  spawn(name: string, loop: () => Promise<void>): void;
}

/** Randomness that a seed can repeat. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in [0, boundExclusive). */
  int(boundExclusive: number): number;
  /** `length` random bytes, in an array of the caller's own. */
  bytes(length: number): Uint8Array;
}

/** What a connection tells its owner. Set once, before the first byte can arrive. */
export interface ConnectionHandler {
  /** Bytes have come. `chunk` is borrowed: copy what is kept before returning. */
  onData(chunk: Uint8Array): void;
  /**
   * Where the next bytes shall be read to, to save a copy: called after each `onData` and `onRead`. The place is lent
   * until the next of these calls, or for good when none comes. Null: nowhere, `onData` gets them.
   */
  readInto?(): Uint8Array | null;
  /** As `onData`, for so many bytes at the start of what `readInto` gave. */
  onRead?(bytes: number): void;
  /** All queued bytes have been handed to the network after a `write` that returned false. */
  onDrain?(): void;
  /**
   * The peer sends no more, and may still read: the owner closes when it has said what it has to say. Without this
   * call the connection closes by itself.
   */
  onEnd?(): void;
  /**
   * The connection is gone, once and for good, be it by the peer's doing or by `close`; `error` says why unless it
   * was an orderly end. Never called inside `close`.
   */
  onClose(error?: Error): void;
}

/** One byte stream to a peer: a TCP socket, or its simulation. */
export interface Connection {
  /** `host:port` of the peer, for log lines and quotas. */
  readonly remoteAddress: string;
  /** Bytes written but not yet handed to the network. */
  readonly bytesQueued: number;
  /** Attaches the owner. Must be called in the turn in which the connection was received. */
  handle(handler: ConnectionHandler): void;
  /**
   * Sends `parts` in order, as one write. The parts are lent: they may not change until `released` is
   * called (exactly once, also when the connection dies).
   * @returns false when the peer is slower than the writer: wait for `onDrain` before writing much more.
   */
  write(parts: readonly Uint8Array[], released?: () => void): boolean;
  /** Stops `onData` until `resume`: back-pressure towards the peer. */
  pause(): void;
  resume(): void;
  /**
   * Without `error`: sends what is queued, then ends; a peer that takes none of it for some seconds, or that does not
   * end in turn, is dropped. With one: drops everything at once. Either way nothing more is received. Idempotent.
   */
  close(error?: Error): void;
}

/** An open port. */
export interface Listener {
  readonly host: string;
  /** The port really bound: differs from the asked one when that was 0. */
  readonly port: number;
  /** Stops accepting. Connections that were accepted live on. */
  close(): Promise<void>;
}

/** The network. */
export interface Transport {
  /** Connections that the process can have accepted at a time, with room left for all else that it opens. */
  readonly maxConnections: number;
  /** Binds `host:port`. @throws KafkaError when the port is taken or not ours to bind. */
  listen(host: string, port: number, onConnection: (connection: Connection) => void): Promise<Listener>;
  /**
   * Opens a connection.
   * @param signal - gives the attempt up when it is aborted
   * @throws KafkaError (retriable) when refused, unreachable, given up, or not open by `timeoutMs`
   */
  connect(host: string, port: number, timeoutMs: number, signal?: AbortSignal): Promise<Connection>;
}

/**
 * An open file. All calls but `flush` are synchronous: an append and the changes in memory that go with it
 * are one turn, and nothing can come between.
 */
export interface DiskFile {
  readonly path: string;
  /** Bytes in the file. A file is written through one handle at a time. */
  readonly size: number;
  /** Writes `parts` at the end, all or (on an error) nothing. @throws DiskError */
  append(parts: readonly Uint8Array[]): void;
  /** Fills `into` from byte `at` on; returns the bytes read, fewer only at the end of the file. @throws DiskError */
  read(into: Uint8Array, at: number): number;
  /** Cuts the file to `size` bytes. @throws DiskError */
  truncate(size: number): void;
  /**
   * Forces what has been written so far to the device (fsync), and with it the names of the file and of the folders
   * above it: after a power loss the file is there with these bytes. Other files' names are not included.
   * @throws DiskError
   */
  flush(): Promise<void>;
  /** Idempotent. Neither flushes nor throws. */
  close(): void;
}

/** A held lock on a folder. Freed by `release` or by the death of the process. */
export interface DiskLock {
  release(): void;
}

/** The file system: paths are `/`-separated; only what a log needs. Every call may throw `DiskError`. */
export interface Disk {
  /** Opens a file for reading and appending. With `create` it is made if it is missing. */
  open(path: string, options?: { create?: boolean; readOnly?: boolean }): DiskFile;
  exists(path: string): boolean;
  /** Bytes in the file at `path`. */
  size(path: string): number;
  /** When the file was last written, as wall time in milliseconds. */
  modifiedMs(path: string): number;
  /** Names (not paths) in a folder, sorted. */
  list(folder: string): string[];
  isFolder(path: string): boolean;
  /** Makes a folder and its parents. */
  makeFolder(path: string): void;
  /**
   * Removes a file, or a folder with all that is in it. Harmless when there is none. Close first what is open there:
   * the next use may not find it.
   */
  remove(path: string): void;
  /**
   * Renames a file or folder within its folder, atomically. A file may replace a file. Close first what is open there:
   * the next use may not find it.
   * After a power loss it may not have happened, unless a file of that folder has been flushed since.
   */
  rename(from: string, to: string): void;
  readFile(path: string): Uint8Array;
  /**
   * Replaces a file so that after a crash or a power loss there is the old content or the new, never a mixture:
   * writes `path + ".tmp"`, flushes it, renames it, flushes the folder. Synchronous; for small files.
   */
  writeFileAtomically(path: string, content: Uint8Array): void;
  /** Locks a folder against other processes. @throws DiskError "locked", saying who holds it */
  lock(folder: string): DiskLock;
}

/**
 * Memory that is used again: what is made outside of JavaScript's heap (large arrays of bytes are) is dear to make and
 * to collect.
 */
export interface Memory {
  /** At least so many bytes; what is in them is undefined. */
  take(bytes: number): Uint8Array;
  /**
   * Takes back what {@link take} gave, or a part of it: nobody may use any of it any more. What comes from elsewhere,
   * or has been given back already, is left alone. What is never given back is collected like any other.
   */
  giveBack(part: Uint8Array): void;
}

/** The CRC-32C of bytes, as an unsigned number. */
export type Checksum = (bytes: Uint8Array) => number;

/** Log lines for people. They go to stderr; never a record's content above `debug`. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** All that a node may touch. One per node *incarnation*: after a crash the old one is dead. */
export interface Runtime {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly transport: Transport;
  readonly disk: Disk;
  /** For frames and for what is read from logs. */
  readonly memory: Memory;
  /** A quicker way to find that a large batch is undamaged, if there is one. */
  readonly crc32c?: Checksum;
  readonly log: Logger;
}

/** Makes a version 4 UUID from `random`, as 16 bytes (Kafka's `Uuid.randomUuid`). */
export function randomUuid(random: Random): Uint8Array {
  const bytes = random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes;
}
