import { describe, expect, test } from "vitest";
import { type ProducerBatch } from "#accumulator";
import { KafkaError } from "#ground/errors";
import { RecordBatch } from "#serialization";
import { ProducerSequences } from "#sender/producer-sequences";
import { batchOf } from "./fixtures.ts";

const OUT_OF_ORDER = new KafkaError("OUT_OF_ORDER_SEQUENCE_NUMBER");
const nothingOnWire = (): boolean => false;

/**
 * Sequences with producer id 1000, and a batch for each of `counts` that has left for partition 0, with so many
 * records.
 */
function withInFlight(...counts: number[]): { sequences: ProducerSequences; batches: ProducerBatch[] } {
  const sequences = new ProducerSequences();
  sequences.setId(1000, 0);
  const batches = counts.map((count) => newBatch(count));
  for (const batch of batches) sequences.assignSequence(batch);
  return { sequences, batches };
}

function newBatch(count = 1, partition = 0): ProducerBatch {
  return batchOf(partition, new Array<string>(count).fill("x"));
}

function stateOf({ producerId, producerEpoch, baseSequence }: ProducerBatch): unknown[] {
  return [producerId, producerEpoch, baseSequence];
}

function partitionState(sequences: ProducerSequences, batch: ProducerBatch): unknown {
  const { isUnresolved, needsNewEpoch } = sequences.of(batch);
  return { isUnresolved, needsNewEpoch };
}

describe("assignSequence", () => {
  test("4.8 assignSequence: each record has a number, one more than the one before it", () => {
    const { batches } = withInFlight(3, 2, 1);
    expect(batches.map(stateOf)).toEqual([[1000, 0, 0], [1000, 0, 3], [1000, 0, 5]]);
  });

  test("4.8 assignSequence: each partition counts for itself", () => {
    const { sequences } = withInFlight(3);
    const other = newBatch(2, 1);
    sequences.assignSequence(other);
    expect(stateOf(other)).toEqual([1000, 0, 0]);
  });

  test("4.8 assignSequence: after 2³¹ − 1 comes 0", () => {
    const { sequences } = withInFlight();
    const [last, next] = [newBatch(3), newBatch(1)];
    sequences.of(last).nextSequence = 2 ** 31 - 2;
    sequences.assignSequence(last);
    sequences.assignSequence(next);
    expect([last.baseSequence, next.baseSequence]).toEqual([2 ** 31 - 2, 1]);
  });

  test("4.8 assignSequence: in a new epoch the numbers begin at 0 again", () => {
    const { sequences, batches } = withInFlight(3);
    sequences.onCompleted(batches[0]!);
    sequences.setId(1000, 1);
    const batch = newBatch(2);
    sequences.assignSequence(batch);
    expect(stateOf(batch)).toEqual([1000, 1, 0]);
    expect(sequences.of(batch).nextSequence).toBe(2);
  });

  test("4.8 assignSequence: and so they do under a new producer id, whatever its epoch", () => {
    const { sequences, batches } = withInFlight(3);
    sequences.onCompleted(batches[0]!);
    sequences.setId(2000, 0);
    const batch = newBatch(2);
    sequences.assignSequence(batch);
    expect(stateOf(batch)).toEqual([2000, 0, 0]);
  });

  test("4.8 assignSequence: the batch is of no transaction", () => {
    const { batches } = withInFlight(1);
    expect(new RecordBatch(batches[0]!.build()).isTransactional).toBe(false);
  });
});

