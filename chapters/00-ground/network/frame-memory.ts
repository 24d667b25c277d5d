import { Buffer } from "node:buffer";
import { type Memory } from "#ground/runtime";

/** Smaller pieces are cheap to make. */
const MIN_BYTES = 32 * 1024;
/** Larger ones are rare: who sends them shall not make us keep so much. (`max.request.size` is 1 MiB by default.) */
const MAX_BYTES = 2 * 1024 * 1024;
/** The most that is kept for what is to come. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;

/**
 * Memory for the frames of all clients of a server, and for what is read from its logs, used again. Memory outside of
 * JavaScript's heap is dear to make and to collect: a broker that takes 500 MB/s of new memory spends a quarter of its
 * time on that. (Kafka has a `MemoryPool`, and leaves the rest to Java's collector.)
 */
export class FrameMemory implements Memory {
  /** By size, a power of two. */
  readonly #kept = new Map<number, Uint8Array[]>();
  #keptBytes = 0;
  /** What was made here and is in use, by its buffer. */
  readonly #taken = new WeakMap<ArrayBufferLike, Uint8Array>();
  readonly #onGivenBack: ((memory: Uint8Array) => void) | null;

  /** @param onGivenBack - for a simulation, which spoils what nobody may use any more */
  constructor(onGivenBack: ((memory: Uint8Array) => void) | null = null) {
    this.#onGivenBack = onGivenBack;
  }

  take(bytes: number): Uint8Array {
    if (bytes < MIN_BYTES || bytes > MAX_BYTES) return Buffer.allocUnsafe(bytes);
    const size = 2 ** Math.ceil(Math.log2(bytes));
    const kept = this.#kept.get(size)?.pop();
    if (kept !== undefined) this.#keptBytes -= size;
    const memory = kept ?? Buffer.allocUnsafeSlow(size);
    this.#taken.set(memory.buffer, memory);
    return memory;
  }

  giveBack({ buffer }: Uint8Array): void {
    const memory = this.#taken.get(buffer);
    if (memory === undefined) return;
    this.#taken.delete(buffer);
    this.#onGivenBack?.(memory);
    const size = memory.length;
    if (this.#keptBytes + size > MAX_KEPT_BYTES) return;
    const kept = this.#kept.get(size);
    if (kept === undefined) this.#kept.set(size, [memory]);
    else kept.push(memory);
    this.#keptBytes += size;
  }
}
