import { describe, expect, test } from "vitest";
import { type BatchMetadata, ProducerStateEntry } from "#log";
import { metadataOf } from "#log/producer-state-entry";
import { batches, type RecordBatch } from "#serialization";
import { batch, T0 } from "./fixtures.ts";

const MAX = 0x7fff_ffff;

/** A batch of producer 5 with `records` records from `baseSequence` on. */
function sent(baseSequence: number, producerEpoch = 3, records = 1): RecordBatch {
  return [...batches(batch({ producerId: 5, producerEpoch, baseSequence, records, baseOffset: 70 }))][0]!;
}

/** What is remembered of a batch of one record with this sequence, at offset 100 + sequence. */
function known(sequence: number): BatchMetadata {
  return { lastSequence: sequence, lastOffset: 100 + sequence, offsetDelta: 0, timestamp: T0 + sequence };
}

/** An entry in epoch 3 that remembers these. */
function entryWith(...sequences: readonly number[]): ProducerStateEntry {
  const entry = new ProducerStateEntry(5);
  entry.setEpoch(3);
  for (const sequence of sequences) entry.addBatch(3, known(sequence));
  return entry;
}

function sequences({ batches: all }: ProducerStateEntry): number[] {
  return all.map(({ lastSequence }) => lastSequence);
}

const FENCED = expect.objectContaining({ code: "INVALID_PRODUCER_EPOCH" });
const OUT_OF_ORDER = expect.objectContaining({ code: "OUT_OF_ORDER_SEQUENCE_NUMBER" });

describe("checkEpoch", () => {
  test("5.8 checkEpoch: an older epoch is fenced, the same and a newer one are not", () => {
    const entry = entryWith(0);
    expect(() => entry.checkEpoch(sent(1, 2), "t-0")).toThrow(FENCED);
    expect(() => entry.checkEpoch(sent(1, 3), "t-0")).not.toThrow();
    expect(() => entry.checkEpoch(sent(0, 4), "t-0")).not.toThrow();
  });

  test("5.8 checkEpoch: a producer of which nothing is known may be in any epoch", () => {
    expect(() => new ProducerStateEntry(5).checkEpoch(sent(0, 0), "t-0")).not.toThrow();
  });
});

describe("checkSequence", () => {
  test("5.8 checkSequence: only the next one is taken", () => {
    const entry = entryWith(7);
    for (const sequence of [0, 6, 7, 9]) {
      expect(() => entry.checkSequence(sent(sequence), "t-0"), `sequence ${sequence} after 7`).toThrow(OUT_OF_ORDER);
    }
    expect(() => entry.checkSequence(sent(8), "t-0")).not.toThrow();
  });

  test("5.8 checkSequence: after 2^31 − 1 comes 0, and only there", () => {
    expect(() => entryWith(MAX).checkSequence(sent(0), "t-0")).not.toThrow();
    expect(() => entryWith(MAX).checkSequence(sent(1), "t-0")).toThrow(OUT_OF_ORDER);
    expect(() => entryWith(MAX - 1).checkSequence(sent(MAX), "t-0")).not.toThrow();
    expect(() => entryWith(MAX - 1).checkSequence(sent(0), "t-0")).toThrow(OUT_OF_ORDER);
  });

  test("5.8 checkSequence: a new epoch begins at 0", () => {
    expect(() => entryWith(7).checkSequence(sent(0, 4), "t-0")).not.toThrow();
    expect(() => entryWith(7).checkSequence(sent(8, 4), "t-0")).toThrow(OUT_OF_ORDER);
  });

  test("5.8 checkSequence: so does an epoch of which no batch is remembered: a marker began it", () => {
    expect(() => entryWith().checkSequence(sent(0), "t-0")).not.toThrow();
    expect(() => entryWith().checkSequence(sent(4), "t-0")).toThrow(OUT_OF_ORDER);
  });

  test("5.8 checkSequence: a producer of which nothing is known may begin anywhere", () => {
    expect(() => new ProducerStateEntry(5).checkSequence(sent(41), "t-0")).not.toThrow();
  });
});

