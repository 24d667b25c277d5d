import { type Random } from "#ground/runtime";

/**
 * Random numbers that a seed repeats, the same on every machine: xoshiro128** (Blackman and Vigna, 2018), seeded
 * through splitmix32. Not for secrets.
 *
 * The seed is text, so that each use has a stream of its own (`7/network`, `7/a/disk`): one more draw in one of them
 * leaves the others as they were.
 */
export class SeededRandom implements Random {
  readonly #state = new Uint32Array(4);

  constructor(seed: string | number) {
    let mixed = hashText(String(seed));
    for (let i = 0; i < 4; i++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      this.#state[i] = scramble(mixed);
    }
    // The one state that xoshiro never leaves.
    if (this.#state.every((word) => word === 0)) this.#state[0] = 1;
  }

  next(): number {
    // 53 bits, as many as a number holds: 27 from one draw and 26 from the next.
    const high = this.#draw() >>> 5;
    const low = this.#draw() >>> 6;
    return (high * 0x4000000 + low) / 0x20000000000000;
  }

  int(boundExclusive: number): number {
    return Math.floor(this.next() * boundExclusive);
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.#draw() >>> 24;
    return bytes;
  }

  /** Whether a thing of this `probability` (0 to 1) happens now. */
  happens(probability: number): boolean {
    return this.next() < probability;
  }

  #draw(): number {
    const state = this.#state;
    const [a, b, c, d] = [state[0]!, state[1]!, state[2]!, state[3]!];
    const drawn = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    state[2] = c ^ a;
    state[3] = d ^ b;
    state[1] = b ^ state[2]!;
    state[0] = a ^ state[3]!;
    state[2] = state[2]! ^ (b << 9);
    state[3] = rotateLeft(state[3]!, 11);
    return drawn;
  }
}

/** 32 bits of FNV-1a over the UTF-16 code units of `text`, continuing from `hash`. */
export function hashText(text: string, hash = 0x811c9dc5): number {
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The output step of splitmix32: every bit of the input changes about half of the output's. */
function scramble(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
  word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
  return (word ^ (word >>> 15)) >>> 0;
}

function rotateLeft(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
