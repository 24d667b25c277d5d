import { type Clock } from "#ground/runtime";

/** Bytes of answers that may wait to be read, in all connections together, if nothing else is said. */
const DEFAULT_MAX_BYTES = 128 * 1024 * 1024;
/** One answer gets this part of what is free: whoever comes later finds some, too. */
const SHARE = 1 / 16;
/** But not less, as long as anything is free. */
const MIN_ROOM_BYTES = 64 * 1024;
/** How long answers may lie unread when others get none for want of memory. */
const PATIENCE_MS = 10_000;

/** A client that may be slower than we are. */
export interface AnsweredClient {
  /** Bytes of answers that were made and have not left. */
  readonly waitingBytes: number;
  /** Others need the memory. */
  dropSlow(): void;
}

/**
 * Keeps the answers that wait to be read, in all connections of a broker, within one limit. An answer stays in memory
 * until its client reads it, and a client may ask and never read.
 *
 * Large answers ask for {@link room} before they are made. The more is waiting, the less each gets; when nothing is
 * free they wait, and who has left answers unread for ten seconds is dropped. Small answers don't ask: if they come to
 * twice the limit all the same, who has not read for longest is dropped at once.
 *
 * *Different*: Kafka's large answers go from the file to the socket, and are never in memory.
 */
export class AnswerMemory {
  readonly #clock: Clock;
  readonly #maxBytes: number;
  /** Clients that have not read all, and since when; the slowest first. */
  readonly #slow = new Map<AnsweredClient, number>();
  /** Bytes that were given by {@link hold}. */
  #heldBytes = 0;
  #onRoom: (() => void)[] = [];

  constructor(clock: Clock, maxBytes: number = DEFAULT_MAX_BYTES) {
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  /** How many bytes an answer may have that is made now; 0 if it has to wait: {@link onRoom} says until when. */
  room(): number {
    const free = this.#maxBytes - this.#waitingBytes();
    if (free > 0) return Math.max(MIN_ROOM_BYTES, Math.floor(free * SHARE));
    this.#dropSlow(PATIENCE_MS);
    return 0;
  }

  /** Calls `call` once, when there may be room again. */
  onRoom(call: () => void): void {
    this.#onRoom.push(call);
  }

  /** Bytes of an answer that is on its way to its connection: they count until it is there. */
  hold(bytes: number): void {
    this.#heldBytes += bytes;
    if (bytes < 0) this.#tellOfRoom();
  }

  /** The client has got an answer, or has read some. */
  changed(client: AnsweredClient): void {
    if (client.waitingBytes === 0) {
      this.forget(client);
    } else if (!this.#slow.has(client)) {
      this.#slow.set(client, this.#clock.nowMs());
      if (this.#waitingBytes() > 2 * this.#maxBytes) this.#dropSlow(0);
    }
  }

  /** The client has nothing that waits, or has gone. */
  forget(client: AnsweredClient): void {
    if (this.#slow.delete(client)) this.#tellOfRoom();
  }

  #tellOfRoom(): void {
    if (this.#onRoom.length === 0 || this.#waitingBytes() >= this.#maxBytes) return;
    for (const call of this.#onRoom.splice(0)) call();
  }

  #waitingBytes(): number {
    let bytes = this.#heldBytes;
    for (const client of this.#slow.keys()) bytes += client.waitingBytes;
    return bytes;
  }

  /** Drops clients until all is within the limit, those that have not read for longest first. */
  #dropSlow(patienceMs: number): void {
    const untilMs = this.#clock.nowMs() - patienceMs;
    for (const [client, sinceMs] of this.#slow) {
      if (sinceMs > untilMs || this.#waitingBytes() < this.#maxBytes) return;
      client.dropSlow();
    }
  }
}
