/**
 * snappy, by the library snappyjs. Snappy itself has no frame; Java's library put one of its own around it ("xerial"),
 * and since Kafka was first spoken in Java, that is what Kafka's snappy is: a header of 16 bytes, then blocks of up
 * to 32 KiB, each behind its compressed length. Some clients send one bare block. Both are read, the first is written.
 *
 * Source: `org.xerial.snappy.SnappyOutputStream`; the block format is Google's `format_description.txt`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { readInt32 } from "#ground/int64";
// @ts-expect-error: the package has no types. The two functions below are all of it.
import snappyjs from "snappyjs";
import { checkOutputSize } from "./output-limit.ts";

const snappy: {
  compress(bytes: Uint8Array): Uint8Array;
  uncompress(block: Uint8Array): Uint8Array;
} = snappyjs;

/** `\x82SNAPPY\0`, version 1, readable since version 1. */
const XERIAL_HEADER = Buffer.from("82534e41505059000000000100000001", "hex");
const XERIAL_MAGIC_LENGTH = 8;
const XERIAL_BLOCK_BYTES = 32 * 1024;

/** A xerial stream. */
export function snappyCompress(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [XERIAL_HEADER];
  for (let from = 0; from < bytes.length; from += XERIAL_BLOCK_BYTES) {
    const block = snappy.compress(bytes.subarray(from, from + XERIAL_BLOCK_BYTES));
    const length = Buffer.allocUnsafe(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

/** Inflates a xerial stream or one bare block. @throws OutputLimitError @throws Error when the bytes are damaged */
export function snappyDecompress(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const blocks = isXerial(bytes) ? xerialBlocks(bytes) : [bytes];
  let size = 0;
  for (const block of blocks) {
    size += sizeOfSnappyBlock(block);
    checkOutputSize(size, maxBytes);
  }
  if (blocks.length === 1) return snappy.uncompress(blocks[0]!);
  return Buffer.concat(blocks.map((block) => snappy.uncompress(block)), size);
}

function isXerial(bytes: Uint8Array): boolean {
  return XERIAL_HEADER.compare(bytes, 0, Math.min(bytes.length, XERIAL_MAGIC_LENGTH), 0, XERIAL_MAGIC_LENGTH) === 0;
}

function xerialBlocks(bytes: Uint8Array): Uint8Array[] {
  if (bytes.length < XERIAL_HEADER.length) throw new Error("the header is cut off");
  const blocks: Uint8Array[] = [];
  let at = XERIAL_HEADER.length;
  while (at < bytes.length) {
    const length = at + 4 <= bytes.length ? readInt32(bytes, at) : -1;
    at += 4;
    if (length < 0 || length > bytes.length - at) throw new Error(`block ${blocks.length} is cut off or has no length`);
    blocks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return blocks;
}

/**
 * How many bytes a block inflates to, from walking over its tags without copying anything. The library believes the
 * length in front of the block and fills with zeros what the tags don't; here both have to agree.
 */
function sizeOfSnappyBlock(block: Uint8Array): number {
  let at = 0;
  let claimed = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = block[at++] ?? 0;
    claimed += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  let size = 0;
  while (at < block.length) {
    const tag = block[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      let literal = (tag >>> 2) + 1;
      if (literal > 60) {
        const lengthBytes = literal - 60;
        literal = 1;
        for (let i = 0; i < lengthBytes; i++) literal += (block[at + i] ?? 0) * 2 ** (8 * i);
        at += lengthBytes;
      }
      at += literal;
      size += literal;
    } else {
      size += kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
      at += kind === 3 ? 4 : kind;
    }
  }
  if (at !== block.length || size !== claimed) {
    throw new Error(`a block claims ${claimed} bytes, its tags make ${size}`);
  }
  return size;
}
