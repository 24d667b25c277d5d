import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "2.2 murmur2",
    name: "products beyond 2⁵³",
    why: "`*` rounds a product of two 32-bit numbers; only `Math.imul` keeps its low 32 bits.",
    caughtBy: "2.2 murmur2: four bytes, the first the lowest",
    replace: [["k = Math.imul(k, MURMUR2_M);", "k = (k * MURMUR2_M) | 0;"]],
  },
  {
    exercise: "2.2 murmur2",
    name: "a shift that keeps the sign",
    why: "Java writes `>>>` here; `>>` fills up with ones when k is negative.",
    caughtBy: "2.2 murmur2: is Apache Kafka's for keys of all lengths",
    replace: [["k >>> MURMUR2_R", "k >> MURMUR2_R"]],
  },
  {
    exercise: "2.2 murmur2",
    name: "the highest byte first",
    why: "Nearly everything in Kafka is big endian, but not the numbers that this hash takes from the key.",
    caughtBy: "2.2 murmur2: four bytes, the first the lowest",
    replace: [
      [
        "bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)",
        "(bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!",
      ],
    ],
  },
  {
    exercise: "2.2 murmur2",
    name: "the bytes that are left over don't count",
    why: "`user-1` and `user-2` then have the same hash: all that differs are the last two bytes.",
    caughtBy: "2.2 murmur2: four bytes and one to three more",
    replace: [["  if (wholeEnd < length) {", "  if (wholeEnd > length) {"]],
  },
  {
    exercise: "2.2 murmur2",
    name: "a multiplication too many",
    why: "Keys whose length is a multiple of four have nothing left over, and nothing is multiplied for it.",
    caughtBy: "2.2 murmur2: the hash of no bytes is not 0",
    replace: [["  if (wholeEnd < length) {", "  if (wholeEnd <= length) {"]],
  },
  {
    exercise: "2.2 murmur2",
    name: "the length isn't mixed in",
    why:
      "A key and the same key with a zero byte behind it should not be neighbours; and nobody else's hash is like " +
        "this.",
    caughtBy: "2.2 murmur2: one, two and three bytes that are left over",
    replace: [["let h = MURMUR2_SEED ^ length;", "let h = MURMUR2_SEED | 0;"]],
  },
  {
    exercise: "2.2 murmur2",
    name: "an unsigned result",
    why: "The bits are right. As Java's int the hash is signed, and other clients' tests compare it like that.",
    caughtBy: "2.2 murmur2: four bytes, the first the lowest",
    replace: [["return h ^ (h >>> 15);", "return (h ^ (h >>> 15)) >>> 0;"]],
  },
]);
