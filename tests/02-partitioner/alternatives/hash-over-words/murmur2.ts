// Different from the reference: the key is read as a list of 32-bit words through a DataView, what is left over is
// padded to one more word, and each word goes through small functions of its own.
export const MURMUR2_SEED = 0x9747b28c;
export const MURMUR2_M = 0x5bd1e995;
export const MURMUR2_R = 24;

export function toPositive(hash: number): number {
  return hash < 0 ? hash + 2 ** 31 : hash;
}

export function murmur2(bytes: Uint8Array): number {
  const words = wordsOf(bytes.subarray(0, bytes.length - (bytes.length % 4)));
  const mixed = words.reduce(mixIn, MURMUR2_SEED ^ bytes.length);
  return finish(bytes.length % 4 === 0 ? mixed : times(mixed ^ lastWordOf(bytes)));
}

function wordsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i, true));
}

function lastWordOf(bytes: Uint8Array): number {
  const padded = new Uint8Array(4);
  padded.set(bytes.subarray(bytes.length - (bytes.length % 4)));
  return new DataView(padded.buffer).getInt32(0, true);
}

function mixIn(h: number, word: number): number {
  const k = times(word);
  return times(h) ^ times(k ^ (k >>> MURMUR2_R));
}

function finish(h: number): number {
  const mixed = times(h ^ (h >>> 13));
  return mixed ^ (mixed >>> 15);
}

function times(word: number): number {
  return Math.imul(word, MURMUR2_M);
}