describe("maySend", () => {
  test("4.8 maySend: nothing may leave without a producer id", () => {
    expect(new ProducerSequences().maySend(newBatch())).toBe(false);
    expect(withInFlight().sequences.maySend(newBatch())).toBe(true);
  });

  test("4.8 maySend: new batches may follow those that are in flight", () => {
    const { sequences, batches } = withInFlight(1, 1, 1);
    sequences.onCompleted(batches[0]!);
    expect(sequences.maySend(newBatch())).toBe(true);
  });

  test("4.8 maySend: nothing follows a partition's first batch before the broker has acknowledged it [I7]", () => {
    const { sequences, batches } = withInFlight(1);
    expect(sequences.maySend(newBatch()), "it might overtake the first one").toBe(false);
    expect(sequences.maySend(newBatch(1, 1)), "another partition").toBe(true);
    sequences.onCompleted(batches[0]!);
    for (const partition of [0, 1]) sequences.assignSequence(newBatch(1, partition));
    expect(sequences.maySend(newBatch()), "behind an acknowledged one").toBe(true);
    expect(sequences.maySend(newBatch(1, 1)), "behind the first one of the other partition").toBe(false);
  });

  test("4.8 maySend: of those that are sent again, the one with the lowest numbers comes first [I7]", () => {
    const { sequences, batches } = withInFlight(1, 1, 1);
    expect(batches.map((batch) => sequences.maySend(batch))).toEqual([true, false, false]);
    sequences.onCompleted(batches[0]!);
    expect(batches.slice(1).map((batch) => sequences.maySend(batch))).toEqual([true, false]);
  });

  test("4.8 maySend: nothing new follows a batch that may have been written or not", () => {
    const { sequences, batches } = withInFlight(1, 1, 1);
    sequences.onCompleted(batches[0]!);
    sequences.onFailed(batches[1]!, "unknown");
    expect(sequences.maySend(newBatch())).toBe(false);
    expect(sequences.maySend(batches[2]!)).toBe(true);
    expect(sequences.maySend(newBatch(1, 1))).toBe(true);
  });

  test("4.8 maySend: nothing behind a gap leaves before there is a new epoch, and nothing new", () => {
    const { sequences, batches } = withInFlight(1, 1, 1);
    sequences.onCompleted(batches[0]!);
    sequences.onFailed(batches[1]!, "refused");
    expect([sequences.maySend(batches[2]!), sequences.maySend(newBatch())]).toEqual([false, false]);
  });

  test("4.8 maySend: nor does anything new when nothing is in flight any more", () => {
    for (const outcome of ["refused", "unknown"] as const) {
      const { sequences, batches } = withInFlight(1);
      sequences.onFailed(batches[0]!, outcome);
      expect(sequences.maySend(newBatch()), outcome).toBe(false);
    }
  });

  test("4.8 maySend: what comes before a gap is sent again in the old epoch: it may have been written [I7]", () => {
    const { sequences, batches } = withInFlight(1, 1, 1);
    sequences.onFailed(batches[1]!, "refused");
    expect(sequences.maySend(batches[0]!)).toBe(true);
    sequences.raiseEpochIfNeeded(nothingOnWire);
    expect(batches.map(stateOf)).toEqual([[1000, 0, 0], [1000, 0, 1], [1000, 0, 2]]);
    sequences.onCompleted(batches[0]!);
    sequences.raiseEpochIfNeeded(nothingOnWire);
    expect(stateOf(batches[2]!)).toEqual([1000, 1, 0]);
  });

  test("4.8 maySend: in a new epoch nothing new leaves before the batches of the old one are through", () => {
    const { sequences, batches } = withInFlight(1, 1);
    sequences.onCompleted(batches[0]!);
    sequences.setId(1000, 1);
    expect([sequences.maySend(batches[1]!), sequences.maySend(newBatch())]).toEqual([true, false]);
    sequences.onCompleted(batches[1]!);
    expect(sequences.maySend(newBatch())).toBe(true);
  });

  test("4.8 maySend: nor under a new producer id, whatever its epoch", () => {
    const { sequences, batches } = withInFlight(1, 1);
    sequences.onCompleted(batches[0]!);
    sequences.setId(2000, 0);
    expect([sequences.maySend(batches[1]!), sequences.maySend(newBatch())]).toEqual([true, false]);
  });
});

describe("canRetry", () => {
  test("4.8 canRetry: out of order behind one that is in flight: both are sent again, and all is well", () => {
    const { sequences, batches } = withInFlight(1, 1);
    expect(sequences.canRetry(batches[1]!, OUT_OF_ORDER)).toBe(true);
    expect(sequences.of(batches[1]!).needsNewEpoch).toBe(false);
  });

  test("4.8 canRetry: out of order, and the first in flight: the gap will never be filled", () => {
    const { sequences, batches } = withInFlight(1, 1);
    sequences.onCompleted(batches[0]!);
    expect(sequences.canRetry(batches[1]!, OUT_OF_ORDER)).toBe(true);
    expect(sequences.of(batches[1]!).needsNewEpoch).toBe(true);
    expect(sequences.maySend(batches[1]!)).toBe(false);
  });

  test("4.8 canRetry: out of order behind one that was given up: that one never arrived", () => {
    const { sequences, batches } = withInFlight(1, 1);
    sequences.onFailed(batches[0]!, "unknown");
    expect(sequences.canRetry(batches[1]!, OUT_OF_ORDER)).toBe(true);
    expect(sequences.of(batches[1]!).needsNewEpoch).toBe(true);
    sequences.raiseEpochIfNeeded(nothingOnWire);
    expect(stateOf(batches[1]!)).toEqual([1000, 1, 0]);
  });

  test("4.8 canRetry: out of order after later ones were acknowledged: it is there, and keeps its number", () => {
    const { sequences, batches } = withInFlight(1, 1, 1);
    sequences.onCompleted(batches[0]!);
    sequences.onCompleted(batches[2]!);
    expect(sequences.canRetry(batches[1]!, OUT_OF_ORDER)).toBe(true);
    expect(sequences.of(batches[1]!).needsNewEpoch, "in a new epoch it would be written twice").toBe(false);
  });

  test("4.8 canRetry: a broker that doesn't know the producer any more gets to know it again, in a new epoch", () => {
    const { sequences, batches } = withInFlight(1);
    expect(sequences.canRetry(batches[0]!, new KafkaError("UNKNOWN_PRODUCER_ID"))).toBe(true);
    expect(sequences.of(batches[0]!).needsNewEpoch).toBe(true);
  });

  test("4.8 canRetry: other errors, if they may pass; and the epoch stays", () => {
    const { sequences, batches } = withInFlight(1);
    const lasting = ["INVALID_RECORD", "DUPLICATE_SEQUENCE_NUMBER", "INVALID_PRODUCER_EPOCH"] as const;
    const may = ["NOT_LEADER_OR_FOLLOWER" as const, ...lasting].map((code) => {
      return sequences.canRetry(batches[0]!, new KafkaError(code));
    });
    expect(may).toEqual([true, false, false, false]);
    expect(partitionState(sequences, batches[0]!)).toEqual({ isUnresolved: false, needsNewEpoch: false });
  });
});

