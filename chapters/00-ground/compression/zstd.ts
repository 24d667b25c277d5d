/**
 * Zstandard: node:zlib's from Node 22.15 on, before that the library zstd-wasm, which must be loaded first. That is
 * done once, while this module is imported, so that everybody else can call it like any function.
 *
 * Source: RFC 8878 for the frame.
 *
 * @module
 */
import { type Buffer } from "node:buffer";
import * as zlib from "node:zlib";
import { compress as wasmCompress, decompress as wasmDecompress, init } from "@bokuweb/zstd-wasm";
import { asBuffer } from "#ground/as-buffer";
import { checkOutputSize } from "./output-limit.ts";

/** The functions of node:zlib that Node 20 and its types lack. */
interface NodeZstd {
  zstdCompressSync(bytes: Uint8Array): Uint8Array;
  zstdDecompressSync(bytes: Uint8Array, options: { maxOutputLength: number }): Uint8Array;
}

const nodeZstd = "zstdCompressSync" in zlib ? (zlib as unknown as NodeZstd) : null;
if (nodeZstd === null) await init();

const FRAME_MAGIC = 0xfd2fb528;
/** A block puts out no more than this. */
const MAX_BLOCK_BYTES = 128 * 1024;
const RUN_LENGTH_BLOCK = 1;
const COMPRESSED_BLOCK = 2;

/** One zstd frame at level 3. */
export function zstdCompress(bytes: Uint8Array): Uint8Array {
  return nodeZstd === null ? wasmCompress(bytes, 3) : nodeZstd.zstdCompressSync(bytes);
}

/** Inflates a frame. @throws OutputLimitError @throws Error when damaged */
export function zstdDecompress(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const frame = asBuffer(bytes);
  const { contentSize, atMost } = measureFrame(frame);
  checkOutputSize(contentSize ?? 0, maxBytes);
  const capacity = Math.max(1, Math.min(contentSize ?? atMost, maxBytes));
  if (nodeZstd !== null) return nodeZstd.zstdDecompressSync(frame, { maxOutputLength: capacity });
  try {
    const inflated = wasmDecompress(frame, { defaultHeapSize: capacity });
    // A Buffer, as node:zlib and the other codecs give it.
    return asBuffer(inflated);
  } catch (error) {
    // −70 is the library's ZSTD_error_dstSize_tooSmall.
    if (error instanceof Error && error.message.endsWith("-70")) checkOutputSize(atMost, maxBytes);
    throw error;
  }
}

/**
 * Walks over the frame at the start of `frame`, block by block. Both decoders need it: one takes memory for whatever
 * the header claims, the other one takes a frame that is cut off for a short one.
 *
 * @returns what the header says will come out, null if it doesn't; and what the blocks can put out at most
 * @throws Error when the frame is not whole
 */
function measureFrame(frame: Buffer): { contentSize: number | null; atMost: number } {
  if (frame.length < 6 || frame.readUInt32LE(0) !== FRAME_MAGIC) throw new Error("it doesn't begin like a frame");
  const descriptor = frame[4]!;
  const singleSegment = (descriptor & 0x20) !== 0;
  const hasChecksum = (descriptor & 0x04) !== 0;
  const contentSizeAt = 5 + (singleSegment ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!;
  const contentSizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6]!;
  const firstBlockAt = contentSizeAt + contentSizeBytes;
  if (firstBlockAt > frame.length) throw new Error("the frame's header is cut off");
  const contentSize = contentSizeBytes === 0 ? null : readContentSize(frame, contentSizeAt, contentSizeBytes);
  return { contentSize, atMost: measureBlocks(frame, firstBlockAt, hasChecksum ? 4 : 0) };
}

function readContentSize(frame: Buffer, at: number, length: number): number {
  if (length === 8) return frame.readUInt32LE(at) + frame.readUInt32LE(at + 4) * 2 ** 32;
  return frame.readUIntLE(at, length) + (length === 2 ? 256 : 0);
}

/** Raw and run-length blocks say how much they put out; a compressed one may fill a whole block. */
function measureBlocks(frame: Buffer, firstBlockAt: number, checksumBytes: number): number {
  let at = firstBlockAt;
  let atMost = 0;
  for (;;) {
    if (at + 3 > frame.length) throw new Error("the frame is cut off");
    const header = frame.readUIntLE(at, 3);
    const type = (header >>> 1) & 3;
    const size = header >>> 3;
    at += 3 + (type === RUN_LENGTH_BLOCK ? 1 : size);
    atMost += type === COMPRESSED_BLOCK ? MAX_BLOCK_BYTES : size;
    const isLast = (header & 1) === 1;
    if (at + (isLast ? checksumBytes : 0) > frame.length) throw new Error("a block is cut off");
    if (isLast) return atMost;
  }
}
