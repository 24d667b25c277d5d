/**
 * Zstandard: node:zlib's from Node 22.15 on, before that the library zstd-wasm, which must be loaded first. That is
 * done once, while this module is imported, so that everybody else can call it like any function.
 *
 * Source: RFC 8878 for the frame.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import * as zlib from "node:zlib";
import { compress as wasmCompress, decompress as wasmDecompress, init } from "@bokuweb/zstd-wasm";
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
  if (nodeZstd !== null) return nodeZstd.zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, maxBytes) });
  return decompressInto(bytes, maxBytes);
}

/** The library has to be told how much memory the output takes, or believes the frame. So the frame is read first. */
function decompressInto(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const atMost = sizeBound(bytes, maxBytes);
  try {
    return wasmDecompress(bytes, { defaultHeapSize: Math.min(atMost, maxBytes) });
  } catch (error) {
    // −70 is the library's ZSTD_error_dstSize_tooSmall.
    if (error instanceof Error && error.message.endsWith("-70")) checkOutputSize(atMost, maxBytes);
    throw error;
  }
}

/**
 * The most that the frame at the start of `bytes` can put out: what its header says, or else the sum over its blocks.
 * @throws OutputLimitError when the header says more than `maxBytes`
 * @throws Error when the frame is not whole
 */
function sizeBound(bytes: Uint8Array, maxBytes: number): number {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (frame.length < 6 || frame.readUInt32LE(0) !== FRAME_MAGIC) throw new Error("it doesn't begin like a frame");
  const descriptor = frame[4]!;
  const singleSegment = (descriptor & 0x20) !== 0;
  const contentSizeAt = 5 + (singleSegment ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!;
  const contentSizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6]!;
  if (contentSizeBytes > 0) {
    const size = contentSize(frame, contentSizeAt, contentSizeBytes);
    checkOutputSize(size, maxBytes);
    return size;
  }
  return sizeBoundOfBlocks(frame, contentSizeAt);
}

function contentSize(frame: Buffer, at: number, length: number): number {
  if (at + length > frame.length) throw new Error("the frame's header is cut off");
  if (length === 8) return frame.readUInt32LE(at) + frame.readUInt32LE(at + 4) * 2 ** 32;
  return frame.readUIntLE(at, length) + (length === 2 ? 256 : 0);
}

/** Raw and run-length blocks say how much they put out; a compressed one may fill a whole block. */
function sizeBoundOfBlocks(frame: Buffer, firstBlockAt: number): number {
  let at = firstBlockAt;
  let bound = 0;
  for (;;) {
    if (at + 3 > frame.length) throw new Error("the frame is cut off");
    const header = frame.readUIntLE(at, 3);
    const type = (header >>> 1) & 3;
    const size = header >>> 3;
    at += 3 + (type === RUN_LENGTH_BLOCK ? 1 : size);
    bound += type === COMPRESSED_BLOCK ? MAX_BLOCK_BYTES : size;
    if ((header & 1) === 1) return bound;
  }
}