describe("onFailed", () => {
  test("4.8 onFailed: a batch that never left is no gap", () => {
    const { sequences } = withInFlight();
    for (const outcome of ["refused", "unknown"] as const) sequences.onFailed(newBatch(), outcome);
    expect(sequences.maySend(newBatch())).toBe(true);
  });

  test("4.8 onFailed: one that was refused is a gap: in a new epoch the others close up, in their order [I7]", () => {
    const { sequences, batches } = withInFlight(2, 3, 1);
    sequences.onFailed(batches[0]!, "refused");
    sequences.raiseEpochIfNeeded(nothingOnWire);
    expect(batches.slice(1).map(stateOf)).toEqual([[1000, 1, 0], [1000, 1, 3]]);
    const next = newBatch();
    expect(sequences.maySend(next), "before the broker knows the new epoch").toBe(false);
    sequences.onCompleted(batches[1]!);
    expect(sequences.maySend(next)).toBe(true);
    sequences.assignSequence(next);
    expect(stateOf(next)).toEqual([1000, 1, 4]);
  });

  test("4.8 onFailed: one whose fate is unknown needs no new epoch, not yet", () => {
    const { sequences, batches } = withInFlight(1, 1);
    sequences.onFailed(batches[0]!, "unknown");
    expect(partitionState(sequences, batches[0]!)).toEqual({ isUnresolved: true, needsNewEpoch: false });
    expect(sequences.of(batches[0]!).inFlight.map(stateOf)).toEqual([[1000, 0, 1]]);
  });
});

describe("resolve", () => {
  test("4.8 resolve: while batches are in flight nothing is clear", () => {
    const { sequences, batches } = withInFlight(1, 1);
    sequences.onFailed(batches[0]!, "unknown");
    sequences.resolve();
    expect(partitionState(sequences, batches[0]!)).toEqual({ isUnresolved: true, needsNewEpoch: false });
  });

  test("4.8 resolve: if the broker took what came after it, it had arrived, and all goes on", () => {
    const { sequences, batches } = withInFlight(1, 2);
    sequences.onFailed(batches[0]!, "unknown");
    sequences.onCompleted(batches[1]!);
    sequences.resolve();
    expect(partitionState(sequences, batches[0]!)).toEqual({ isUnresolved: false, needsNewEpoch: false });
    const next = newBatch();
    expect(sequences.maySend(next)).toBe(true);
    sequences.assignSequence(next);
    expect(stateOf(next)).toEqual([1000, 0, 3]);
  });

  test("4.8 resolve: also a late answer makes it clear", () => {
    const { sequences, batches } = withInFlight(1);
    sequences.onFailed(batches[0]!, "unknown");
    sequences.onCompleted(batches[0]!);
    sequences.resolve();
    expect(partitionState(sequences, batches[0]!)).toEqual({ isUnresolved: false, needsNewEpoch: false });
  });

  test("4.8 resolve: if nothing came after it, nobody will ever know: a new epoch", () => {
    const { sequences, batches } = withInFlight(1, 1);
    sequences.onCompleted(batches[0]!);
    sequences.onFailed(batches[1]!, "unknown");
    sequences.resolve();
    expect(partitionState(sequences, batches[0]!)).toEqual({ isUnresolved: false, needsNewEpoch: true });
  });

  test("4.8 resolve: each partition for itself: one with batches in flight doesn't keep the next one waiting", () => {
    const { sequences, batches } = withInFlight(1, 1);
    const other = newBatch(1, 1);
    sequences.assignSequence(other);
    for (const batch of [batches[0]!, other]) sequences.onFailed(batch, "unknown");
    sequences.resolve();
    expect([batches[0]!, other].map((batch) => sequences.of(batch).isUnresolved)).toEqual([true, false]);
  });

  test("4.8 resolve: partitions where all is clear are left alone", () => {
    const { sequences, batches } = withInFlight(1);
    sequences.onFailed(newBatch(1, 1), "unknown");
    sequences.resolve();
    expect(partitionState(sequences, batches[0]!)).toEqual({ isUnresolved: false, needsNewEpoch: false });
  });
});

