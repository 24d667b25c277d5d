import { AssertionError } from "node:assert";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BufferPool, type MemoryWaiter } from "#accumulator/buffer-pool";
import { BufferExhaustedError, ProducerClosedError } from "#accumulator/given/producer-errors";
import { property } from "../support/property.ts";

const TOO_LARGE = expect.objectContaining({ code: "MESSAGE_TOO_LARGE" });

/** Waits for `size` bytes. `log` notes what happens to whom. */
class Waiter implements MemoryWaiter {
  error: Error | null = null;
  readonly heldBytes: number;
  readonly deadlineMs: number;
  readonly #pool: BufferPool;
  readonly #size: number;
  readonly #log: (event: string) => void;
  #buffer: Buffer | null = null;

  constructor(
    pool: BufferPool,
    size: number,
    { name = "", deadlineMs = 60_000, heldBytes = 0, log = [] as string[] } = {},
  ) {
    this.#pool = pool;
    this.#size = size;
    this.deadlineMs = deadlineMs;
    this.heldBytes = heldBytes;
    this.#log = (event) => log.push(`${name} ${event}`);
  }

  /** How many bytes it has got; null for none. */
  get got(): number | null {
    return this.#buffer?.length ?? null;
  }

  proceed(): boolean {
    this.#buffer = this.#pool.tryAllocate(this.#size);
    if (this.#buffer !== null) this.#log(`gets ${this.got}`);
    return this.#buffer !== null;
  }

  fail(error: Error): void {
    this.error = error;
    this.#log("fails");
  }
}

/** A pool that can't make the next `failures` buffers: the machine has no memory. */
class FragilePool extends BufferPool {
  failures = 0;

