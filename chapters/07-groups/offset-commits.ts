/**
 * Commits: writing down how far one has come, so that whoever reads on begins there. What is committed is the *next*
 * record to be read. A commit may fail, and be tried again; by then a newer one may have been written. If the older one
 * then came through, it would set the group back.
 *
 * Source: Kafka's `ConsumerCoordinator` and `CommitRequestManager`.
 *
 * @module
 */
import { type KafkaError, NotImplementedError } from "#ground/errors";
import { type OffsetAndMetadata } from "#groups/given/assembly/consumer-interceptors";

/** What becomes of a commit: called once, with null if it is written. */
export type CommitCallback = (error: KafkaError | null, offsets: readonly OffsetAndMetadata[]) => void;

/** What commits are made with. */
export interface CommitParts {
  /** Sends a commit to the coordinator; calls `onDone` once, later. What is sent first gets there first. */
  send(offsets: readonly OffsetAndMetadata[], onDone: (error: KafkaError | null, now: number) => void): void;
  /** The positions of all partitions that have one. */
  positions(): OffsetAndMetadata[];
  /** `enable.auto.commit`. */
  readonly isAutomatic: boolean;
  /** `auto.commit.interval.ms`. */
  readonly intervalMs: number;
  /** The pause before a commit is tried again. */
  readonly backoffMs: () => number;
  /** Told of what is written. */
  readonly onCommitted: (offsets: readonly OffsetAndMetadata[]) => void;
  /** Told what becomes of the commits that nobody asked for. */
  readonly onAutoCommit: (error: KafkaError | null) => void;
}

/** A commit that isn't decided yet. */
interface Commit {
  /** Commits are numbered in the order in which they were asked for, from 0 on. */
  readonly number: number;
  readonly offsets: readonly OffsetAndMetadata[];
  /** Until when it is tried again. */
  readonly deadlineMs: number;
  readonly onDone: CommitCallback;
  /** When to try again; null while it is on its way. */
  retryAtMs: number | null;
}

/** The commits of one consumer. */
export class OffsetCommits {
  readonly #parts: CommitParts;
  #nextAutoCommitMs: number | null = null;
  /** For each partition, the number of the newest commit that named it. */
  readonly #newest = new Map<string, number>();
  #commits = 0;
  #open: Commit[] = [];

  constructor(parts: CommitParts) {
    this.#parts = parts;
  }

  /** Whether some commit isn't decided yet. */
  get hasOpen(): boolean {
    return this.#open.length > 0;
  }

  /**
   * Called at the start of every `poll`, before it takes any record: so all that lies before the positions was returned
   * by *earlier* polls, and whoever polls again has done with that. If commits are automatic and `intervalMs` are over
   * since the last one, or since the first poll, the positions are committed, as {@link commitAsync} does it. With no
   * position there is nothing to commit.
   *
   * @exercise 7.8 OffsetCommits.onPoll
   */
  onPoll(now: number): void {
    throw new NotImplementedError("7.8 OffsetCommits.onPoll");
  }

  /**
   * Commits without waiting. What fails with a retriable error is tried again after a pause ({@link retry}), until
   * `deadlineMs` are reached.
   *
   * @exercise 7.8 OffsetCommits.commitAsync
   * @param onDone - called once: with null when the offsets are written, or all of them are out of date by now (a newer
   *   commit has named their partitions); else with the error
   */
  commitAsync(offsets: readonly OffsetAndMetadata[], deadlineMs: number, onDone: CommitCallback): void {
    throw new NotImplementedError("7.8 OffsetCommits.commitAsync");
  }

  /**
   * Commits, and waits until it is decided.
   *
   * @exercise 7.8 OffsetCommits.commitSync
   * @throws KafkaError what went wrong for good; the last retriable error when `deadlineMs` are reached
   */
  commitSync(offsets: readonly OffsetAndMetadata[], deadlineMs: number): Promise<void> {
    throw new NotImplementedError("7.8 OffsetCommits.commitSync");
  }

  /**
   * What of a commit may still be written: the offsets of partitions that no newer commit has named. Newer is who was
   * asked for later, not who has the larger offset: a program may go back on purpose.
   *
   * @exercise 7.8 OffsetCommits.upToDate
   */
  upToDate(number: number, offsets: readonly OffsetAndMetadata[]): OffsetAndMetadata[] {
    throw new NotImplementedError("7.8 OffsetCommits.upToDate");
  }

  /**
   * Tries again what failed and whose pause is over, as far as it is {@link upToDate}. Of what isn't, nothing is sent:
   * if all of a commit is out of date, it is over, and counts as written.
   *
   * @exercise 7.8 OffsetCommits.retry
   * @returns after how many milliseconds to call again; Infinity if nothing waits for that
   */
  retry(now: number): number {
    throw new NotImplementedError("7.8 OffsetCommits.retry");
  }

  /** The positions are committed at once, if that is to be done by itself. @returns when it is decided, well or not */
  async commitNow(deadlineMs: number): Promise<void> {
    const offsets = this.#parts.isAutomatic ? this.#parts.positions() : [];
    if (offsets.length === 0) return;
    await this.commitSync(offsets, deadlineMs).then(
      () => this.#parts.onAutoCommit(null),
      (error: KafkaError) => this.#parts.onAutoCommit(error),
    );
  }

  /** Nothing is tried any more. */
  failAll(error: KafkaError): void {
    for (const commit of [...this.#open]) this.#end(commit, error);
  }

  /** The answer to one that was given up comes too late. */
  #end(commit: Commit, error: KafkaError | null): void {
    if (!this.#open.includes(commit)) return;
    this.#open = this.#open.filter((one) => one !== commit);
    commit.onDone(error, commit.offsets);
  }
}
