/**
 * LZ4, by the library lz4-napi. Kafka uses LZ4's own frame format, with blocks that don't depend on each other: its
 * Java reader takes no others.
 *
 * The library puts out whatever a frame holds, so its size is found first. A frame rarely says how large its content
 * is; but an LZ4 block is a row of "copy so many bytes" orders, and adding them up takes a small part of carrying them
 * out.
 *
 * Source: `org.apache.kafka.common.compress.Lz4BlockInputStream`; the formats are LZ4's `lz4_Frame_format.md`
 * and `lz4_Block_format.md`.
 *
 * @module
 */
import { type Buffer } from "node:buffer";
import lz4 from "lz4-napi";
import { asBuffer } from "#ground/as-buffer";
import { checkOutputSize } from "./output-limit.ts";

const FRAME_MAGIC = 0x184d2204;
const FLAG_BLOCK_CHECKSUMS = 0x10;
const FLAG_CONTENT_SIZE = 0x08;
const FLAG_CONTENT_CHECKSUM = 0x04;
const FLAG_DICTIONARY = 0x01;
/** Bit of a block's length: the block is not compressed. */
const STORED_BLOCK = 0x8000_0000;

/** One LZ4 frame of independent blocks. */
export function lz4Compress(bytes: Uint8Array): Uint8Array {
  return lz4.compressFrameSync(asBuffer(bytes));
}

/** Inflates one frame; what follows it is ignored. @throws OutputLimitError @throws Error when damaged */
export function lz4Decompress(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const buffer = asBuffer(bytes);
  const frameBytes = measureFrame(buffer, maxBytes);
  return lz4.decompressFrameSync(buffer.subarray(0, frameBytes));
}

/**
 * Walks over the frame at the start of `bytes`.
 * @returns the frame's length
 * @throws OutputLimitError when its content is larger than `maxBytes`
 * @throws Error when it is not whole
 */
function measureFrame(bytes: Buffer, maxBytes: number): number {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== FRAME_MAGIC) throw new Error("it doesn't begin like a frame");
  const flags = bytes[4]!;
  let at = 6 + (flags & FLAG_CONTENT_SIZE ? 8 : 0) + (flags & FLAG_DICTIONARY ? 4 : 0) + 1;
  let size = 0;
  for (;;) {
    if (at + 4 > bytes.length) throw new Error("the frame is cut off");
    const header = bytes.readUInt32LE(at);
    at += 4;
    if (header === 0) break;
    const length = header & ~STORED_BLOCK;
    if (length > bytes.length - at) throw new Error("a block is cut off");
    size += header & STORED_BLOCK ? length : sizeOfLz4Block(bytes, at, at + length);
    checkOutputSize(size, maxBytes);
    at += length + (flags & FLAG_BLOCK_CHECKSUMS ? 4 : 0);
  }
  return at + (flags & FLAG_CONTENT_CHECKSUM ? 4 : 0);
}

/** Adds up what the sequences of a block put out: literals, then a match; the last one has literals only. */
function sizeOfLz4Block(bytes: Uint8Array, at: number, end: number): number {
  let size = 0;
  while (at < end) {
    const token = bytes[at++]!;
    let literals = token >>> 4;
    if (literals === 15) {
      let more;
      do literals += more = bytes[at++] ?? 0;
      while (more === 255);
    }
    at += literals;
    size += literals;
    if (at >= end) break;
    at += 2; // how far back the match lies
    let match = (token & 15) + 4;
    if (match === 19) {
      let more;
      do match += more = bytes[at++] ?? 0;
      while (more === 255);
    }
    size += match;
  }
  return size;
}