/** Three batches in flight, with numbers on both sides of the largest: 2³¹ − 2, then 1 and 2. */
function acrossTheWrap(): { sequences: ProducerSequences; batches: ProducerBatch[] } {
  const { sequences } = withInFlight();
  const batches = [newBatch(3), newBatch(1), newBatch(1)];
  sequences.of(batches[0]!).nextSequence = 2 ** 31 - 2;
  for (const batch of batches) sequences.assignSequence(batch);
  return { sequences, batches };
}

describe("after 2³¹ − 1 comes 0", () => {
  test("4.8 maySend: of batches on both sides of it the first is the one that left first [I7]", () => {
    const { sequences, batches } = acrossTheWrap();
    expect(batches.map(({ baseSequence }) => baseSequence)).toEqual([2 ** 31 - 2, 1, 2]);
    expect(batches.map((batch) => sequences.maySend(batch))).toEqual([true, false, false]);
    sequences.onCompleted(batches[0]!);
    expect(batches.slice(1).map((batch) => sequences.maySend(batch))).toEqual([true, false]);
  });

  test("4.8 canRetry: out of order behind a batch with a larger number, which came before it: no gap", () => {
    const { sequences, batches } = acrossTheWrap();
    expect(sequences.canRetry(batches[1]!, OUT_OF_ORDER)).toBe(true);
    expect(sequences.of(batches[1]!).needsNewEpoch).toBe(false);
    sequences.onCompleted(batches[0]!);
    expect(sequences.canRetry(batches[1]!, OUT_OF_ORDER)).toBe(true);
    expect(sequences.of(batches[1]!).needsNewEpoch, "now it is the first").toBe(true);
  });

  test("4.8 onFailed: behind a gap on the one side all wait, also those on the other", () => {
    const { sequences, batches } = acrossTheWrap();
    sequences.onFailed(batches[0]!, "refused");
    expect(batches.slice(1).map((batch) => sequences.maySend(batch))).toEqual([false, false]);
    sequences.raiseEpochIfNeeded(nothingOnWire);
    expect(batches.slice(1).map(stateOf)).toEqual([[1000, 1, 0], [1000, 1, 1]]);
  });

  test("4.8 resolve: what was acknowledged on the other side was there", () => {
    const { sequences, batches } = acrossTheWrap();
    sequences.onFailed(batches[0]!, "unknown");
    for (const batch of batches.slice(1)) sequences.onCompleted(batch);
    sequences.resolve();
    expect(partitionState(sequences, batches[0]!)).toEqual({ isUnresolved: false, needsNewEpoch: false });
  });
});

describe("raiseEpochIfNeeded", () => {
  test("4.8 raiseEpochIfNeeded: waits until the batches are back from the wire, as their bytes change", () => {
    const { sequences, batches } = withInFlight(1, 1);
    sequences.onFailed(batches[0]!, "refused");
    sequences.raiseEpochIfNeeded((batch) => batch === batches[1]);
    expect(sequences.producerEpoch).toBe(0);
    sequences.raiseEpochIfNeeded(nothingOnWire);
    expect(sequences.producerEpoch).toBe(1);
  });

  test("4.8 raiseEpochIfNeeded: when the epochs are used up, a new id is needed, under which all goes on", () => {
    const { sequences } = withInFlight();
    sequences.setId(1000, 0x7fff);
    const [refused, waiting] = [newBatch(1), newBatch(2)];
    for (const batch of [refused, waiting]) sequences.assignSequence(batch);
    sequences.onFailed(refused, "refused");
    sequences.raiseEpochIfNeeded(nothingOnWire);
    expect([sequences.hasId, sequences.maySend(waiting)]).toEqual([false, false]);
    sequences.setId(2000, 0);
    sequences.raiseEpochIfNeeded(nothingOnWire);
    expect(stateOf(waiting)).toEqual([2000, 0, 0]);
    expect(sequences.maySend(waiting)).toBe(true);
  });
});
