import fc from "fast-check";
import { expect, test } from "vitest";
import { type LogConfig, type UnifiedLog } from "#log";
import { batches } from "#serialization";
import { asyncProperty } from "../../support/property.ts";
import { type TestRuntime, testRuntime } from "../../support/sim.ts";
import { batch, indexEntries, openLog, readAll, T0, timeEntries } from "../fixtures.ts";

/**
 * Any sequence of what can happen to a log, against a model of it: a list of batches. After each step the log must keep
 * its invariants, and hold what the model holds.
 */
const CONFIG: Partial<LogConfig> = {
  segmentBytes: 21_000,
  indexIntervalBytes: 1000,
  retentionBytes: 40_000,
  fileDeleteDelayMs: 1,
};
/** Flushes take long, so that a power loss finds work for it. */
const FLUSH_MS = 3;

type Step =
  | { readonly kind: "append"; readonly records: number; readonly valueBytes: number; readonly timestamp: number }
  | { readonly kind: "truncate" | "deleteRecords"; readonly share: number }
  | { readonly kind: "roll" | "retention" | "flush" | "restart" | "crash" | "powerLoss" }
  | { readonly kind: "crashDuring"; readonly bytes: number; readonly step: Step };

const append = fc.record({
  kind: fc.constant("append" as const),
  records: fc.integer({ min: 1, max: 4 }),
  // From a few bytes to more than a page of the page cache.
  valueBytes: fc.constantFrom(0, 20, 300, 1500, 5000),
  timestamp: fc.integer({ min: T0, max: T0 + 1000 }),
});
const cut = fc.record({
  kind: fc.constantFrom("truncate" as const, "deleteRecords" as const),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
});
const plain = fc.constantFrom("roll", "retention", "flush", "restart", "crash", "powerLoss");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: append },
  { weight: 2, arbitrary: cut },
  { weight: 3, arbitrary: plain.map((kind) => ({ kind }) as Step) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("crashDuring" as const),
      bytes: fc.oneof(fc.nat(200), fc.nat(7000)),
      step: fc.oneof(append, cut, fc.constantFrom<Step>({ kind: "roll" }, { kind: "retention" })),
    }),
  },
);

/** A batch of the model: its bytes as they are in the log. */
interface Batch {
  readonly baseOffset: number;
  readonly endOffset: number;
  readonly epoch: number;
  readonly hex: string;
}

function batchesOf(bytes: Uint8Array): Batch[] {
  return Array.from(batches(bytes), (each) => ({
    baseOffset: Number(each.baseOffset),
    endOffset: Number(each.lastOffset) + 1,
    epoch: each.partitionLeaderEpoch,
    hex: Buffer.from(each.slice()).toString("hex"),
  }));
}

/** A log, its model and what is written down about it elsewhere. */
class Bench {
  runtime: TestRuntime = testRuntime();
  log: UnifiedLog;
  /** What the log holds, deleted records at its start included while their segment is there. */
  model: Batch[] = [];
  /** Every batch that was ever at an offset: a power loss may bring back what was truncated and not flushed. */
  readonly history = new Set<string>();
  /** As in recovery-point-offset-checkpoint. */
  checkpoint = 0;
  epoch = 0;
  sequence = 0;

  constructor() {
    this.runtime.node.slowDisk(0, FLUSH_MS);
    this.log = this.#open(false);
  }

  async run(next: Step): Promise<void> {
    if (next.kind === "crashDuring") return this.#crashDuring(next.step, next.bytes);
    if (next.kind === "restart") {
      await this.#during(this.log.close());
      this.log = this.#open(true);
    } else if (next.kind === "crash") {
      this.#restart();
    } else if (next.kind === "powerLoss") {
      this.#losePower();
    } else if (next.kind === "flush") {
      await this.#during(this.log.flush());
      this.checkpoint = this.log.recoveryPoint;
    } else {
      this.#apply(next);
      this.model = this.#after(next);
    }
    await this.runtime.advance(2);
  }

