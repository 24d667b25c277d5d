import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { FrameMemory } from "#ground/network/frame-memory";
import { FrameReader } from "#ground/network/frame-reader";
import { property } from "../../support/property.ts";

const MEBIBYTE = 1024 * 1024;

function framed(body: Uint8Array | string): Buffer {
  const bytes = Buffer.from(body as string);
  const frame = Buffer.alloc(4 + bytes.length);
  frame.writeInt32BE(bytes.length);
  bytes.copy(frame, 4);
  return frame;
}

function read(reader: FrameReader, ...chunks: Uint8Array[]): string[] {
  const frames: string[] = [];
  for (const chunk of chunks) reader.push(chunk, (frame) => frames.push(Buffer.from(frame).toString()));
  return frames;
}

describe("frames", () => {
  test("joined in one chunk come one by one", () => {
    const chunk = Buffer.concat([framed("first"), framed("second"), framed("last")]);
    expect(read(new FrameReader(100), chunk)).toEqual(["first", "second", "last"]);
  });

  test("cut at every byte come whole", () => {
    const stream = Buffer.concat([framed("first"), framed("second")]);
    const chunks = [...stream].map((byte) => Uint8Array.of(byte));
    expect(read(new FrameReader(100), ...chunks)).toEqual(["first", "second"]);
  });

  test("are the receiver's own: what happens to the chunk later does not matter", () => {
    const reader = new FrameReader(100);
    const chunk = framed("mine");
    let got: Uint8Array | undefined;
    reader.push(chunk.subarray(0, 6), () => {});
    reader.push(chunk.subarray(6), (frame) => (got = frame));
    chunk.fill(0xdd);
    got![0] = "M".charCodeAt(0);
    expect(Buffer.from(got!).toString()).toBe("Mine");
  });

  test("of any sizes, in chunks of any sizes, come out as they went in", () => {
    const sizes = fc.oneof(fc.integer({ min: 4, max: 50 }), fc.integer({ min: 4, max: 40_000 }));
    const chunks = fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 8 });
    property(
      [fc.array(sizes, { maxLength: 8 }), chunks],
      (frameSizes, chunkSizes) => {
        const stream = Buffer.concat(frameSizes.map((size, i) => framed(Buffer.alloc(size, i + 1))));
        const reader = new FrameReader(MEBIBYTE);
        const got: Uint8Array[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = chunkSizes[i % chunkSizes.length]!;
          const chunk = Buffer.from(stream.subarray(at, at + size));
          reader.push(chunk, (frame) => got.push(frame));
          chunk.fill(0xdd);
          at += size;
        }
        expect(got.map((frame) => frame.length)).toEqual(frameSizes);
        got.forEach((frame, i) => expect(Buffer.alloc(frame.length, i + 1).equals(frame)).toBe(true));
      },
      { runs: 30 },
    );
  });
});

describe("sizes that can't be", () => {
  test.each([
    ["negative", [0xff, 0xff, 0xff, 0xff], "got -1."],
    ["zero", [0, 0, 0, 0], "got 0."],
    ["less than a header", [0, 0, 0, 3], "got 3."],
    ["above the limit", [0, 0, 0, 101], "got 101."],
    ["an HTTP request", Buffer.from("POST"), 'got what looks like HTTP ("POST").'],
    ["an HTTP answer", Buffer.from("HTTP"), 'got what looks like HTTP ("HTTP").'],
    ["a TLS client", [0x16, 0x03, 0x01, 0x02], "got what looks like TLS."],
    ["a TLS alert", [0x15, 0x03, 0x03, 0x00], "got what looks like TLS."],
  ])("%s", (_, size, got) => {
    const refusal = expect.objectContaining({
      code: "INVALID_REQUEST",
      message: `Expected the size of a frame, 4 to 100 bytes, ${got}`,
    });
    expect(() => read(new FrameReader(100), Uint8Array.from(size))).toThrow(refusal);
    const inPieces = [...size].map((byte) => Uint8Array.of(byte));
    expect(() => read(new FrameReader(100), ...inPieces)).toThrow(refusal);
  });

  test("the limit itself is allowed, and so is the smallest frame", () => {
    expect(read(new FrameReader(6), framed("123456"), framed("1234"))).toEqual(["123456", "1234"]);
  });

  test("frames before a bad size have come", () => {
    const reader = new FrameReader(100);
    const got: Uint8Array[] = [];
    const stream = Buffer.concat([framed("good"), Buffer.alloc(4)]);
    expect(() => reader.push(stream, (frame) => got.push(frame))).toThrow("got 0.");
    expect(got).toHaveLength(1);
  });
});

