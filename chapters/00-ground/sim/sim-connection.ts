import { KafkaError } from "#ground/errors";
import { type Connection, type ConnectionHandler } from "#ground/runtime";
import { type SimNetwork } from "./sim-network.ts";
import { type Resource, type SimProcess } from "./sim-process.ts";

/** Bytes that may be on their way or unread by the peer: the two socket buffers of a real connection. */
const WINDOW_BYTES = 128 * 1024;
/** Above this many queued bytes `write` asks its caller to wait for `onDrain`. */
const HIGH_WATER_BYTES = 64 * 1024;
/** How long an orderly close may wait for a peer that does not read. */
const LINGER_MS = 5_000;

/** A write that has not been handed to the network in full. */
interface Outgoing {
  readonly parts: readonly Uint8Array[];
  readonly released: (() => void) | undefined;
  /** Next byte to send: in which part, and where in it. */
  part: number;
  at: number;
}

/** What travels: bytes, or the end of the stream (with an error: a reset). */
type Packet = { readonly arrivesMs: number } & ({ readonly bytes: Uint8Array } | { readonly end: Error | undefined });

/**
 * One end of a simulated connection. Bytes leave in the order of the writes and arrive in that order, cut and joined
 * at random. They are copied as late as the contract allows, so that a sender who changes a part before it is
 * released is found out; and a chunk is overwritten after `onData`, so that a receiver who keeps it is, too.
 */
export class SimConnection implements Connection, Resource {
  readonly remoteAddress: string;
  readonly host: string;
  bytesQueued = 0;
  readonly #process: SimProcess;
  readonly #network: SimNetwork;
  #peer: SimConnection | null = null;
  #handler: ConnectionHandler | null = null;

  readonly #queue: Outgoing[] = [];
  #pumpPlanned = false;
  #drainWanted = false;
  /** Bytes sent that the peer's owner has not taken yet. */
  #unread = 0;
  readonly #wire: Packet[] = [];
  #lastArrivalMs: number;

  #received: Uint8Array[] = [];
  /** Where the owner wants the next bytes. */
  #room: Uint8Array | null = null;
  #endReceived = false;
  #deliveryPlanned = false;
  #paused = false;
  #state: "open" | "ending" | "closed" = "open";
  /** The machine of this end has lost power: what is under way still arrives, but nothing is sent again. */
  #isForgotten = false;

  /** @param readyMs - world time before which nothing can reach this end's peer */
  constructor(process: SimProcess, network: SimNetwork, remoteAddress: string, readyMs: number) {
    this.#process = process;
    this.#network = network;
    this.host = process.host;
    this.remoteAddress = remoteAddress;
    this.#lastArrivalMs = readyMs;
    process.resources.add(this);
  }

  get label(): string {
    return `connection to ${this.remoteAddress}`;
  }

  /** Joins the two ends. */
  static pair(a: SimConnection, b: SimConnection): void {
    a.#peer = b;
    b.#peer = a;
  }

  handle(handler: ConnectionHandler): void {
    this.#handler = handler;
  }

  write(parts: readonly Uint8Array[], released?: () => void): boolean {
    if (this.#state !== "open" || !this.#process.alive) {
      if (released !== undefined) this.#process.schedule(this.#process.nowMs, null, released);
      return false;
    }
    for (const part of parts) this.bytesQueued += part.length;
    this.#queue.push({ parts, released, part: 0, at: 0 });
    this.#planPump();
    this.#drainWanted ||= this.bytesQueued > HIGH_WATER_BYTES;
    return !this.#drainWanted;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#planDelivery();
  }

