/**
 * The producer's memory (`buffer.memory`): so much and no more. Nearly all of it goes out in pieces of one size,
 * `batch.size`, and these are kept and used again, because making and collecting them would cost more than filling
 * them.
 *
 * Source: `org.apache.kafka.clients.producer.internals.BufferPool`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { KafkaError, NotImplementedError } from "#ground/errors";
import { Deque } from "#accumulator/given/deque";
import { BufferExhaustedError, ProducerClosedError } from "#accumulator/given/producer-errors";

/**
 * One who waits for memory. In Kafka that is a thread that sleeps. Here nobody can sleep, so it is an object in a line,
 * and it is asked again whenever memory has come back.
 */
export interface MemoryWaiter {
  /** Memory that is held while waiting (the record that wants to be sent), in bytes: the line is bounded by it. */
  readonly heldBytes: number;
  /** From this time on waiting is over (`max.block.ms`), on the clock of {@link BufferPool.expireWaiters}. */
  readonly deadlineMs: number;
  /**
   * It is this waiter's turn: {@link BufferPool.tryAllocate} now, and go on. Called within the turn in which memory
   * came back, so that nobody can come between.
   *
   * @returns whether the waiter has what it needs and leaves the line; else it stays the first
   */
  proceed(): boolean;
  /** Waiting was in vain. Called at most once, and not after `proceed` has returned true. */
  fail(error: Error): void;
}

/** The memory of one producer. All sizes are in bytes. */
export class BufferPool {
  /** All the memory there is (`buffer.memory`). */
  readonly totalMemory: number;
  /** The size of the pieces that are kept (`batch.size`). */
  readonly poolableSize: number;
  readonly #maxWaitingBytes: number;
  /** Pieces of the poolable size that nobody uses. */
  readonly #free: Buffer[] = [];
  readonly #waiters = new Deque<MemoryWaiter>();
  /** What is neither given out nor in the free pieces. */
  #unallocated: number;
  #waitingBytes = 0;
  /** The earliest deadline of those who wait, or a time before it. */
  #earliestDeadlineMs = Infinity;
  /** Whether those who wait are being asked, one after the other. */
  #serving = false;
  #closed = false;

  /** @param maxWaitingBytes - the most that all who wait may hold together; `totalMemory` if not given */
  constructor(totalMemory: number, poolableSize: number, maxWaitingBytes: number = totalMemory) {
    this.totalMemory = totalMemory;
    this.poolableSize = poolableSize;
    this.#maxWaitingBytes = maxWaitingBytes;
    this.#unallocated = totalMemory;
  }

  /** What could be given out now, in free pieces or otherwise. */
  get availableMemory(): number {
    return this.#unallocated + this.#free.length * this.poolableSize;
  }

  /** What could be given out now besides the free pieces. */
  get unallocatedMemory(): number {
    return this.#unallocated;
  }

  /** How many wait for memory. */
  get queued(): number {
    return this.#waiters.length;
  }

  /** Bytes that all who wait hold together. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Whether a newcomer has to get in line: others are waiting, and they are not being served just now. */
  get mustWait(): boolean {
    return this.#waiters.length > 0 && !this.#serving;
  }

  /** When to call {@link expireWaiters} next, at the latest; Infinity when nobody waits. */
  get nextDeadlineMs(): number {
    return this.#waiters.length === 0 ? Infinity : this.#earliestDeadlineMs;
  }

  /**
   * Takes `size` bytes out of the pool: at once, or not at all.
   *
   * A size of exactly {@link poolableSize} is served from the free pieces if there is one; the piece still has its old
   * content. Otherwise a new buffer is made of unallocated memory ({@link makeBuffer}); where that doesn't suffice,
   * free pieces are given up for it, as few as will do. If making the buffer fails, the memory is the pool's again.
   *
   * Nobody overtakes those who wait: nothing is given out while a newcomer {@link mustWait}. A size that is never
   * possible is an error even then.
   *
   * @exercise 3.1 BufferPool.tryAllocate
   * @returns a buffer of exactly `size` bytes, the caller's until {@link deallocate}; null when there isn't enough
   * @throws KafkaError MESSAGE_TOO_LARGE when `size` is more than {@link totalMemory}: it would wait for ever
   * @throws ProducerClosedError after {@link close}
   */
  tryAllocate(size: number): Buffer | null {
    throw new NotImplementedError("3.1 BufferPool.tryAllocate");
  }

