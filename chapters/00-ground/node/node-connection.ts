import { type Socket } from "node:net";
import { type Connection, type ConnectionHandler } from "#ground/runtime";
import { type InPlaceReads } from "./in-place-reads.ts";
import { connectionLost } from "./network-errors.ts";

/** Above this many queued bytes `write` asks its caller to wait for `onDrain`; a socket reads as many at a time. */
export const HIGH_WATER_BYTES = 64 * 1024;

/** One TCP socket. */
export class NodeConnection implements Connection {
  readonly remoteAddress: string;
  readonly #socket: Socket;
  readonly #lingerMs: number;
  readonly #reads: InPlaceReads | null;
  #handler: ConnectionHandler | null = null;
  #state: "open" | "ending" | "closed" = "open";
  /** Why the connection ended, unless it was orderly. */
  #reason: Error | undefined;
  /** Runs while the connection is ending. */
  #lingering: NodeJS.Timeout | undefined;
  /** Who waits for the end of which write, in the order of the writes. */
  readonly #lent: (() => void)[] = [];

  /**
   * @param socket - connected, and now this object's
   * @param lingerMs - how long a connection that is ending waits for a peer that takes nothing
   * @param reads - what the socket reads with; it is paused until there is an owner. Null: it emits what it has read
   */
  constructor(socket: Socket, lingerMs: number, reads: InPlaceReads | null = null) {
    this.#socket = socket;
    this.#lingerMs = lingerMs;
    this.#reads = reads;
    // A socket that speaks IPv6 gives IPv4 peers as ::ffff:127.0.0.1.
    this.remoteAddress = `${socket.remoteAddress?.replace(/^::ffff:/, "") ?? "unknown"}:${socket.remotePort ?? 0}`;
    socket.on("error", (error) => (this.#reason ??= connectionLost(this.remoteAddress, error)));
    socket.on("close", () => this.#onClose());
    socket.on("end", () => this.#onEnd());
  }

  get bytesQueued(): number {
    return this.#socket.writableLength;
  }

  handle(handler: ConnectionHandler): void {
    this.#handler = handler;
    if (this.#state === "closed") {
      setImmediate(() => handler.onClose(this.#reason));
      return;
    }
    this.#socket.on("drain", () => handler.onDrain?.());
    if (this.#reads === null) {
      this.#socket.on("data", (chunk) => {
        if (this.#state === "open") handler.onData(chunk);
      });
    } else if (this.#state === "open") {
      this.#reads.handler = handler;
    }
    this.#socket.resume();
  }

  write(parts: readonly Uint8Array[], released?: () => void): boolean {
    const last = parts.length - 1;
    if (this.#state !== "open" || this.#socket.destroyed || last < 0) {
      if (released !== undefined) setImmediate(released);
      return this.#state === "open";
    }
    // Corked writes leave in one system call (writev).
    if (last > 0) this.#socket.cork();
    for (let i = 0; i < last; i++) this.#socket.write(parts[i]!);
    if (released !== undefined) this.#lent.push(released);
    const isFast =
      released === undefined ? this.#socket.write(parts[last]!) : this.#socket.write(parts[last]!, this.#onWritten);
    if (last > 0) this.#socket.uncork();
    return isFast;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(error?: Error): void {
    if (this.#state === "closed" || (this.#state === "ending" && error === undefined)) return;
    this.#state = "ending";
    if (this.#reads !== null) this.#reads.handler = null;
    if (error !== undefined) {
      this.#reason = error;
      this.#socket.destroy();
      return;
    }
    this.#socket.end();
    // What still comes is read and dropped: a socket that is closed with unread bytes is reset by the system, and
    // the peer could lose our last answers.
    this.#socket.resume();
    this.#linger();
  }

  /** The peer has ended. Unless the owner has more to say, we end, too: what is queued still leaves. */
  #onEnd(): void {
    if (this.#handler?.onEnd === undefined) this.close();
    else if (this.#state === "open") this.#handler.onEnd();
  }

  /** Waits on as long as the peer takes what is queued. What it sends meanwhile is no sign that it will ever end. */
  #linger(): void {
    const queuedBytes = this.bytesQueued;
    this.#lingering = setTimeout(() => {
      if (this.bytesQueued === queuedBytes) this.#socket.destroy();
      else this.#linger();
    }, this.#lingerMs);
  }

  /** One for all writes: they end in the order in which they were made. */
  readonly #onWritten = (): void => {
    this.#lent.shift()?.();
  };

  #onClose(): void {
    this.#state = "closed";
    clearTimeout(this.#lingering);
    while (this.#lent.length > 0) this.#onWritten();
    this.#handler?.onClose(this.#reason);
  }
}
