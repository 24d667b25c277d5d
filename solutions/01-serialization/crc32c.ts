/**
 * CRC-32C, the checksum of every record batch. It finds every flipped bit, every burst of up to 32 wrong bits, and
 * misses one in four thousand million of all other damage. (The "C" is for Castagnoli, who found the polynomial;
 * zip, gzip and node:zlib's `crc32` use another one.)
 *
 * Source: `org.apache.kafka.common.utils.Crc32C`, RFC 3720.
 *
 * @module
 */

/** The polynomial 0x1EDC6F41 with its bits in reverse order: in a CRC of this family the lowest bit comes first. */
const POLYNOMIAL = 0x82f63b78;

/** Bytes that are taken at once. */
const STRIDE = 16;

/**
 * Sixteen tables of 256 numbers, one after the other. `TABLE[b]` is what a byte b does to the checksum once it has
 * been shifted all the way through it; `TABLE[256 * k + b]` is the same when k zero bytes come after it.
 *
 * CRCs are linear: the effect of sixteen bytes is the XOR of the effects of each, so sixteen look-ups that don't wait
 * for each other replace sixteen that do.
 */
const TABLE: Int32Array = makeTable();

function makeTable(): Int32Array {
  const table = new Int32Array(STRIDE * 256);
  for (let byte = 0; byte < 256; byte++) {
    let effect = byte;
    for (let bit = 0; bit < 8; bit++) effect = (effect & 1) === 0 ? effect >>> 1 : (effect >>> 1) ^ POLYNOMIAL;
    table[byte] = effect;
  }
  for (let at = 256; at < table.length; at++) {
    const before = table[at - 256]!;
    table[at] = (before >>> 8) ^ table[before & 0xff]!;
  }
  return table;
}

/** What the four bytes of a word, the lowest first, do to the checksum when `zeros` zero bytes come after them. */
function effectOf(word: number, zeros: number): number {
  const last = zeros << 8;
  return (
    TABLE[last + 0x300 + (word & 0xff)]! ^
    TABLE[last + 0x200 + ((word >>> 8) & 0xff)]! ^
    TABLE[last + 0x100 + ((word >>> 16) & 0xff)]! ^
    TABLE[last + (word >>> 24)]!
  );
}

/**
 * The CRC-32C of `bytes[from, to)`.
 *
 * A register of 32 bits starts as all ones. Each byte is XORed into its lowest eight bits; what those eight then hold
 * is looked up in `TABLE`, the register is shifted right by eight, and the two are XORed. At the end all bits are
 * inverted. That is correct; words of four bytes, and `effectOf` for four of them at a time, make it five times as
 * fast. (An `Int32Array` holds such words where they are, if they begin at a multiple of four in their buffer.)
 *
 * @exercise 1.4 crc32c
 * @param seed - the result for the bytes before: `crc32c(b, 5, 9, crc32c(b, 0, 5))` is `crc32c(b, 0, 9)`
 * @returns unsigned, 0 to 2³² − 1
 */
export function crc32c(bytes: Uint8Array, from: number = 0, to: number = bytes.length, seed: number = 0): number {
  let crc = ~seed;
  let at = from;
  const firstWord = from + (-(bytes.byteOffset + from) & 3);
  if (firstWord + STRIDE <= to) {
    for (; at < firstWord; at++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[at]!) & 0xff]!;
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, Math.floor((to - at) / STRIDE) * 4);
    for (let i = 0; i < words.length; i += 4) {
      crc =
        effectOf(crc ^ words[i]!, 12) ^
        effectOf(words[i + 1]!, 8) ^
        effectOf(words[i + 2]!, 4) ^
        effectOf(words[i + 3]!, 0);
    }
    at += words.byteLength;
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
}
