/**
 * CRC-32C, the checksum of every record batch. It finds every flipped bit, every burst of up to 32 wrong bits, and
 * misses one in four thousand million of all other damage. (The "C" is for Castagnoli, who found the polynomial;
 * zip, gzip and node:zlib's `crc32` use another one.)
 *
 * Source: `org.apache.kafka.common.utils.Crc32C`, RFC 3720.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";

/** The polynomial 0x1EDC6F41 with its bits in reverse order: in a CRC of this family the lowest bit comes first. */
const POLYNOMIAL = 0x82f63b78;

/**
 * Eight tables of 256 numbers. `TABLES[0]![b]` is what a byte b does to the checksum once it has been shifted all
 * the way through it; `TABLES[k]![b]` is the same when k zero bytes come after it.
 *
 * CRCs are linear: the effect of eight bytes is the XOR of the effects of each, so eight look-ups that don't wait
 * for each other replace eight that do.
 */
const TABLES: readonly Int32Array[] = makeTables();

function makeTables(): Int32Array[] {
  const tables = Array.from({ length: 8 }, () => new Int32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let effect = byte;
    for (let bit = 0; bit < 8; bit++) effect = (effect & 1) === 0 ? effect >>> 1 : (effect >>> 1) ^ POLYNOMIAL;
    tables[0]![byte] = effect;
  }
  for (let zeros = 1; zeros < 8; zeros++) {
    for (let byte = 0; byte < 256; byte++) {
      const effect = tables[zeros - 1]![byte]!;
      tables[zeros]![byte] = (effect >>> 8) ^ tables[0]![effect & 0xff]!;
    }
  }
  return tables;
}

const [TABLE_0, TABLE_1, TABLE_2, TABLE_3, TABLE_4, TABLE_5, TABLE_6, TABLE_7] = TABLES as [
  Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array,
];

/**
 * The CRC-32C of `bytes[from, to)`.
 *
 * A register of 32 bits starts as all ones. Each byte is XORed into its lowest eight bits; what those eight then hold
 * is looked up in `TABLE_0`, the register is shifted right by eight, and the two are XORed. At the end all
 * bits are inverted. That is correct, and `TABLE_1` to `TABLE_7` make it three times as fast.
 *
 * @exercise 1.4 crc32c
 * @param seed - the result for the bytes before: `crc32c(b, 5, 9, crc32c(b, 0, 5))` is `crc32c(b, 0, 9)`
 * @returns unsigned, 0 to 2³² − 1
 */
export function crc32c(bytes: Uint8Array, from: number = 0, to: number = bytes.length, seed: number = 0): number {
  throw new NotImplementedError("1.4 crc32c");
}