describe("memory", () => {
  function reservedBy(run: () => unknown): number {
    const before = process.memoryUsage().arrayBuffers;
    const kept = run();
    const after = process.memoryUsage().arrayBuffers;
    expect(kept).toBeDefined();
    return after - before;
  }

  const claim = Buffer.from([0x06, 0x40, 0x00, 0x00]); // 100 MiB

  test("a thousand peers that claim 100 MiB and send next to nothing cost next to nothing", () => {
    const reserved = reservedBy(() =>
      Array.from({ length: 1000 }, () => {
        const reader = new FrameReader(100 * MEBIBYTE);
        read(reader, claim, Uint8Array.of(1, 2, 3));
        expect(reader.room()).toBeNull();
        return reader;
      }),
    );
    expect(reserved).toBeLessThan(MEBIBYTE);
  });

  test("what is reserved is bounded by what has come, and by a mebibyte for who has sent as much before", () => {
    const reader = new FrameReader(100 * MEBIBYTE);
    read(reader, framed(Buffer.alloc(3 * MEBIBYTE)));
    expect(reservedBy(() => read(reader, claim, Uint8Array.of(1)))).toBeLessThan(1.1 * MEBIBYTE);
    expect(reservedBy(() => read(reader, Buffer.alloc(2 * MEBIBYTE)))).toBeLessThan(11 * MEBIBYTE);
  });
});

describe("room for what is missing of a frame", () => {
  const ignore = (): void => {};

  test("is given once at least 32 KiB are missing and as much may be reserved", () => {
    const reader = new FrameReader(MEBIBYTE);
    expect(reader.room()).toBeNull();
    const stream = framed(Buffer.alloc(100_000, 1));
    reader.push(stream.subarray(0, 4), ignore);
    expect(reader.room()).toBeNull();
    reader.push(stream.subarray(4, 30_004), ignore);
    expect(reader.room()).toHaveLength(70_000);
    reader.push(stream.subarray(30_004, 80_004), ignore);
    expect(reader.room()).toBeNull();
    // Its next frame may be as large.
    reader.push(stream.subarray(80_004), ignore);
    expect(reader.room()).toBeNull();
    reader.push(stream.subarray(0, 4), ignore);
    expect(reader.room()).toHaveLength(100_000);
  });

  test("frames of any sizes come out as they went in, whatever is pushed and whatever is put there", () => {
    const sizes = fc.array(fc.integer({ min: 4, max: 300_000 }), { minLength: 1, maxLength: 6 });
    const steps = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 70_000 }), isPushed: fc.boolean() }), {
      minLength: 1,
      maxLength: 8,
    });
    property(
      [sizes, steps],
      (frameSizes, howRead) => {
        const stream = Buffer.concat(frameSizes.map((size, i) => framed(Buffer.alloc(size, i + 1))));
        const reader = new FrameReader(MEBIBYTE, new FrameMemory());
        const got: Uint8Array[] = [];
        const onFrame = (frame: Uint8Array): void => void got.push(frame);
        for (let at = 0, i = 0; at < stream.length; i++) {
          const { bytes, isPushed } = howRead[i % howRead.length]!;
          const room = isPushed ? null : reader.room();
          const chunk = stream.subarray(at, at + Math.min(bytes, room?.length ?? bytes));
          at += chunk.length;
          room?.set(chunk);
          if (room === null) reader.push(chunk, onFrame);
          else reader.filled(chunk.length, onFrame);
        }
        expect(got.map((frame) => frame.length)).toEqual(frameSizes);
        got.forEach((frame, i) => expect(Buffer.alloc(frame.length, i + 1).equals(frame)).toBe(true));
      },
      { runs: 30 },
    );
  });
});

