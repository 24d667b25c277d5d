/**
 * The MD5 of keys: 16 bytes that stand for a key of any length. What it is used for here is not secret: whoever makes
 * two keys with the same MD5 on purpose loses the older one's records, as with Apache Kafka.
 *
 * Source: RFC 1321; Kafka's `SkimpyOffsetMap` takes the JDK's.
 *
 * @module
 */

/** How far each of the 64 steps turns its word to the left: four for each round, again and again. */
const TURNS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21] as const;
const SINES: Readonly<Int32Array> = Int32Array.from({ length: 64 }, (_, i) => 2 ** 32 * Math.abs(Math.sin(i + 1)));

const BLOCK_BYTES = 64;

/** Takes hashes, one at a time, without making an object for each. */
export class KeyHash {
  /** The hash of the last key: four words. Changed by each call of {@link take}. */
  readonly words: Int32Array = new Int32Array(4);
  readonly #block = new Int32Array(16);

  /** Takes the hash of `bytes[at, at + length)` into {@link words}. */
  take(bytes: Uint8Array, at: number, length: number): void {
    const { words } = this;
    words[0] = 0x67452301;
    words[1] = 0xefcdab89;
    words[2] = 0x98badcfe;
    words[3] = 0x10325476;
    // The message, a bit that is set, zeros, and the message's length in bits, in blocks of 64 bytes.
    const end = length + 9;
    for (let from = 0; from < end; from += BLOCK_BYTES) {
      this.#fill(bytes, at, length, from);
      if (from + BLOCK_BYTES >= end) {
        this.#block[14] = length << 3;
        this.#block[15] = length >>> 29;
      }
      this.#mix();
    }
  }

  #fill(bytes: Uint8Array, at: number, length: number, from: number): void {
    for (let i = 0; i < 16; i++) {
      let word = 0;
      for (let j = 0; j < 4; j++) {
        const index = from + 4 * i + j;
        const byte = index < length ? bytes[at + index]! : index === length ? 0x80 : 0;
        word |= byte << (8 * j);
      }
      this.#block[i] = word;
    }
  }

  #mix(): void {
    const block = this.#block;
    const { words } = this;
    let a = words[0]!;
    let b = words[1]!;
    let c = words[2]!;
    let d = words[3]!;
    for (let step = 0; step < 64; step++) {
      const round = step >> 4;
      let mixed = (b & c) | (~b & d);
      let from = step;
      if (round === 1) {
        mixed = (d & b) | (~d & c);
        from = (5 * step + 1) & 15;
      } else if (round === 2) {
        mixed = b ^ c ^ d;
        from = (3 * step + 5) & 15;
      } else if (round === 3) {
        mixed = c ^ (b | ~d);
        from = (7 * step) & 15;
      }
      const sum = (a + mixed + SINES[step]! + block[from]!) | 0;
      const turn = TURNS[4 * round + (step & 3)]!;
      a = d;
      d = c;
      c = b;
      b = (b + ((sum << turn) | (sum >>> (32 - turn)))) | 0;
    }
    words[0] = (words[0]! + a) | 0;
    words[1] = (words[1]! + b) | 0;
    words[2] = (words[2]! + c) | 0;
    words[3] = (words[3]! + d) | 0;
  }
}