  /**
   * Gives back what {@link tryAllocate} gave out: once, and also after {@link close}. A piece of the poolable size is
   * kept for the next one; of a buffer of any other size only the memory is. Then {@link serveWaiters}, if any wait.
   *
   * @exercise 3.1 BufferPool.deallocate
   */
  deallocate(buffer: Buffer): void {
    throw new NotImplementedError("3.1 BufferPool.deallocate");
  }

  /**
   * Puts `waiter` at the end of the line. It isn't asked yet: it comes because {@link tryAllocate} had nothing for it.
   * What it holds counts for {@link waitingBytes} as long as it is there, its deadline for {@link nextDeadlineMs}.
   *
   * @exercise 3.2 BufferPool.wait
   * @throws BufferExhaustedError when all who wait would hold more than `maxWaitingBytes` together
   * @throws ProducerClosedError after {@link close}
   */
  wait(waiter: MemoryWaiter): void {
    throw new NotImplementedError("3.2 BufferPool.wait");
  }

  /**
   * Asks the first of the line to {@link MemoryWaiter.proceed}, then the next, until one can't or nobody is left. A
   * waiter whose `proceed` throws leaves the line and fails with that error, and the next is asked.
   *
   * A waiter may give memory back while it proceeds: that starts no second round inside of this one.
   *
   * @exercise 3.2 BufferPool.serveWaiters
   */
  serveWaiters(): void {
    throw new NotImplementedError("3.2 BufferPool.serveWaiters");
  }

  /**
   * Ends the wait of everybody whose deadline is `now` or earlier, wherever they stand: they fail, in the order in
   * which they came. Whoever is first in line now may need less, and goes on at once ({@link serveWaiters}).
   *
   * While somebody is told ({@link MemoryWaiter.fail}), the line is as it will be: none of those who fail stands in it,
   * all the others do, in their order. What is told may get in line again, or give memory back.
   *
   * Called at {@link nextDeadlineMs} or later it moves that on to the earliest of those who are left, also when it
   * finds nobody whose time is up: the one whose deadline it was may have been served long ago.
   *
   * @exercise 3.2 BufferPool.expireWaiters
   */
  expireWaiters(now: number): void {
    throw new NotImplementedError("3.2 BufferPool.expireWaiters");
  }

  /**
   * From now on nothing is given out, only taken back, and nobody can get in line. Those who wait fail with
   * ProducerClosedError, in the order in which they came, and hold nothing any more. Idempotent.
   *
   * @exercise 3.2 BufferPool.close
   */
  close(): void {
    throw new NotImplementedError("3.2 BufferPool.close");
  }

  /** Makes a buffer for {@link tryAllocate}; its content is undefined. May throw when the machine has no memory. */
  protected makeBuffer(size: number): Buffer {
    return Buffer.allocUnsafeSlow(size);
  }

  #neverEnough(size: number): KafkaError {
    const message = `Expected ${size} bytes to fit into buffer.memory, which is ${this.totalMemory} bytes.`;
    return new KafkaError("MESSAGE_TOO_LARGE", message);
  }

  #lineIsFull(waiter: MemoryWaiter): BufferExhaustedError {
    const waiting = `Records of ${this.#waitingBytes} bytes wait for memory already`;
    const limit = `over the limit of ${this.#maxWaitingBytes}`;
    return new BufferExhaustedError(`${waiting}; ${waiter.heldBytes} bytes more would be ${limit}.`);
  }

  #tooLate(): BufferExhaustedError {
    const state = `${this.availableMemory} of ${this.totalMemory} bytes are available`;
    return new BufferExhaustedError(`There was no memory for the record within max.block.ms: ${state}.`);
  }

  #closedMeanwhile(): ProducerClosedError {
    return new ProducerClosedError("The producer was closed while the record waited for memory.");
  }

  #ensureOpen(): void {
    if (this.#closed) throw new ProducerClosedError("The producer is closed: there is no memory for another record.");
  }
}
