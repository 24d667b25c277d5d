// Different from the reference: one number says how much is available, and the free pieces are only a cache, whose
// pieces may be dropped at any time; the line is a Set, which keeps the order of arrival; nothing is remembered of
// deadlines.
import { Buffer } from "node:buffer";
import { KafkaError, NotImplementedError } from "#ground/errors";
import { BufferExhaustedError, ProducerClosedError } from "#accumulator/given/producer-errors";

export interface MemoryWaiter {
  readonly heldBytes: number;
  readonly deadlineMs: number;
  proceed(): boolean;
  fail(error: Error): void;
}

export class BufferPool {
  readonly totalMemory: number;
  readonly poolableSize: number;
  readonly #maxWaitingBytes: number;
  readonly #line = new Set<MemoryWaiter>();
  #cache: Buffer[] = [];
  #available: number;
  #state: "idle" | "serving" | "closed" = "idle";

  constructor(totalMemory: number, poolableSize: number, maxWaitingBytes: number = totalMemory) {
    this.totalMemory = totalMemory;
    this.poolableSize = poolableSize;
    this.#maxWaitingBytes = maxWaitingBytes;
    this.#available = totalMemory;
  }

  get availableMemory(): number {
    return this.#available;
  }

  get unallocatedMemory(): number {
    return this.#available - this.#cache.length * this.poolableSize;
  }

  get queued(): number {
    return this.#line.size;
  }

  get waitingBytes(): number {
    return [...this.#line].reduce((sum, { heldBytes }) => sum + heldBytes, 0);
  }

  get mustWait(): boolean {
    return this.#line.size > 0 && this.#state !== "serving";
  }

  get nextDeadlineMs(): number {
    return Math.min(...[...this.#line].map(({ deadlineMs }) => deadlineMs));
  }

  tryAllocate(size: number): Buffer | null {
    this.#refuseIfClosed("The producer is closed: there is no memory for another record.");
    if (size > this.totalMemory) {
      throw new KafkaError("MESSAGE_TOO_LARGE", `No ${size} bytes fit into buffer.memory.`);
    }
    if (this.mustWait || size > this.#available) return null;
    const cached = size === this.poolableSize ? this.#cache.shift() : undefined;
    const buffer = cached ?? this.#make(size);
    this.#available -= size;
    return buffer;
  }

  #make(size: number): Buffer {
    const tooManyBytes = size - this.unallocatedMemory;
    if (tooManyBytes > 0) this.#cache = this.#cache.slice(Math.ceil(tooManyBytes / this.poolableSize));
    return this.makeBuffer(size);
  }

  deallocate(buffer: Buffer): void {
    this.#available += buffer.length;
    if (buffer.length === this.poolableSize) this.#cache.unshift(buffer);
    this.serveWaiters();
  }

  wait(waiter: MemoryWaiter): void {
    this.#refuseIfClosed("The producer is closed: nobody can wait for memory.");
    if (waiter.heldBytes > this.#maxWaitingBytes - this.waitingBytes) {
      throw new BufferExhaustedError(`The ${this.#line.size} who wait for memory hold too much already.`);
    }
    this.#line.add(waiter);
  }

  serveWaiters(): void {
    if (this.#state === "serving") return;
    const before = this.#state;
    this.#state = "serving";
    try {
      for (const waiter of this.#line) {
        if (!this.#settles(waiter)) break;
        this.#line.delete(waiter);
      }
    } finally {
      this.#state = before;
    }
  }

  #settles(waiter: MemoryWaiter): boolean {
    try {
      return waiter.proceed();
    } catch (error) {
      if (error instanceof NotImplementedError) throw error;
      waiter.fail(error as Error);
      return true;
    }
  }

  expireWaiters(now: number): void {
    const expired = [...this.#line].filter(({ deadlineMs }) => now >= deadlineMs);
    for (const waiter of expired) this.#line.delete(waiter);
    for (const waiter of expired) {
      waiter.fail(new BufferExhaustedError(`Nobody gave ${waiter.heldBytes} bytes back within max.block.ms.`));
    }
    this.serveWaiters();
  }

  close(): void {
    this.#state = "closed";
    const all = [...this.#line];
    this.#line.clear();
    for (const waiter of all) waiter.fail(new ProducerClosedError("The producer was closed."));
  }

  protected makeBuffer(size: number): Buffer {
    return Buffer.allocUnsafeSlow(size);
  }

  #refuseIfClosed(message: string): void {
    if (this.#state === "closed") throw new ProducerClosedError(message);
  }
}
