/**
 * A reader's side of a fetch session (KIP-227): what to tell the broker, which remembers the rest.
 * Source: Kafka's `FetchSessionHandler`.
 *
 * @module
 */
import { KafkaError } from "./errors.ts";

const INITIAL_EPOCH = 0;
const LAST_EPOCH = 0x7fff_ffff;
const NO_SESSION = 0;

/** What a request says. */
export interface SessionFetch<P> {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  /** Partitions that the broker doesn't know, or knows otherwise; all of them in a full request. */
  readonly changed: readonly P[];
  /** Partitions that are not wanted any more. */
  readonly forgotten: readonly P[];
}

/**
 * The session with one broker. One request at a time. What is wanted is told either whole, with each request
 * ({@link next}), or bit by bit ({@link want}, {@link forget}): a request costs then what has changed, not what exists.
 */
export class FetchSessionHandler<P> {
  readonly #isSame: (one: P, other: P) => boolean;
  #sessionId = NO_SESSION;
  #epoch = INITIAL_EPOCH;
  /** All that is wanted, by a name of the partition. */
  #wanted = new Map<string, P>();
  /** What the broker doesn't know yet, or knows otherwise. */
  readonly #changed = new Map<string, P>();
  /** What the broker knows, and isn't wanted any more. */
  readonly #forgotten = new Map<string, P>();

  /** @param isSame whether two requests for a partition ask for the same */
  constructor(isSame: (one: P, other: P) => boolean) {
    this.#isSame = isSame;
  }

  /** What is wanted of a partition from now on; undefined for nothing. */
  wanted(name: string): P | undefined {
    return this.#wanted.get(name);
  }

  /** Wants `partition` from the next request on. */
  want(name: string, partition: P): void {
    const before = this.#wanted.get(name);
    this.#wanted.set(name, partition);
    if (before !== undefined && this.#isSame(before, partition)) return;
    this.#changed.set(name, partition);
    this.#forgotten.delete(name);
  }

  /** Doesn't want a partition any more. */
  forget(name: string): void {
    const before = this.#wanted.get(name);
    if (before === undefined) return;
    this.#wanted.delete(name);
    this.#changed.delete(name);
    this.#forgotten.set(name, before);
  }

  /** The next request. @param wanted everything that is wanted now, in this order; missing: no more has changed */
  next(wanted?: ReadonlyMap<string, P>): SessionFetch<P> {
    if (wanted !== undefined) this.#wantOnly(wanted);
    const isFull = this.#epoch === INITIAL_EPOCH;
    const request = {
      sessionId: this.#sessionId,
      sessionEpoch: this.#epoch,
      changed: [...(isFull ? this.#wanted : this.#changed).values()],
      forgotten: isFull ? [] : [...this.#forgotten.values()],
    };
    this.#changed.clear();
    this.#forgotten.clear();
    return request;
  }

  #wantOnly(wanted: ReadonlyMap<string, P>): void {
    for (const name of this.#wanted.keys()) if (!wanted.has(name)) this.forget(name);
    for (const [name, partition] of wanted) this.want(name, partition);
    this.#wanted = new Map(wanted);
  }

  /** The request was answered, without an error of the answer as a whole. */
  answered(sessionId: number): void {
    if (sessionId === NO_SESSION) {
      // The broker has no room for a session: full requests, until it has.
      this.#sessionId = NO_SESSION;
      this.#epoch = INITIAL_EPOCH;
    } else {
      this.#sessionId = sessionId;
      this.#epoch = this.#epoch === LAST_EPOCH ? 1 : this.#epoch + 1;
    }
  }

  /** It was refused, or never answered: what the broker remembers is unknown. The next one is full. */
  failed(error: unknown): void {
    // The old session, if it is still there, is closed by the full request that names it.
    const isGone = error instanceof KafkaError && error.code === "FETCH_SESSION_ID_NOT_FOUND";
    if (isGone) this.#sessionId = NO_SESSION;
    this.#epoch = INITIAL_EPOCH;
  }
}
