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

/** The session with one broker. One request at a time. */
export class FetchSessionHandler<P> {
  readonly #isSame: (one: P, other: P) => boolean;
  #sessionId = NO_SESSION;
  #epoch = INITIAL_EPOCH;
  /** What the broker remembers, by a name of the partition. */
  #known: ReadonlyMap<string, P> = new Map();

  /** @param isSame whether two requests for a partition ask for the same */
  constructor(isSame: (one: P, other: P) => boolean) {
    this.#isSame = isSame;
  }

  /** The next request, for what is `wanted` now. */
  next(wanted: ReadonlyMap<string, P>): SessionFetch<P> {
    const known = this.#known;
    this.#known = wanted;
    const session = { sessionId: this.#sessionId, sessionEpoch: this.#epoch };
    if (this.#epoch === INITIAL_EPOCH) return { ...session, changed: [...wanted.values()], forgotten: [] };
    const isNews = ([name, partition]: [string, P]): boolean => {
      const before = known.get(name);
      return before === undefined || !this.#isSame(before, partition);
    };
    return {
      ...session,
      changed: [...wanted].filter(isNews).map(([, partition]) => partition),
      forgotten: [...known].filter(([name]) => !wanted.has(name)).map(([, partition]) => partition),
    };
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
