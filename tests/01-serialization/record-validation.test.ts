import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import {
  assignOffsets,
  hasTransactionalRecords,
  RecordBatchBuilder,
  type RecordBatchOptions,
  type RecordRules,
  RecordValidationError,
  validateProducedRecords,
} from "#serialization";
import { expectBytes } from "../support/hexdump.ts";
import { batchFields, DAMAGED, named, outcome } from "./golden-batches.ts";

const NOW = 1_736_678_348_913;
const HOUR = 3_600_000;

/** Kafka 4.0's rules for a topic with default settings. */
const RULES: RecordRules = {
  maxMessageBytes: 1_048_588,
  timestampType: "CreateTime",
  compactedTopic: false,
  nowMs: NOW,
  timestampBeforeMaxMs: 2n ** 63n - 1n,
  timestampAfterMaxMs: HOUR,
};

/** A batch of records with these timestamps; keys are null. */
function batchOf(timestamps: readonly number[], options?: RecordBatchOptions, key: Uint8Array | null = null): Buffer {
  const builder = new RecordBatchBuilder(options);
  for (const timestamp of timestamps) builder.append(timestamp, key, Buffer.from("value"));
  return Buffer.from(builder.build());
}

/** A batch of a million zeros and some. */
function batchOf1MB(compression: "gzip" | "none"): Uint8Array {
  const builder = new RecordBatchBuilder({ compression });
  builder.append(NOW, null, new Uint8Array(1_000_000));
  return builder.build();
}

/** "ok", or Kafka's name of the error. */
function verdict(records: Uint8Array, rules: Partial<RecordRules> = {}): string {
  return outcome(() => (validateProducedRecords(records, { ...RULES, ...rules }), "ok"));
}

/** The errors of single records. */
function recordErrors(records: Uint8Array, rules: Partial<RecordRules>): unknown {
  try {
    validateProducedRecords(records, { ...RULES, ...rules });
    return [];
  } catch (error) {
    if (!(error instanceof RecordValidationError)) throw error;
    return { code: error.code, indexes: error.recordErrors.map(({ batchIndex }) => batchIndex) };
  }
}

/** What a broker makes of the records of a produce request without a transactional id: an error, or what it stores. */
function produced(records: Buffer): { errorCode: number; storedHex?: string } {
  try {
    if (hasTransactionalRecords(records)) return { errorCode: 53 };
    const validated = validateProducedRecords(records, RULES);
    assignOffsets(validated, 0, 0, RULES);
    return { errorCode: 0, storedHex: Buffer.from(validated.batch.slice()).toString("hex") };
  } catch (error) {
    const { errorCode } = error as { errorCode?: number };
    if (errorCode === undefined) throw error;
    return { errorCode };
  }
}