describe("setEpoch", () => {
  test("5.8 setEpoch: a new epoch forgets the batches of the old one", () => {
    const entry = entryWith(1, 2);
    entry.setEpoch(4);
    expect([entry.epoch, sequences(entry), entry.lastSequence, entry.isEmpty]).toEqual([4, [], -1, true]);
  });

  test("5.8 setEpoch: an older one, too: a follower takes what its leader has", () => {
    const entry = entryWith(1, 2);
    entry.setEpoch(-1);
    expect([entry.epoch, sequences(entry)]).toEqual([-1, []]);
  });

  test("5.8 setEpoch: the same one again changes nothing", () => {
    const entry = entryWith(1, 2);
    entry.setEpoch(3);
    expect([entry.epoch, sequences(entry)]).toEqual([3, [1, 2]]);
  });
});

describe("addBatch", () => {
  test("5.8 addBatch: the last five are remembered, oldest first", () => {
    expect(sequences(entryWith(1, 2, 3, 4, 5))).toEqual([1, 2, 3, 4, 5]);
    expect(sequences(entryWith(1, 2, 3, 4, 5, 6, 7))).toEqual([3, 4, 5, 6, 7]);
  });

  test("5.8 addBatch: the first one of a new epoch drives out all of the old", () => {
    const entry = entryWith(1, 2);
    entry.addBatch(4, known(0));
    expect([entry.epoch, sequences(entry)]).toEqual([4, [0]]);
  });

  test("5.8 addBatch: the time of the last batch is known, by which producers expire", () => {
    expect(entryWith(1, 9, 4).lastTimestamp).toBe(T0 + 4);
  });

  test("5.8 addBatch: on a copy it leaves the original as it was [I6]", () => {
    const entry = entryWith(1, 2, 3, 4, 5);
    const copy = entry.copy();
    copy.addBatch(3, known(6));
    copy.addBatch(4, known(0));
    expect([entry.epoch, sequences(entry), entry.lastTimestamp]).toEqual([3, [1, 2, 3, 4, 5], T0 + 5]);
  });
});

describe("rememberEarlier", () => {
  test("5.8 rememberEarlier: they come before those that are remembered", () => {
    const entry = entryWith(7);
    entry.rememberEarlier([known(5), known(6)]);
    expect(sequences(entry)).toEqual([5, 6, 7]);
    expect(entry.lastSequence).toBe(7);
  });

  test("5.8 rememberEarlier: the latest of them, as far as there is room", () => {
    const entry = entryWith(7, 8);
    entry.rememberEarlier([1, 2, 3, 4, 5, 6].map(known));
    expect(sequences(entry)).toEqual([4, 5, 6, 7, 8]);
    const full = entryWith(7, 8, 9, 10, 11);
    full.rememberEarlier([known(6)]);
    expect(sequences(full)).toEqual([7, 8, 9, 10, 11]);
  });

  test("5.8 rememberEarlier: the producer is no older for it", () => {
    const entry = entryWith(7);
    entry.rememberEarlier([known(5), known(6)]);
    expect(entry.lastTimestamp).toBe(T0 + 7);
  });
});

describe("findDuplicate", () => {
  test("5.8 findDuplicate: any of the five, not only the last", () => {
    const entry = entryWith(1, 2, 3, 4, 5, 6);
    expect([1, 2, 3, 4, 5, 6, 7].map((sequence) => entry.findDuplicate(sent(sequence))?.lastOffset)).toEqual([
      undefined, 102, 103, 104, 105, 106, undefined,
    ]);
  });

  test("5.8 findDuplicate: with other sequences it is another batch: also a part of one, or more than one", () => {
    const entry = entryWith();
    entry.addBatch(3, metadataOf(sent(10, 3, 4), 50));
    expect(entry.findDuplicate(sent(10, 3, 4))).toMatchObject({ lastOffset: 53, offsetDelta: 3 });
    for (const other of [sent(10, 3, 3), sent(11, 3, 3), sent(9, 3, 5), sent(13), sent(10)]) {
      expect(entry.findDuplicate(other)).toBeUndefined();
    }
  });

  test("5.8 findDuplicate: the same sequences in another epoch are another batch", () => {
    const entry = entryWith(1, 2);
    expect([entry.findDuplicate(sent(2, 2)), entry.findDuplicate(sent(2, 4))]).toEqual([undefined, undefined]);
  });

  test("5.8 findDuplicate: sequences run on over their end", () => {
    const entry = entryWith();
    entry.addBatch(3, metadataOf(sent(MAX - 1, 3, 4), 50));
    expect(entry.lastSequence).toBe(1);
    expect(entry.findDuplicate(sent(MAX - 1, 3, 4))).toMatchObject({ lastOffset: 53 });
    expect(entry.findDuplicate(sent(0, 3, 2))).toBeUndefined();
  });
});
