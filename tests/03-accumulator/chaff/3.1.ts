import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "3.1 BufferPool.tryAllocate",
    name: "free pieces are forgotten",
    why: "Counting only what is unallocated, the pool says no as soon as all memory has been a piece once.",
    caughtBy: "3.1 tryAllocate: free pieces are given up for a larger buffer, as few as will do",
    replace: [["this.availableMemory < size", "this.#unallocated < size"]],
  },
  {
    exercise: "3.1 BufferPool.tryAllocate",
    name: "all free pieces are given up at once",
    why: "One large record then costs every piece that was kept, and the next batches all make new ones.",
    caughtBy: "3.1 tryAllocate: free pieces are given up for a larger buffer, as few as will do",
    replace: [["while (this.#unallocated < size) this", "while (this.#free.length > 0) this"]],
  },
  {
    exercise: "3.1 BufferPool.tryAllocate",
    name: "memory is counted before the buffer is made",
    why: "If making it fails, the bytes are gone for good: after a few failures the producer stands still.",
    caughtBy: "3.1 tryAllocate: when no buffer can be made, the memory is the pool's again",
    replace: [
      [
        "    const buffer = this.makeBuffer(size);\n    this.#unallocated -= size;\n",
        "    this.#unallocated -= size;\n    const buffer = this.makeBuffer(size);\n",
      ],
    ],
  },
  {
    exercise: "3.1 BufferPool.tryAllocate",
    name: "the last byte is never given out",
    why: "`<=` refuses a buffer of just the size that is left.",
    caughtBy: "3.1 tryAllocate: all of it, to the last byte, but not one more",
    replace: [["this.availableMemory < size", "this.availableMemory <= size"]],
  },
  {
    exercise: "3.1 BufferPool.tryAllocate",
    name: "a free piece for whatever fits into it",
    why: "The caller asked for 600 bytes and gets 1,000: the batch is full at another size than it was told.",
    caughtBy: "3.1 tryAllocate: a free piece is not cut up for a smaller buffer while there is other memory",
    replace: [["size === this.poolableSize && this.#free", "size <= this.poolableSize && this.#free"]],
  },
  {
    exercise: "3.1 BufferPool.tryAllocate",
    name: "what can never be waits for ever",
    why:
      "Null means \"not now\". For more than all memory there is no later, and whoever waits for it blocks the line.",
    caughtBy: "3.1 tryAllocate: more than buffer.memory can never be, and is refused at once",
    replace: [["size > this.totalMemory", "size > 2 ** 40"]],
  },
  {
    exercise: "3.1 BufferPool.tryAllocate",
    name: "32-bit arithmetic",
    why: "`| 0` is a habit for whole numbers, and wrong from two gigabytes on.",
    caughtBy: "3.1 tryAllocate: counts beyond 2³¹",
    replace: [["this.#unallocated -= size;", "this.#unallocated = (this.#unallocated - size) | 0;"]],
  },
  {
    exercise: "3.1 BufferPool.tryAllocate",
    name: "newcomers pass those who wait",
    why: "Small batches take what comes back, again and again, and a large record waits until its time is up.",
    caughtBy: "3.2 tryAllocate: a newcomer gets nothing while others wait, even if it is there",
    replace: [["this.mustWait || ", ""]],
  },
  {
    exercise: "3.1 BufferPool.tryAllocate",
    name: "a free piece for any newcomer",
    why: "The way of the pieces was meant to be short. But somebody may be waiting for just this memory.",
    caughtBy: "3.2 tryAllocate: a newcomer gets nothing while others wait, even if it is there",
    replace: [
      ["    if (this.mustWait || this.availableMemory < size) return null;\n", ""],
      [
        "    while (this.#unallocated < size)",
        "    if (this.mustWait || this.availableMemory < size) return null;\n    while (this.#unallocated < size)",
      ],
    ],
  },
  {
    exercise: "3.1 BufferPool.deallocate",
    name: "larger buffers are kept, too",
    why: "Then a 900 KB buffer serves as a piece of 16 KB, and what the pool counts is not what is used.",
    caughtBy: "3.1 deallocate: of a larger or smaller buffer only the memory is kept",
    replace: [["buffer.length === this.poolableSize", "buffer.length >= this.poolableSize"]],
  },
  {
    exercise: "3.1 BufferPool.deallocate",
    name: "nothing is kept",
    why:
      "The memory is right. But every batch makes a new buffer, and making and collecting 16 KB costs more than " +
        "filling it.",
    caughtBy: "3.1 deallocate: a piece of batch.size is kept, and is the next one",
    body: "this.#unallocated += buffer.length;\n    if (this.#waiters.length > 0) this.serveWaiters();",
  },
  {
    exercise: "3.1 BufferPool.deallocate",
    name: "a piece is counted twice",
    why: "Free pieces are counted by their number. Adding their bytes as well makes memory out of nothing.",
    caughtBy: "3.1 memory is conserved: what is out and what is in is always all of it",
    replace: [["    else this.#unallocated += buffer.length;", "    this.#unallocated += buffer.length;"]],
  },
  {
    exercise: "3.1 BufferPool.deallocate",
    name: "nobody tells those who wait",
    why: "The memory is there and the line doesn't move until somebody's time is up.",
    caughtBy: "3.2 wait: who waits gets memory in the turn in which it comes back",
    replace: [["    if (this.#waiters.length > 0) this.serveWaiters();\n", ""]],
  },
]);