describe("validateProducedRecords", () => {
  test("1.7 validateProducedRecords: each batch is refused or stored as Apache Kafka's broker did [I4]", () => {
    for (const { name, bytes, broker } of DAMAGED) {
      const { errorCode, storedHex } = produced(Buffer.from(bytes));
      expect(errorCode, name).toBe(broker.errorCode);
      if (broker.storedHex !== undefined) {
        expectBytes(Buffer.from(storedHex!, "hex"), broker.storedHex, { decode: batchFields });
      }
    }
  });

  test("1.7 validateProducedRecords: changes nothing", () => {
    for (const { name, bytes } of DAMAGED) {
      const copy = Buffer.from(bytes);
      outcome(() => validateProducedRecords(copy, RULES));
      expect(copy.equals(bytes), name).toBe(true);
    }
  });

  test("1.7 validateProducedRecords: a batch of the largest size is taken, a byte more is not", () => {
    const batch = batchOf([NOW]);
    expect(verdict(batch, { maxMessageBytes: batch.length })).toBe("ok");
    expect(verdict(batch, { maxMessageBytes: batch.length - 1 })).toBe("MESSAGE_TOO_LARGE");
  });

  test("1.7 validateProducedRecords: half a batch after the batch is left out", () => {
    const batch = batchOf([NOW, NOW]);
    const { batch: stored } = validateProducedRecords(Buffer.concat([batch, batch.subarray(0, 30)]), RULES);
    expect(stored.slice().length).toBe(batch.length);
  });

  test("1.7 validateProducedRecords: on a compacted topic every record needs a key, maybe an empty one [I2]", () => {
    const both = { code: "INVALID_RECORD", indexes: [0, 1] };
    expect(recordErrors(batchOf([NOW, NOW]), { compactedTopic: true })).toEqual(both);
    expect(verdict(batchOf([NOW], {}, new Uint8Array(0)), { compactedTopic: true })).toBe("ok");
    const compressed = batchOf([NOW], { compression: "zstd" });
    expect(recordErrors(compressed, { compactedTopic: true })).toEqual({ code: "INVALID_RECORD", indexes: [0] });
  });

  test("1.7 validateProducedRecords: timestamps too far from now are refused, records without one are not", () => {
    const second = { code: "INVALID_TIMESTAMP", indexes: [1] };
    expect(recordErrors(batchOf([NOW + HOUR, NOW + HOUR + 1, -1]), {})).toEqual(second);
    const early = batchOf([NOW - HOUR, NOW - HOUR - 1, -1]);
    expect(recordErrors(early, { timestampBeforeMaxMs: HOUR })).toEqual(second);
    expect(verdict(batchOf([0, -1, NOW]))).toBe("ok");
  });

  test("1.7 validateProducedRecords: where the broker stamps, the records' own times don't matter", () => {
    expect(verdict(batchOf([NOW + 2 * HOUR]), { timestampType: "LogAppendTime" })).toBe("ok");
    const stamped = named(DAMAGED, "producer-log-append-time").bytes;
    expect(verdict(stamped, { timestampType: "LogAppendTime" })).toBe("INVALID_TIMESTAMP");
  });

  test("1.7 validateProducedRecords: control batches come from the broker alone", () => {
    const marker = named(DAMAGED, "producer-control-batch").bytes;
    expect([verdict(marker), verdict(marker, { origin: "coordinator" })]).toEqual(["INVALID_RECORD", "ok"]);
  });

  test("1.7 validateProducedRecords: a compressed batch may not inflate beyond the limit [I6]", () => {
    expect(verdict(batchOf1MB("gzip"), { inflation: { leftBytes: 999_999 } })).toBe("MESSAGE_TOO_LARGE");
  });

  test("1.7 validateProducedRecords: nor all of a request beyond theirs; one that fails counts in full [I6]", () => {
    const compressed = batchOf1MB("gzip");
    const inflation = { leftBytes: 2_500_000 };
    expect(verdict(compressed, { inflation })).toBe("ok");
    expect(inflation.leftBytes).toBeLessThan(1_500_000);
    expect(verdict(batchOf1MB("none"), { inflation })).toBe("ok");
    expect(verdict(compressed, { inflation })).toBe("ok");
    expect(inflation.leftBytes).toBeGreaterThan(0);
    expect(verdict(compressed, { inflation })).toBe("MESSAGE_TOO_LARGE");
    expect(inflation.leftBytes).toBe(0);
    expect(verdict(compressed, { inflation })).toBe("MESSAGE_TOO_LARGE");
    expect(verdict(batchOf1MB("none"), { inflation })).toBe("ok");
  });
});

describe("assignOffsets", () => {
  const CREATE_TIME = { timestampType: "CreateTime", nowMs: NOW } as const;
  const APPEND_TIME = { timestampType: "LogAppendTime", nowMs: NOW } as const;

  test("1.7 assignOffsets: offset and leader epoch are written, the checksum stays", () => {
    const batch = batchOf([NOW, NOW + 5, NOW + 2]);
    const validated = validateProducedRecords(batch, RULES);
    const { crc } = validated.batch;
    expect(assignOffsets(validated, 5000, 7, CREATE_TIME)).toEqual({ lastOffset: 5002, maxTimestamp: NOW + 5 });
    const { baseOffset, lastOffset, partitionLeaderEpoch } = validated.batch;
    expect([baseOffset, lastOffset, partitionLeaderEpoch]).toEqual([5000, 5002, 7]);
    expect([validated.batch.crc, validated.batch.isValid()]).toEqual([crc, true]);
  });

  test("1.7 assignOffsets: the checksum is not taken again without need: that would be a third of the work", () => {
    const validated = validateProducedRecords(batchOf([NOW]), RULES);
    validated.batch.bytes[70]! ^= 1; // as if the memory failed just now: the stored sum must still tell
    assignOffsets(validated, 0, 0, CREATE_TIME);
    expect(validated.batch.isValid()).toBe(false);
  });

  test("1.7 assignOffsets: with LogAppendTime type and time are written, and the checksum again", () => {
    const validated = validateProducedRecords(batchOf([1000, 9000], { compression: "lz4" }), RULES);
    expect(assignOffsets(validated, 10, 0, APPEND_TIME)).toEqual({ lastOffset: 11, maxTimestamp: NOW });
    const { timestampType, maxTimestamp, compression } = validated.batch;
    expect({ timestampType, maxTimestamp, compression, valid: validated.batch.isValid() }).toEqual({
      timestampType: "LogAppendTime", maxTimestamp: NOW, compression: "lz4", valid: true,
    });
    expect([...validated.batch.records()].map(({ timestamp }) => timestamp)).toEqual([NOW, NOW]);
  });

  test("1.7 assignOffsets: producer and transaction stay what they were", () => {
    const producer = { producerId: 9, producerEpoch: 1, baseSequence: 3, isTransactional: true };
    const validated = validateProducedRecords(batchOf([1000], { ...producer, compression: "gzip" }), RULES);
    assignOffsets(validated, 10, 4, APPEND_TIME);
    const { producerId, producerEpoch, baseSequence, isTransactional, isControl } = validated.batch;
    expect({ producerId, producerEpoch, baseSequence, isTransactional }).toEqual(producer);
    expect(isControl).toBe(false);
  });
});
