import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  compress,
  COMPRESSION_TYPES,
  compressionId,
  compressionTypeForId,
  decompress,
} from "#ground/compression/compression";
import { property } from "../support/property.ts";
import { DAMAGED, GOLDEN, named, outcome } from "./golden-batches.ts";

const CODECS = ["gzip", "snappy", "lz4", "zstd"] as const;
const codec = fc.constantFrom(...CODECS);

/** Bytes with something to compress in them. */
const compressible = fc.array(fc.constantFrom("kafka ", "record ", "batch ", "0123456789", "\0"), { maxLength: 4000 })
  .map((words) => Buffer.from(words.join("")));
const anyBytes = fc.oneof(compressible, fc.uint8Array({ maxLength: 300 }));

/** What `decompress` comes to: how many bytes, or Kafka's name of the error. */
function inflated(name: (typeof CODECS)[number], bytes: Uint8Array, maxBytes: number = 10_000_000): number | string {
  return outcome(() => decompress(name, bytes, maxBytes).length);
}

describe("codecs", () => {
  test("given: numbers are Apache Kafka's", () => {
    expect(COMPRESSION_TYPES.map(compressionId)).toEqual([0, 1, 2, 3, 4]);
    expect([0, 1, 2, 3, 4].map(compressionTypeForId)).toEqual(["none", "gzip", "snappy", "lz4", "zstd"]);
    expect(outcome(() => compressionTypeForId(5))).toBe("CORRUPT_MESSAGE");
  });

  test("given: what was compressed is inflated again", () => {
    property([codec, anyBytes], (name, bytes) => {
      const back = decompress(name, compress(name, bytes), bytes.length);
      expect(Buffer.compare(back, bytes), `${bytes.length} bytes through ${name}`).toBe(0);
    });
  });

  test("given: over several blocks, too", () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251));
    for (const name of CODECS) {
      const back = decompress(name, compress(name, bytes), bytes.length);
      expect(Buffer.compare(back, bytes), name).toBe(0);
    }
  });

  test("given: no codec leaves the bytes where they are", () => {
    const bytes = Buffer.from("as they are");
    expect([compress("none", bytes) === bytes, decompress("none", bytes, 1) === bytes]).toEqual([true, true]);
  });

  test("given: snappy is written in Java's frame, and read with and without", () => {
    const framed = Buffer.from(compress("snappy", Buffer.from("hello")));
    expect(framed.toString("hex")).toBe("82534e41505059000000000100000001" + "00000007" + "05" + "10" + "68656c6c6f");
    expect(Buffer.from(decompress("snappy", framed.subarray(20), 5)).toString()).toBe("hello");
  });

  test("given: lz4 is a frame of independent blocks: Java reads no others", () => {
    const frame = Buffer.from(compress("lz4", Buffer.from("hello")));
    expect([frame.readUInt32LE(0).toString(16), frame[4]! >> 5]).toEqual(["184d2204", 0b011]);
  });
});

describe("limits", () => {
  test("given: exactly as much as allowed may come out", () => {
    for (const name of CODECS) {
      const packed = compress(name, Buffer.alloc(200_000, "kafka"));
      expect(inflated(name, packed, 200_000), name).toBe(200_000);
      expect(inflated(name, packed, 199_999), name).toBe("MESSAGE_TOO_LARGE");
    }
  });

  test("given: Apache Kafka's own streams, which don't say how much is in them, have a limit, too", () => {
    for (const name of CODECS) {
      const { bytes, batches } = named(GOLDEN, `${name}-large`);
      const { length } = batches[0]!.uncompressedRecords;
      expect(inflated(name, bytes.subarray(61), length), name).toBe(length);
      expect(inflated(name, bytes.subarray(61), length - 1), name).toBe("MESSAGE_TOO_LARGE");
    }
  });

  test("given: a claim of a huge size is refused, whatever follows", () => {
    const zstd = Buffer.from("28b52ffde00000000001000000010000", "hex"); // 4 GiB in a frame of one empty block
    expect(inflated("zstd", zstd)).toBe("MESSAGE_TOO_LARGE");
    expect(inflated("snappy", Buffer.from("ffffffff0f0068", "hex"))).toBe("CORRUPT_MESSAGE");
  });

  test("given: a bomb is refused: a thousand bytes that hold a million", () => {
    for (const name of CODECS) {
      const bomb = compress(name, new Uint8Array(4_000_000));
      expect(inflated(name, bomb, 1_000_000), name).toBe("MESSAGE_TOO_LARGE");
    }
  });
});

describe("damage", () => {
  test("given: Apache Kafka's damaged streams are refused", () => {
    for (const { name, bytes } of DAMAGED) {
      const [, by, what] = /^(gzip|snappy|lz4|zstd)-(.*)$/.exec(name) ?? [];
      if (by === undefined || what!.startsWith("count")) continue;
      const expected = what === "trailing-garbage" ? expect.any(Number) : "CORRUPT_MESSAGE";
      expect(inflated(by as (typeof CODECS)[number], bytes.subarray(61)), name).toEqual(expected);
    }
  });

  test("given: what follows the end of a gzip stream is ignored, unless it hides the end", () => {
    const stream = gzipSync("records");
    expect(inflated("gzip", Buffer.concat([stream, Buffer.from("more")]))).toBe(7);
    expect(inflated("gzip", Buffer.concat([stream.subarray(0, -1), Buffer.from("more")]))).toBe("CORRUPT_MESSAGE");
  });

  test("given: every stream that is cut short is refused", () => {
    for (const name of CODECS) {
      const whole = compress(name, Buffer.from("one two three four ".repeat(20)));
      for (let cut = 0; cut < whole.length; cut++) {
        const got = inflated(name, whole.subarray(0, cut));
        // Snappy's frame has no end of its own: after its header it may stop between two blocks.
        if (name === "snappy" && cut === 16) expect(got).toBe(0);
        else expect(got, `${name}, ${cut} of ${whole.length} bytes`).toBe("CORRUPT_MESSAGE");
      }
    }
  });

  test("given: any bytes are inflated within the limit or refused", () => {
    const mutations = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
    property([codec, anyBytes, mutations], (name, bytes, changes) => {
      const stream = Buffer.from(compress(name, bytes));
      for (const [at, byte] of changes) stream[at % stream.length] = byte;
      for (const some of [stream, Buffer.from(bytes)]) {
        const got = inflated(name, some, 5000);
        if (typeof got === "number") expect(got).toBeLessThanOrEqual(5000);
        else expect(got).toBeOneOf(["CORRUPT_MESSAGE", "MESSAGE_TOO_LARGE"]);
      }
    }, { runs: 200 });
  });
});