  protected override makeBuffer(size: number): Buffer {
    if (this.failures > 0) {
      this.failures--;
      throw new RangeError("Array buffer allocation failed");
    }
    return super.makeBuffer(size);
  }
}

/** A pool whose buffers have a length and no bytes, so that a test can have billions. */
class PaperPool extends BufferPool {
  protected override makeBuffer(size: number): Buffer {
    return { length: size } as Buffer;
  }
}

/** How many bytes the pool gives out for `size`; null for none. (A buffer's bytes would say nothing in a failure.) */
function given(pool: BufferPool, size: number): number | null {
  return pool.tryAllocate(size)?.length ?? null;
}

/** Takes a buffer that must be there. */
function take(pool: BufferPool, size: number): Buffer {
  const buffer = pool.tryAllocate(size);
  if (buffer === null) throw new AssertionError({ message: `expected ${size} bytes from the pool, got null` });
  return buffer;
}

describe("memory that is there", () => {
  test("3.1 tryAllocate: a buffer of just the size that was asked for, and the pool has that much less [I1]", () => {
    const pool = new BufferPool(10_000, 1000);
    expect(take(pool, 1000).length).toBe(1000);
    expect(take(pool, 2500).length).toBe(2500);
    expect([pool.availableMemory, pool.unallocatedMemory]).toEqual([6500, 6500]);
  });

  test("3.1 deallocate: a piece of batch.size is kept, and is the next one", () => {
    const pool = new BufferPool(10_000, 1000);
    const piece = take(pool, 1000);
    pool.deallocate(piece);
    expect([pool.availableMemory, pool.unallocatedMemory]).toEqual([10_000, 9000]);
    expect(take(pool, 1000) === piece, "the same piece again").toBe(true);
    expect([pool.availableMemory, pool.unallocatedMemory]).toEqual([9000, 9000]);
  });

  test("3.1 deallocate: of a larger or smaller buffer only the memory is kept", () => {
    const pool = new BufferPool(10_000, 1000);
    for (const size of [4000, 999]) pool.deallocate(take(pool, size));
    expect([pool.availableMemory, pool.unallocatedMemory]).toEqual([10_000, 10_000]);
    expect(take(pool, 1000).length).toBe(1000);
  });

  test("3.1 tryAllocate: free pieces are given up for a larger buffer, as few as will do", () => {
    const pool = new BufferPool(4000, 1000);
    const pieces = [1, 2, 3, 4].map(() => take(pool, 1000));
    for (const piece of pieces) pool.deallocate(piece);
    expect([pool.availableMemory, pool.unallocatedMemory], "all in free pieces").toEqual([4000, 0]);
    expect(take(pool, 1500).length).toBe(1500);
    expect([pool.availableMemory, pool.unallocatedMemory], "two pieces are left, and 500 bytes").toEqual([2500, 500]);
    expect(take(pool, 1500).length).toBe(1500);
    expect([pool.availableMemory, pool.unallocatedMemory], "500 and a piece are 1,500").toEqual([1000, 0]);
  });

  test("3.1 tryAllocate: a free piece is not cut up for a smaller buffer while there is other memory", () => {
    const pool = new BufferPool(4000, 1000);
    pool.deallocate(take(pool, 1000));
    take(pool, 600);
    expect([pool.availableMemory, pool.unallocatedMemory]).toEqual([3400, 2400]);
  });

  test("3.1 tryAllocate: all of it, to the last byte, but not one more", () => {
    const pool = new BufferPool(4000, 1000);
    const all = take(pool, 4000);
    expect(given(pool, 1)).toBeNull();
    pool.deallocate(all);
    take(pool, 3999);
    expect(given(pool, 2)).toBeNull();
    expect([pool.availableMemory, pool.unallocatedMemory], "a refusal changes nothing").toEqual([1, 1]);
  });

  test("3.1 tryAllocate: a refusal doesn't cost the free pieces", () => {
    const pool = new BufferPool(4000, 1000);
    const pieces = [1, 2].map(() => take(pool, 1000));
    take(pool, 2000);
    for (const piece of pieces) pool.deallocate(piece);
    expect(given(pool, 3000)).toBeNull();
    expect([pool.availableMemory, pool.unallocatedMemory]).toEqual([2000, 0]);
  });

  test("3.1 tryAllocate: more than buffer.memory can never be, and is refused at once", () => {
    const pool = new BufferPool(4000, 1000);
    expect(() => pool.tryAllocate(4001)).toThrow(TOO_LARGE);
    expect(pool.availableMemory).toBe(4000);
  });

  test("3.1 tryAllocate: when no buffer can be made, the memory is the pool's again [I1]", () => {
    const pool = new FragilePool(4000, 1000);
    pool.failures = 2;
    expect(() => pool.tryAllocate(1000)).toThrow("Array buffer allocation failed");
    expect(() => pool.tryAllocate(1500)).toThrow("Array buffer allocation failed");
    expect([pool.availableMemory, pool.unallocatedMemory]).toEqual([4000, 4000]);
    expect(take(pool, 4000).length).toBe(4000);
  });

  test("3.1 tryAllocate: counts beyond 2³¹", () => {
    const pool = new PaperPool(20e9, 2e9);
    const pieces = [1, 2, 3, 4, 5, 6, 7].map(() => take(pool, 2e9));
    expect(pool.availableMemory).toBe(6e9);
    for (const piece of pieces) pool.deallocate(piece);
    expect([pool.availableMemory, pool.unallocatedMemory]).toEqual([20e9, 6e9]);
    expect(take(pool, 11e9).length).toBe(11e9);
    expect([pool.availableMemory, pool.unallocatedMemory]).toEqual([9e9, 1e9]);
  });

  test("3.2 close: nothing is given out any more, but taken back it is", () => {
    const pool = new BufferPool(4000, 1000);
    const buffer = take(pool, 1000);
    pool.close();
    pool.close();
    expect(() => pool.tryAllocate(1000)).toThrow(ProducerClosedError);
    pool.deallocate(buffer);
    expect(pool.availableMemory).toBe(4000);
  });

  test("3.1 memory is conserved: what is out and what is in is always all of it [I1]", () => {
    const size = fc.oneof(fc.constant(100), fc.integer({ min: 1, max: 700 }));
    property([fc.array(fc.record({ size, give: fc.boolean(), which: fc.nat(), fails: fc.boolean() }))], (steps) => {
      const pool = new FragilePool(2000, 100);
      const out: Buffer[] = [];
      for (const { size, give, which, fails } of steps) {
        pool.failures = fails ? 1 : 0;
        if (give && out.length > 0) pool.deallocate(out.splice(which % out.length, 1)[0]!);
        else if (!give) {
          const before = pool.availableMemory;
          try {
            const buffer = pool.tryAllocate(size);
            expect(buffer === null, `no memory for ${size} of ${before}`).toBe(before < size);
            if (buffer !== null) out.push(buffer);
          } catch (error) {
            if (!(error instanceof RangeError)) throw error;
            expect(pool.availableMemory).toBe(before);
          }
        }
        expect(new Set(out).size, "no buffer is out twice").toBe(out.length);
        expect(pool.availableMemory + out.reduce((sum, { length }) => sum + length, 0)).toBe(2000);
        expect(pool.unallocatedMemory).toBeGreaterThanOrEqual(0);
      }
    });
  });
});

describe("memory that one waits for", () => {
  /** A pool of 4,000 bytes that are all taken, in pieces of 1,000. */
  function exhausted(maxWaitingBytes?: number): { pool: BufferPool; pieces: Buffer[]; log: string[] } {
    const pool = new BufferPool(4000, 1000, maxWaitingBytes);
    return { pool, pieces: [1, 2, 3, 4].map(() => take(pool, 1000)), log: [] };
  }

  test("3.2 wait: who waits gets memory in the turn in which it comes back", () => {
    const { pool, pieces } = exhausted();
    const waiter = new Waiter(pool, 1000);
    pool.wait(waiter);
    expect([waiter.got, pool.queued]).toEqual([null, 1]);
    pool.deallocate(pieces[0]!);
    expect([waiter.got, pool.queued, pool.availableMemory]).toEqual([1000, 0, 0]);
  });

  test("3.2 wait: the earliest deadline is the next one, whoever came last", () => {
    const { pool } = exhausted();
    const next = [300, 100, 700].map((deadlineMs) => {
      pool.wait(new Waiter(pool, 1000, { deadlineMs }));
      return pool.nextDeadlineMs;
    });
    expect(next).toEqual([300, 100, 100]);
  });

  test("3.2 serveWaiters: in the order in which they came [I2]", () => {
    const { pool, pieces, log } = exhausted();
    for (const name of ["a", "b", "c"]) pool.wait(new Waiter(pool, 1000, { name, log }));
    for (const piece of pieces) pool.deallocate(piece);
    expect(log).toEqual(["a gets 1000", "b gets 1000", "c gets 1000"]);
    expect(pool.availableMemory).toBe(1000);
  });

  test("3.2 serveWaiters: one who needs much is not passed by those who need little [I2]", () => {
    const { pool, pieces, log } = exhausted();
    pool.wait(new Waiter(pool, 2500, { name: "large", log }));
    pool.wait(new Waiter(pool, 100, { name: "small", log }));
    pool.deallocate(pieces[0]!);
    pool.deallocate(pieces[1]!);
    expect(log, "2,000 bytes are there").toEqual([]);
    pool.deallocate(pieces[2]!);
    expect(log).toEqual(["large gets 2500", "small gets 100"]);
    expect(pool.availableMemory).toBe(400);
  });

  test("3.2 tryAllocate: a newcomer gets nothing while others wait, even if it is there [I2]", () => {
    const { pool, pieces } = exhausted();
    pool.wait(new Waiter(pool, 2500));
    pool.deallocate(pieces[0]!);
    expect([pool.mustWait, given(pool, 10), pool.availableMemory]).toEqual([true, null, 1000]);
    expect(given(pool, 1000), "not even a free piece").toBeNull();
    expect(() => pool.tryAllocate(4001), "what can never be is refused at once").toThrow(TOO_LARGE);
    pool.deallocate(pieces[1]!);
    pool.deallocate(pieces[2]!);
    expect([pool.mustWait, take(pool, 10).length]).toEqual([false, 10]);
  });

  test("3.2 serveWaiters: one large buffer that comes back serves many", () => {
    const pool = new BufferPool(4000, 1000);
    const all = take(pool, 4000);
    const log: string[] = [];
    for (const name of ["a", "b", "c"]) pool.wait(new Waiter(pool, 1500, { name, log }));
    pool.deallocate(all);
    expect(log).toEqual(["a gets 1500", "b gets 1500"]);
    expect([pool.queued, pool.availableMemory]).toEqual([1, 1000]);
  });

  test("3.2 serveWaiters: one who can't go on stays the first, and those behind are not asked", () => {
    const { pool, pieces } = exhausted();
    const asked: string[] = [];
    const never = (name: string): MemoryWaiter => ({
      heldBytes: 0,
      deadlineMs: 1000,
      proceed: () => asked.push(name) < 0,
      fail: () => {},
    });
    pool.wait(never("a"));
    pool.wait(never("b"));
    pool.deallocate(pieces[0]!);
    pool.deallocate(pieces[1]!);
    expect([asked, pool.queued]).toEqual([["a", "a"], 2]);
  });

  test("3.2 serveWaiters: memory that comes back meanwhile starts no second round inside the first", () => {
    const { pool, pieces } = exhausted();
    const log: string[] = [];
    const handsOn = (name: string): MemoryWaiter => ({
      heldBytes: 0,
      deadlineMs: 1000,
      proceed: () => {
        log.push(`${name} begins`);
        const buffer = pool.tryAllocate(1000);
        if (buffer !== null) pool.deallocate(buffer);
        log.push(`${name} ends`);
        return true;
      },
      fail: () => {},
    });
    for (const name of ["a", "b"]) pool.wait(handsOn(name));
    pool.deallocate(pieces[0]!);
    expect(log).toEqual(["a begins", "a ends", "b begins", "b ends"]);
    expect([pool.queued, pool.availableMemory]).toEqual([0, 1000]);
  });

  test("3.2 serveWaiters: one whose buffer can't be made fails, and the next is served [I1]", () => {
    const pool = new FragilePool(2000, 1000);
    const all = take(pool, 2000);
    const [a, b] = [new Waiter(pool, 1500, { heldBytes: 700 }), new Waiter(pool, 500)];
    pool.wait(a);
    pool.wait(b);
    pool.failures = 1;
    pool.deallocate(all);
    expect(a.error).toBeInstanceOf(RangeError);
    expect([b.got, pool.queued, pool.availableMemory]).toEqual([500, 0, 1500]);
    expect(pool.waitingBytes, "who has failed holds nothing any more").toBe(0);
    expect(pool.mustWait, "the line is open again").toBe(false);
  });

  test("3.2 expireWaiters: at its deadline waiting is over, not before [I2]", () => {
    const { pool, pieces } = exhausted();
    const waiter = new Waiter(pool, 1000, { deadlineMs: 500 });
    pool.wait(waiter);
    expect(pool.nextDeadlineMs).toBe(500);
    pool.expireWaiters(499.9);
    expect([waiter.error, pool.queued]).toEqual([null, 1]);
    pool.expireWaiters(500);
    expect(waiter.error).toBeInstanceOf(BufferExhaustedError);
    expect([pool.queued, pool.nextDeadlineMs]).toEqual([0, Infinity]);
    pool.deallocate(pieces[0]!);
    expect([waiter.got, pool.availableMemory], "it gets nothing afterwards").toEqual([null, 1000]);
  });

  test("3.2 expireWaiters: finds those who stand behind others", () => {
    const { pool, pieces, log } = exhausted();
    for (const [name, deadlineMs] of [["a", 900], ["b", 100], ["c", 500], ["d", 700]] as const) {
      pool.wait(new Waiter(pool, 1000, { name, deadlineMs, log }));
    }
    expect(pool.nextDeadlineMs).toBe(100);
    pool.expireWaiters(100);
    expect([log, pool.nextDeadlineMs]).toEqual([["b fails"], 500]);
    pool.deallocate(pieces[0]!);
    pool.expireWaiters(500);
    expect(log).toEqual(["b fails", "a gets 1000", "c fails"]);
  });

  test("3.2 expireWaiters: those whose time is up fail in the order in which they came", () => {
    const { pool, log } = exhausted();
    for (const name of ["a", "b", "c"]) pool.wait(new Waiter(pool, 1000, { name, deadlineMs: 100, log }));
    pool.expireWaiters(200);
    expect(log).toEqual(["a fails", "b fails", "c fails"]);
  });

  test("3.2 expireWaiters: when one gives up who needed much, the next who needs less goes on", () => {
    const { pool, pieces, log } = exhausted();
    pool.wait(new Waiter(pool, 4000, { name: "large", deadlineMs: 100, log }));
    pool.wait(new Waiter(pool, 300, { name: "small", deadlineMs: 200, log }));
    pool.deallocate(pieces[0]!);
    pool.expireWaiters(100);
    expect(log).toEqual(["large fails", "small gets 300"]);
    expect(pool.availableMemory).toBe(700);
  });

  test("3.2 expireWaiters: a deadline whose waiter has been served is none any more", () => {
    const { pool, pieces } = exhausted();
    for (const deadlineMs of [100, 500]) pool.wait(new Waiter(pool, 1000, { deadlineMs }));
    pool.deallocate(pieces[0]!);
    pool.expireWaiters(100);
    expect([pool.queued, pool.nextDeadlineMs], "or the sender would be woken again and again").toEqual([1, 500]);
  });

  test("3.2 expireWaiters: who is told is out of the line, the others stand in it [I2]", () => {
    const { pool, pieces, log } = exhausted();
    const told: unknown[] = [];
    const expires = (name: string): MemoryWaiter => ({
      heldBytes: 10,
      deadlineMs: 100,
      proceed: () => false,
      fail: () => told.push([name, pool.queued, given(pool, 10), pool.waitingBytes]),
    });
    pool.wait(expires("a"));
    pool.wait(new Waiter(pool, 2500, { name: "large", heldBytes: 7, log }));
    pool.wait(expires("b"));
    pool.deallocate(pieces[0]!);
    pool.expireWaiters(100);
    expect(told, "1,000 bytes are there, and one waits for 2,500").toEqual([["a", 1, null, 7], ["b", 1, null, 7]]);
    expect(log).toEqual([]);
  });

  test("3.2 expireWaiters: who gets in line again stands behind the others [I2]", () => {
    const { pool, pieces, log } = exhausted();
    const persistent: MemoryWaiter = {
      heldBytes: 0,
      deadlineMs: 100,
      proceed: () => false,
      fail: () => pool.wait(new Waiter(pool, 1000, { name: "a again", log })),
    };
    pool.wait(persistent);
    for (const name of ["b", "c"]) pool.wait(new Waiter(pool, 1000, { name, log }));
    pool.expireWaiters(100);
    for (const piece of pieces) pool.deallocate(piece);
    expect(log).toEqual(["b gets 1000", "c gets 1000", "a again gets 1000"]);
  });

  test("3.2 expireWaiters: what one of them gives back goes to those who still wait [I1]", () => {
    const { pool, pieces, log } = exhausted();
    const givesBack: MemoryWaiter = {
      heldBytes: 0,
      deadlineMs: 100,
      proceed: () => false,
      fail: () => pool.deallocate(pieces[0]!),
    };
    pool.wait(givesBack);
    pool.wait(new Waiter(pool, 1000, { name: "expires, too", deadlineMs: 90, log }));
    pool.wait(new Waiter(pool, 1000, { name: "waits", log }));
    pool.expireWaiters(100);
    expect(log).toEqual(["waits gets 1000", "expires, too fails"]);
    expect([pool.queued, pool.availableMemory]).toEqual([0, 0]);
  });

  test("3.2 wait: what those who wait hold is bounded, too [I3]", () => {
    const { pool } = exhausted(1000);
    for (const heldBytes of [400, 600]) pool.wait(new Waiter(pool, 1000, { heldBytes }));
    expect(() => pool.wait(new Waiter(pool, 1000, { heldBytes: 1 }))).toThrow(BufferExhaustedError);
    expect([pool.queued, pool.waitingBytes]).toEqual([2, 1000]);
    pool.wait(new Waiter(pool, 1000, { heldBytes: 0 }));
    expect([pool.queued, pool.waitingBytes], "who holds nothing may always wait").toEqual([3, 1000]);
  });

  test("3.2 wait: one that holds too much all alone doesn't get in line either [I3]", () => {
    const { pool } = exhausted(1000);
    expect(() => pool.wait(new Waiter(pool, 1000, { heldBytes: 1001 }))).toThrow(BufferExhaustedError);
    expect([pool.queued, pool.waitingBytes, pool.nextDeadlineMs]).toEqual([0, 0, Infinity]);
  });

  test("3.2 serveWaiters: who has been served holds nothing any more [I3]", () => {
    const { pool, pieces } = exhausted(1000);
    for (const heldBytes of [400, 600]) pool.wait(new Waiter(pool, 1000, { heldBytes }));
    pool.deallocate(pieces[0]!);
    expect(pool.waitingBytes).toBe(600);
    pool.wait(new Waiter(pool, 1000, { heldBytes: 400 }));
    expect(pool.queued).toBe(2);
  });

  test("3.2 expireWaiters: who has given up holds nothing any more [I3]", () => {
    const { pool } = exhausted(1000);
    for (const heldBytes of [400, 600]) pool.wait(new Waiter(pool, 1000, { heldBytes, deadlineMs: heldBytes }));
    pool.expireWaiters(400);
    expect(pool.waitingBytes).toBe(600);
    pool.wait(new Waiter(pool, 1000, { heldBytes: 400 }));
    expect(pool.queued).toBe(2);
  });

  test("3.2 wait: by default as much may be held in line as there is memory", () => {
    const { pool } = exhausted();
    pool.wait(new Waiter(pool, 1000, { heldBytes: 4000 }));
    expect(() => pool.wait(new Waiter(pool, 1000, { heldBytes: 1 }))).toThrow(BufferExhaustedError);
  });

  test("3.2 close: all who wait fail, and nobody can wait any more", () => {
    const { pool } = exhausted();
    const log: string[] = [];
    const waiters = ["a", "b"].map((name) => new Waiter(pool, 1000, { name, heldBytes: 5, log }));
    for (const waiter of waiters) pool.wait(waiter);
    pool.close();
    for (const { error } of waiters) expect(error).toBeInstanceOf(ProducerClosedError);
    expect(log).toEqual(["a fails", "b fails"]);
    expect([pool.queued, pool.nextDeadlineMs, pool.waitingBytes]).toEqual([0, Infinity, 0]);
    expect(() => pool.wait(new Waiter(pool, 1000))).toThrow(ProducerClosedError);
  });

  test("3.2 close: who is told finds the pool closed", () => {
    const { pool } = exhausted();
    const refused: unknown[] = [];
    let tries = 0;
    const again = (): MemoryWaiter => ({
      heldBytes: 0,
      deadlineMs: 100,
      proceed: () => false,
      fail: () => {
        try {
          if (tries++ < 5) pool.wait(again());
        } catch (error) {
          refused.push(error);
        }
      },
    });
    pool.wait(again());
    pool.close();
    expect([pool.queued, refused]).toEqual([0, [expect.any(ProducerClosedError)]]);
  });

  test("3.2 memory is conserved and the order is kept, whatever comes, goes and fails [I1]", () => {
    const step = fc.record({
      kind: fc.constantFrom("take", "take", "take", "give", "give", "expire", "break"),
      size: fc.oneof(fc.constant(100), fc.integer({ min: 1, max: 500 })),
      which: fc.nat(),
    });
    property([fc.array(step, { maxLength: 60 })], (steps) => {
      const pool = new FragilePool(1000, 100, 3000);
      const out: Buffer[] = [];
      const waiting: string[] = [];
      const settled: string[] = [];
      const waiterFor = (size: number, name: string, deadlineMs: number): MemoryWaiter => ({
        heldBytes: size,
        deadlineMs,
        proceed: () => {
          const buffer = pool.tryAllocate(size);
          if (buffer === null) return false;
          out.push(buffer);
          settled.push(name);
          return true;
        },
        fail: () => settled.push(name),
      });
      steps.forEach(({ kind, size, which }, now) => {
        if (kind === "break") pool.failures = 1;
        if (kind === "expire") pool.expireWaiters(now);
        if (kind === "give" && out.length > 0) pool.deallocate(out.splice(which % out.length, 1)[0]!);
        if (kind === "take") {
          const name = `record ${now}`;
          unlessWithoutMemory(() => {
            const buffer = pool.tryAllocate(size);
            if (buffer !== null) return out.push(buffer);
            pool.wait(waiterFor(size, name, now + 20));
            return waiting.push(name);
          });
        }
        expect(pool.availableMemory + out.reduce((sum, { length }) => sum + length, 0), "memory").toBe(1000);
        expect(settled, "served or failed in the order of waiting").toEqual(waiting.slice(0, settled.length));
        expect(pool.queued).toBe(waiting.length - settled.length);
      });
      while (out.length > 0) pool.deallocate(out.pop()!);
      expect([pool.queued, pool.availableMemory], "when all is given back").toEqual([0, 1000]);
    });
  });
});

/** Makes `attempt`; that the pool or the machine has no memory is fine. */
function unlessWithoutMemory(attempt: () => unknown): void {
  try {
    attempt();
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof BufferExhaustedError)) throw error;
  }
}