  /** Lets time pass until something that takes some is done. */
  async #during(work: Promise<void>): Promise<void> {
    work.catch(() => {}); // it may fail before it is waited for
    await this.runtime.advance(200);
    await work;
  }

  /** What every log must keep, whatever happened. */
  check(): void {
    const { log } = this;
    const present = batchesOf(readAll(log));
    const expected = this.model.filter(({ endOffset }) => endOffset > log.logStartOffset);
    expect(present).toEqual(expected);
    let next = present[0]?.baseOffset ?? log.logEndOffset;
    for (const { baseOffset, endOffset } of present) {
      expect(baseOffset, "no gap and no overlap [I1]").toBe(next);
      next = endOffset;
    }
    expect(next).toBe(log.logEndOffset);
    for (const { baseOffset, epoch } of batchesOf(readAll(log))) {
      const known = log.epochs.epochForOffset(Math.max(baseOffset, log.logStartOffset));
      expect(known, `the epoch of the batch at ${baseOffset}, whatever its file kept`).toBe(epoch);
    }
    expect(log.logStartOffset).toBeLessThanOrEqual(log.logEndOffset);
    expect(log.recoveryPoint).toBeLessThanOrEqual(log.logEndOffset);
    for (const segment of log.segments.all) this.#checkIndexes(segment);
  }

  #checkIndexes(segment: UnifiedLog["segments"]["first"]): void {
    const inFile = [...segment.records.headers(0)].map(({ position, batch: each }) => ({
      position,
      lastOffset: Number(each.lastOffset),
      maxTimestamp: Number(each.maxTimestamp) - T0,
    }));
    for (const [offset, position] of indexEntries(segment)) {
      expect(inFile, "an index entry points to the batch that ends with its offset [I2]").toContainEqual(
        expect.objectContaining({ position, lastOffset: offset }),
      );
    }
    for (const [timestamp, offset] of timeEntries(segment)) {
      const before = inFile.filter(({ lastOffset }) => lastOffset <= offset);
      expect(Math.max(...before.map(({ maxTimestamp }) => maxTimestamp)), "no older record is younger [I2]").toBe(
        timestamp,
      );
    }
  }

  #apply(next: Step): void {
    const { log } = this;
    const at = (share: number, from: number): number => from + Math.round(share * (log.logEndOffset - from));
    if (next.kind === "append") {
      const { records, valueBytes, timestamp } = next;
      const producer = { producerId: 3, producerEpoch: 0, baseSequence: this.sequence };
      const sent = batch({ records, valueBytes, timestamp, ...producer });
      this.epoch += 1; // so that no two batches are ever the same
      log.appendAsLeader(sent, this.epoch);
    } else if (next.kind === "truncate") {
      log.truncateTo(at(next.share, log.logStartOffset));
    } else if (next.kind === "deleteRecords") {
      log.incrementLogStartOffset(at(next.share, log.logStartOffset));
    } else if (next.kind === "roll") {
      log.roll();
    } else if (next.kind === "retention") {
      log.deleteOldSegments(log.logEndOffset);
    }
  }

  /** The model after a step that ended well, told from the log's offsets; {@link check} reads the rest. */
  #after(next: Step): Batch[] {
    const { log } = this;
    const kept = this.model.filter(
      ({ baseOffset, endOffset }) => endOffset <= log.logEndOffset && baseOffset >= log.segments.first.baseOffset,
    );
    if (next.kind === "append") {
      const start = kept.at(-1)?.endOffset ?? log.segments.first.baseOffset;
      const added = batchesOf(log.read(Math.max(start, log.logStartOffset), 1).records);
      expect(added.length).toBe(1);
      kept.push(...added);
      for (const { hex } of added) this.history.add(hex);
    }
    this.sequence = this.#nextSequence();
    return kept;
  }

  /** The process dies in the middle of a step. What was done before is in the page cache, and so all there. */
  #crashDuring(next: Step, bytes: number): void {
    const before = this.model;
    const start = this.log.logStartOffset;
    this.runtime.node.crashAfterWriting(bytes);
    let after: Batch[] | null = null;
    try {
      this.#apply(next);
      after = this.#after(next);
    } catch (error) {
      if (this.runtime.node.isAlive) throw error;
    }
    this.runtime.node.crashAfterWriting(Infinity);
    this.#restart();
    const found = this.model;
    for (const { hex } of found) this.history.add(hex);
    if (next.kind === "append") {
      const known = found.slice(0, before.length);
      expect(known, "all batches from before are there [I4]").toEqual(before);
      expect(found.length - before.length).toBeLessThanOrEqual(1);
    } else {
      const isIn = new Set(before.map(({ hex }) => hex));
      expect(
        found.every(({ hex }) => isIn.has(hex)),
        "nothing is there that wasn't before [I4]",
      ).toBe(true);
      const isFound = new Set(found.map(({ hex }) => hex));
      const mustBe = (after ?? []).filter(({ endOffset }) => endOffset > start);
      expect(
        mustBe.every(({ hex }) => isFound.has(hex)),
        "all that should stay is there [I4]",
      ).toBe(true);
    }
  }

  #losePower(): void {
    const flushed = this.model.filter(({ endOffset }) => endOffset <= this.log.recoveryPoint);
    const start = this.log.logStartOffset;
    this.runtime.node.powerLoss();
    this.#restart();
    const isFound = new Set(this.model.map(({ hex }) => hex));
    for (const { hex } of this.model) expect(this.history.has(hex), "every batch was appended once [I4]").toBe(true);
    const mustBe = flushed.filter(({ endOffset }) => endOffset > start);
    expect(
      mustBe.every(({ hex }) => isFound.has(hex)),
      "all that was flushed is there [I4]",
    ).toBe(true);
  }

  /** Starts the next incarnation on the same disk. The model is what it finds; the caller judges that. */
  #restart(): void {
    this.runtime = { ...this.runtime, ...this.runtime.node.restart() };
    this.log = this.#open(false);
    const firstIndexes = this.log.segments.all.map((segment) => [indexEntries(segment), timeEntries(segment)]);
    this.model = batchesOf(readAll(this.log, this.log.logStartOffset));
    // Recovering twice changes nothing.
    this.log.abandon();
    this.log = this.#open(false);
    expect(batchesOf(readAll(this.log)), "recovering twice changes nothing [I4]").toEqual(this.model);
    expect(this.log.segments.all.map((segment) => [indexEntries(segment), timeEntries(segment)])).toEqual(firstIndexes);
    this.sequence = this.#nextSequence();
  }

  #nextSequence(): number {
    const last = this.log.producers.lastEntry(3)?.lastSequence;
    return last === undefined ? 0 : last + 1;
  }

  #open(hadCleanShutdown: boolean): UnifiedLog {
    const onRecoveryPointLowered = (): void => {
      this.checkpoint = Math.min(this.checkpoint, this.log.recoveryPoint);
    };
    const recoveryPoint = this.checkpoint;
    return openLog(this.runtime, CONFIG, { hadCleanShutdown, recoveryPoint, onRecoveryPointLowered });
  }
}

test("5.8 any sequence of appends, cuts, crashes and power losses leaves a whole log [I4]", async () => {
  await asyncProperty(
    [fc.array(step, { maxLength: 30 })],
    async (steps) => {
      const bench = new Bench();
      for (const [i, next] of steps.entries()) {
        await bench.run(next);
        try {
          bench.check();
        } catch (error) {
          if (error instanceof Error) error.message = `after step ${i + 1}, ${next.kind}: ${error.message}`;
          throw error;
        }
      }
      bench.log.abandon();
    },
    { runs: 40 },
  );
});