describe("memory that is used again", () => {
  test("holds a later frame once it has been given back, and not before", () => {
    const memory = new FrameMemory();
    const reader = new FrameReader(MEBIBYTE, memory);
    const got: Uint8Array[] = [];
    const receive = (fill: number): void => {
      reader.push(framed(Buffer.alloc(100_000, fill)), (frame) => got.push(frame));
    };
    receive(1);
    receive(2);
    memory.giveBack(got[0]!);
    receive(3);
    expect(got[2]!.buffer).toBe(got[0]!.buffer);
    expect(got[1]!.buffer).not.toBe(got[0]!.buffer);
    expect(got.slice(1).map((frame) => [frame.length, frame.at(0), frame.at(-1)])).toEqual([
      [100_000, 2, 2],
      [100_000, 3, 3],
    ]);
  });

  test("of any sizes: what was not given back stays as it is, whatever comes later", () => {
    const size = fc.oneof(fc.integer({ min: 4, max: 40_000 }), fc.integer({ min: 30_000, max: 1_100_000 }));
    const frames = fc.array(fc.record({ size, isGivenBack: fc.boolean() }), { maxLength: 12 });
    property(
      [frames, fc.integer({ min: 10_000, max: 200_000 })],
      (wanted, chunkSize) => {
        const memory = new FrameMemory();
        const readers = [new FrameReader(2 * MEBIBYTE, memory), new FrameReader(2 * MEBIBYTE, memory)];
        const kept: { frame: Uint8Array; size: number; fill: number }[] = [];
        wanted.forEach(({ size: bytes, isGivenBack }, i) => {
          const stream = framed(Buffer.alloc(bytes, i + 1));
          for (let at = 0; at < stream.length; at += chunkSize) {
            readers[i % 2]!.push(stream.subarray(at, at + chunkSize), (frame) => {
              expect(Buffer.alloc(bytes, i + 1).equals(frame)).toBe(true);
              if (isGivenBack) memory.giveBack(frame);
              else kept.push({ frame, size: bytes, fill: i + 1 });
            });
          }
        });
        for (const { frame, size: bytes, fill } of kept) expect(Buffer.alloc(bytes, fill).equals(frame)).toBe(true);
      },
      { runs: 30 },
    );
  });

  test("is bounded: 8 MiB wait for later frames, the rest is given up", () => {
    const memory = new FrameMemory();
    const taken = Array.from({ length: 20 }, () => memory.take(MEBIBYTE));
    for (const each of taken) memory.giveBack(each);
    const before = new Set(taken.map(({ buffer }) => buffer));
    const again = Array.from({ length: 20 }, () => memory.take(MEBIBYTE).buffer);
    expect(again.filter((buffer) => before.has(buffer))).toHaveLength(8);
    expect(new Set(again).size).toBe(20);
  });

  test("is only what was made here: a stranger's stays the stranger's, whatever its size", () => {
    const memory = new FrameMemory();
    const theirs = Buffer.alloc(MEBIBYTE, 7);
    memory.giveBack(theirs);
    expect(memory.take(MEBIBYTE).buffer).not.toBe(theirs.buffer);
    // Small frames may lie in a buffer that Node shares out.
    const small = memory.take(100);
    memory.giveBack(small);
    for (const bytes of [32, 64, 128, 256]) expect(memory.take(bytes * 1024).buffer).not.toBe(small.buffer);
  });

  test("given back twice, it is there once", () => {
    const memory = new FrameMemory();
    const frame = memory.take(100_000);
    memory.giveBack(frame);
    memory.giveBack(frame);
    expect(memory.take(100_000).buffer).not.toBe(memory.take(100_000).buffer);
  });
});
