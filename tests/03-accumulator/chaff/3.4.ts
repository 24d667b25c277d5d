import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "3.4 RecordAccumulator.append",
    name: "a batch a record",
    why:
      "Without looking at the open batch first there is no batching: each record costs 16 KB of memory and a header.",
    caughtBy: "3.4 append: records of one partition share a batch while they fit",
    replace: [
      [
        "batch === undefined || !batch.tryAppend(timestampMs, key, value, headers)",
        "batch === undefined || batch.recordCount > 0",
      ],
    ],
  },
  {
    exercise: "3.4 RecordAccumulator.append",
    name: "the full batch stays open",
    why: "A small record that still fits overtakes the large one that found no memory: the partition is out of order.",
    caughtBy: "3.4 append: a smaller record doesn't overtake one that found no memory",
    replace: [["      batch?.closeForAppends();\n", ""]],
  },
  {
    exercise: "3.4 RecordAccumulator.append",
    name: "closed before the record is known to be possible",
    why: "A record that is refused for good has changed something all the same: the open batch is closed, half full.",
    caughtBy: "3.4 append: a record that no memory could hold is refused, and nothing changes",
    replace: [
      [
        "      const buffer = this.#pool.tryAllocate(",
        "      batch?.closeForAppends();\n      const buffer = this.#pool.tryAllocate(",
      ],
      ["headers)));\n      batch?.closeForAppends();\n", "headers)));\n"],
    ],
  },
  {
    exercise: "3.4 RecordAccumulator.append",
    name: "batch.size, whatever the record needs",
    why: "The record is written beyond its buffer: the pool counts 16 KB for a batch of a megabyte.",
    caughtBy: "3.4 append: a record that is larger than batch.size gets what it needs, and is ready",
    replace: [["Math.max(this.#options.batchSize, sizeOfBatchWith(key, value, headers))", "this.#options.batchSize"]],
  },
  {
    exercise: "3.4 RecordAccumulator.append",
    name: "headers take no memory",
    why: "The batch has had to make itself a larger buffer: the record lies in memory that nobody has counted.",
    caughtBy: "3.4 append: the headers of a large record take memory, too",
    replace: [["sizeOfBatchWith(key, value, headers)", "sizeOfBatchWith(key, value, [])"]],
  },
  {
    exercise: "3.4 RecordAccumulator.append",
    name: "just what the record needs",
    why: "The batch is full with its first record, and its buffer is no piece that the pool could keep.",
    caughtBy: "3.4 append: takes batch.size of memory a batch, not a record",
    replace: [
      [
        "Math.max(this.#options.batchSize, sizeOfBatchWith(key, value, headers))",
        "sizeOfBatchWith(key, value, headers)",
      ],
    ],
  },
  {
    exercise: "3.4 RecordAccumulator.append",
    name: "those who wait are passed",
    why: "A record that finds room in an open batch goes in front of one of the same caller that waits for memory.",
    caughtBy: "3.4 append: while others wait for memory, nobody passes them",
    replace: [["    if (this.#pool.mustWait) return null;\n", ""]],
  },
  {
    exercise: "3.4 RecordAccumulator.append",
    name: "memory is lost when a record can't be encoded",
    why: "One bad header, and a piece is gone. After 2,048 of them nothing can be sent.",
    caughtBy: "3.4 append: a record that can't be encoded costs no memory",
    replace: [["        this.#pool.deallocate(buffer);\n", ""]],
  },
  {
    exercise: "3.4 RecordAccumulator.append",
    name: "the new batch in front",
    why: "The queue is sent from the front. The newest batch goes first, and the records are in reverse order.",
    caughtBy: "3.4 append: records of one partition share a batch while they fit",
    replace: [["queue.batches.addLast(batch)", "queue.batches.addFirst(batch)"]],
  },
  {
    exercise: "3.4 RecordAccumulator.append",
    name: "the partitioner may always switch",
    why: "After batch.size bytes it leaves a batch behind that is half full, and lingers for nothing.",
    caughtBy: "3.4 append: stays with a partition whose batch isn't full, for the sake of the batch",
    replace: [["cluster, queue.allFull);", "cluster, true);"]],
  },
  {
    exercise: "3.4 RecordAccumulator.append",
    name: "all bytes of the batch are reported, again and again",
    why: "A batch of ten records would count ten times over: the partition is left after a fraction of its share.",
    caughtBy: "3.4 append: batches that linger are not torn in two",
    replace: [["batch.estimatedSizeInBytes - sizeBefore", "batch.estimatedSizeInBytes"]],
  },
  {
    exercise: "3.4 RecordAccumulator.append",
    name: "every record moves the sticky partition",
    why: "Records for a partition of their own say nothing about where the others are going.",
    caughtBy: "3.4 append: a record for a certain partition doesn't count for the sticky one",
    replace: [["    if (isSticky) {\n", "    {\n"]],
  },
  {
    exercise: "3.4 RecordAccumulator.append",
    name: "nothing is incomplete",
    why: "A batch that nobody keeps a list of is missed by flush, and by a close that has to fail it.",
    caughtBy: "3.4 append: takes batch.size of memory a batch, not a record",
    replace: [["      this.#incomplete.add(batch);\n", ""]],
  },
  {
    exercise: "3.4 RecordAccumulator.append",
    name: "a record with a partition counts once it finds an open batch",
    why:
      "It is told apart where a batch is opened, and forgotten where there is one: the sticky partition is " +
        "left too early.",
    caughtBy: "3.4 append: nor does one that goes into the open batch of the sticky one",
    replace: [["    if (isSticky) {\n", "    if (isSticky || sizeBefore > 0) {\n"]],
  },
  {
    exercise: "3.4 RecordAccumulator.appendWaiting",
    name: "the record's index is one too high",
    why: "The batch has counted the record already: the last one's index is one less than their number.",
    caughtBy: "3.4 appendWaiting: records are appended in the order in which they got in line",
    replace: [["batch.recordCount - 1", "batch.recordCount"]],
  },
  {
    exercise: "3.4 RecordAccumulator.appendWaiting",
    name: "whoever is asked leaves the line",
    why:
      "`proceed` says whether there was memory. Saying yes without it, the record is nowhere, and nobody is ever told.",
    caughtBy: "3.4 appendWaiting: records are appended in the order in which they got in line",
    replace: [["return batch !== null;", "return true;"]],
  },
  {
    exercise: "3.4 RecordAccumulator.appendWaiting",
    name: "who waits holds nothing",
    why: "The line is bounded by what its records hold. At 0 bytes each, any number of them fits.",
    caughtBy: "3.4 appendWaiting: the line is bounded; who doesn't fit in fails at once",
    replace: [
      [
        "const heldBytes = sizeOfBatchWith(key, value, headers);",
        "const heldBytes = 0 * sizeOfBatchWith(key, value, headers);",
      ],
    ],
  },
  {
    exercise: "3.4 RecordAccumulator.appendWaiting",
    name: "nobody is told that it is in",
    why: "The record is sent. But whoever awaits it has no batch whose outcome could be asked for.",
    caughtBy: "3.4 appendWaiting: records are appended in the order in which they got in line",
    replace: [["      if (batch !== null) waiter.appended(batch, batch.recordCount - 1);\n", ""]],
  },
  {
    exercise: "3.4 RecordAccumulator.appendWaiting",
    name: "waiting has no end",
    why:
      "After max.block.ms the program wants to know. Without a deadline it waits for a broker that may " +
        "never come back.",
    caughtBy: "3.4 appendWaiting: after max.block.ms the record fails, those behind wait on",
    replace: [
      ["{ heldBytes, deadlineMs, proceed,", "{ heldBytes, deadlineMs: Math.max(deadlineMs, Infinity), proceed,"],
    ],
  },
  {
    exercise: "3.4 RecordAccumulator.whenMemory",
    name: "the signal takes the memory that it tells of",
    why: "It was to say that there is some. Nobody will ever give this piece back.",
    caughtBy: "3.4 whenMemory: is the signal to go on, and takes nothing",
    replace: [
      [
        "if (this.hasMemory) resolve();\n        return this.hasMemory;",
        "const buffer = this.#pool.tryAllocate(this.#options.batchSize);\n" +
          "        if (buffer !== null) resolve();\n" +
          "        return buffer !== null;",
      ],
    ],
  },
  {
    exercise: "3.4 RecordAccumulator.whenMemory",
    name: "it passes those who wait",
    why: "As soon as there is any memory it says yes, although a large record stands in front and waits for it.",
    caughtBy: "3.4 whenMemory: comes after those who wait already, and holds nothing",
    replace: [
      [
        "if (this.hasMemory) resolve();\n        return this.hasMemory;",
        "const some = this.#pool.availableMemory > 0;\n        if (some) resolve();\n        return some;",
      ],
    ],
  },
  {
    exercise: "3.4 RecordAccumulator.whenMemory",
    name: "who waits for the signal holds a batch",
    why: "It waits without a record in its hands. Counted as a batch, it is refused where there was room for it.",
    caughtBy: "3.4 whenMemory: comes after those who wait already, and holds nothing",
    replace: [["heldBytes: 0,", "heldBytes: this.#options.batchSize,"]],
  },
  {
    exercise: "3.4 RecordAccumulator.whenMemory",
    name: "only the next one who gives back counts",
    why:
      "With memory there and nobody under way, nothing ever comes back: the program stands still before " +
        "its first record.",
    caughtBy: "3.4 whenMemory: is the signal to go on, and takes nothing",
    replace: [["      if (!proceed()) this.#pool.wait", "      this.#pool.wait"]],
  },
  {
    exercise: "3.4 RecordAccumulator.whenMemory",
    name: "any memory that comes back will do",
    why: "It is asked when memory has come back, and that needn't be enough: the send that follows has to wait.",
    caughtBy: "3.4 whenMemory: less memory than a batch takes is none",
    body: `if (this.hasMemory) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const proceed = (): boolean => {
        resolve();
        return true;
      };
      this.#pool.wait({ heldBytes: 0, deadlineMs, proceed, fail: reject });
    });`,
  },
  {
    exercise: "3.4 RecordAccumulator.whenMemory",
    name: "after a close it throws",
    why: "Whoever is handed a promise looks for errors there, and an exception of the call itself goes past them.",
    caughtBy: "3.8 close: whenMemory's promise says so; the call itself doesn't throw",
    body: `this.#ensureOpen();
    if (this.hasMemory) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const proceed = (): boolean => {
        if (this.hasMemory) resolve();
        return this.hasMemory;
      };
      this.#pool.wait({ heldBytes: 0, deadlineMs, proceed, fail: reject });
    });`,
  },
]);