  close(error?: Error): void {
    if (!this.#process.alive || this.#state === "closed" || (this.#state === "ending" && error === undefined)) return;
    if (error === undefined && this.#queue.length > 0) {
      this.#state = "ending";
      this.#process.schedule(this.#process.nowMs + LINGER_MS, null, () => this.#finish(undefined));
      this.#planDelivery();
      return;
    }
    this.#finish(error);
  }

  /** The network lost the connection: this end hears of it now. */
  break(error: Error): void {
    this.#wire.length = 0;
    if (this.#state === "closed") return;
    this.#process.schedule(this.#process.nowMs, null, () => this.#finish(error));
  }

  /** Sends again what could not arrive before, unless the machine that would do so has lost it. */
  retransmit(): void {
    if (this.#isForgotten) this.#wire.length = 0;
    if (this.#wire.length > 0) this.#planArrival(this.#network.arrivalMs(this.host, this.#peer!.host));
  }

  /** This end is gone: it says so to the peer, releases what was lent and tells its owner, who never hears more. */
  #finish(error: Error | undefined): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#send({ arrivesMs: this.#nextArrivalMs(), end: error && resetBy(this.#peer?.remoteAddress ?? "the peer") });
    this.#process.note(`close ${this.remoteAddress}${error === undefined ? "" : `: ${error.message}`}`);
    this.#process.resources.delete(this);
    this.#received = [];
    this.bytesQueued = 0;
    this.#process.schedule(this.#process.nowMs, null, () => {
      for (const { released } of this.#queue.splice(0)) released?.();
      this.#handler?.onClose(error);
    });
  }

  /** The process died. Its machine, if it is on, ends the connection: orderly if nothing was left unread. */
  onDeath(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#queue.length = 0;
    this.#isForgotten = !this.#network.isOn(this.host);
    if (this.#isForgotten) return;
    const error = this.#received.length === 0 ? undefined : resetBy(this.#peer?.remoteAddress ?? "the peer");
    this.#send({ arrivesMs: this.#nextArrivalMs(), end: error });
  }

  #planPump(): void {
    if (this.#pumpPlanned) return;
    this.#pumpPlanned = true;
    this.#process.schedule(this.#process.nowMs, null, () => this.#pump());
  }

  /** Hands queued bytes to the network as far as the window goes. */
  #pump(): void {
    this.#pumpPlanned = false;
    if (this.#state === "closed") return;
    while (this.#queue.length > 0 && this.#unread < WINDOW_BYTES) {
      const limit = Math.min(this.#network.chunkBytes(), this.bytesQueued, WINDOW_BYTES - this.#unread);
      const bytes = takeBytes(this.#queue, limit);
      this.bytesQueued -= bytes.length;
      this.#unread += bytes.length;
      if (bytes.length > 0) this.#send({ arrivesMs: this.#nextArrivalMs(), bytes });
      this.#release();
      // Whoever was told may have closed the connection.
      if (this.#isClosed()) return;
    }
    if (this.#queue.length > 0) return;
    if (this.#state === "ending") this.#finish(undefined);
    else if (this.#drainWanted) {
      this.#drainWanted = false;
      this.#handler?.onDrain?.();
    }
  }

  #release(): void {
    while (this.#queue.length > 0 && this.#queue[0]!.part === this.#queue[0]!.parts.length) {
      this.#queue.shift()!.released?.();
    }
  }

  #nextArrivalMs(): number {
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, this.#network.arrivalMs(this.host, this.#peer!.host));
    return this.#lastArrivalMs;
  }

  #send(packet: Packet): void {
    this.#wire.push(packet);
    if (this.#wire.length === 1) this.#planArrival(packet.arrivesMs);
  }

  #planArrival(atMs: number): void {
    const head = this.#wire[0];
    this.#process.world.schedule(atMs, null, null, () => {
      if (this.#wire[0] === head) this.#arrive();
    });
  }

  /** The first packet of the wire reaches the peer, unless something is in its way. */
  #arrive(): void {
    const peer = this.#peer!;
    const packet = this.#wire[0]!;
    if (this.#network.isBlocked(this.host, peer.host) || !this.#network.isOn(peer.host)) {
      this.#network.stall(this);
      return;
    }
    this.#wire.shift();
    if ("bytes" in packet && this.#network.loses(this.host, peer.host)) {
      this.#process.world.note("network", `breaks ${peer.remoteAddress} to ${this.remoteAddress}`);
      peer.break(resetBy(peer.remoteAddress));
      this.break(resetBy(this.remoteAddress));
      return;
    }
    if (!peer.#process.alive) {
      // The peer's machine knows nothing of the connection, and says so.
      this.break(resetBy(this.remoteAddress));
      return;
    }
    peer.#receive(packet);
    const next = this.#wire[0];
    if (next !== undefined) this.#planArrival(next.arrivesMs);
  }

  #receive(packet: Packet): void {
    if (this.#state === "closed") {
      // Who still talks to an end that has closed is told so.
      if ("bytes" in packet) this.#peer!.break(resetBy(this.remoteAddress));
      return;
    }
    if ("bytes" in packet) {
      this.#received.push(packet.bytes);
    } else if (packet.end !== undefined) {
      this.break(packet.end);
      return;
    } else {
      this.#endReceived = true;
    }
    this.#planDelivery();
  }

  #planDelivery(): void {
    if (this.#deliveryPlanned || this.#isPaused() || this.#state === "closed") return;
    if (this.#received.length === 0 && !this.#endReceived) return;
    this.#deliveryPlanned = true;
    this.#process.schedule(this.#process.nowMs, null, () => this.#deliver());
  }

  /** Gives the owner some or all of what has arrived. */
  #deliver(): void {
    this.#deliveryPlanned = false;
    if (this.#state === "closed") return;
    if (this.#handler === null) throw new Error(`Nobody called handle() on the ${this.label} in time.`);
    if (this.#isPaused()) return;
    if (this.#received.length > 0) {
      const taken = this.#received.splice(0, this.#network.chunksToJoin(this.#received.length));
      const chunk = taken.length === 1 ? taken[0]! : Buffer.concat(taken);
      this.#process.note(`receive ${chunk.length} B from ${this.remoteAddress}`);
      // An end that is ending reads only so that the other can end, too.
      const handed = this.#state === "open" ? this.#handOver(chunk) : chunk.length;
      if (handed < chunk.length) this.#received.unshift(chunk.slice(handed));
      chunk.fill(0xdd);
      this.#peer!.#wasRead(handed);
    } else if (this.#endReceived) {
      this.#onEnd();
      return;
    }
    this.#planDelivery();
  }

  /** The peer has ended. Unless the owner has more to say, this end does so, too. */
  #onEnd(): void {
    const onEnd = this.#state === "open" ? this.#handler?.onEnd : undefined;
    this.#endReceived = false;
    if (onEnd === undefined) this.#finish(undefined);
    else onEnd();
  }

  /**
   * Gives the owner bytes where it wants them, or else as they are, until it has had enough for now. Like Node it asks
   * at once where the next ones shall go.
   * @returns how many; all when the owner closes the connection meanwhile
   */
  #handOver(chunk: Uint8Array): number {
    const handler = this.#handler!;
    let at = 0;
    while (at < chunk.length && !this.#isPaused()) {
      const rest = chunk.subarray(at);
      const room = this.#room;
      if (room === null) {
        at = chunk.length;
        handler.onData(rest);
      } else {
        const bytes = Math.min(rest.length, room.length);
        at += bytes;
        room.set(rest.subarray(0, bytes));
        handler.onRead?.(bytes);
      }
      if (this.#state !== "open") return chunk.length;
      this.#room = handler.readInto?.() ?? null;
    }
    return at;
  }

  #isClosed(): boolean {
    return this.#state === "closed";
  }

  #isPaused(): boolean {
    return this.#paused && this.#state === "open";
  }

  /** The peer's owner has taken bytes: there is room for more, which this end learns a moment later. */
  #wasRead(length: number): void {
    this.#unread -= length;
    if (this.#queue.length === 0 || this.#pumpPlanned) return;
    this.#pumpPlanned = true;
    this.#process.schedule(this.#network.arrivalMs(this.#peer!.host, this.host), null, () => this.#pump());
  }
}

/** Copies up to `limit` bytes from the front of the queue, and moves on past them. */
function takeBytes(queue: readonly Outgoing[], limit: number): Uint8Array {
  const bytes = new Uint8Array(limit);
  let length = 0;
  for (const outgoing of queue) {
    while (outgoing.part < outgoing.parts.length) {
      const part = outgoing.parts[outgoing.part]!;
      const taken = Math.min(part.length - outgoing.at, limit - length);
      bytes.set(part.subarray(outgoing.at, outgoing.at + taken), length);
      length += taken;
      outgoing.at += taken;
      if (outgoing.at < part.length) return bytes;
      outgoing.part++;
      outgoing.at = 0;
    }
  }
  return bytes.subarray(0, length);
}

function resetBy(address: string): KafkaError {
  return new KafkaError("NETWORK_EXCEPTION", `The connection to ${address} was reset.`);
}
