import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "1.4 crc32c",
    name: "the other CRC-32",
    why: "zip, gzip and node:zlib use the polynomial of Ethernet. Kafka's is Castagnoli's.",
    caughtBy: "1.4 crc32c: the digits 1 to 9 give the check value that every text on CRC-32C names",
    body: `let crc = ~seed;
  for (let at = from; at < to; at++) {
    crc ^= bytes[at]!;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0xedb88320;
  }
  return ~crc >>> 0;`,
  },
  {
    exercise: "1.4 crc32c",
    name: "the register starts with zeros",
    why: "Then zeros in front change nothing: a message and the same with a zero before it have one sum.",
    caughtBy: "1.4 crc32c: leading zeros count",
    replace: [["let crc = ~seed", "let crc = seed"]],
  },
  {
    exercise: "1.4 crc32c",
    name: "the bits aren't inverted at the end",
    why: "The last step of the recipe is easily forgotten, as the sum looks as good without it.",
    caughtBy: "1.4 crc32c: no bytes give 0",
    replace: [["return ~crc >>> 0", "return crc >>> 0"]],
  },
  {
    exercise: "1.4 crc32c",
    name: "the sum is left signed",
    why: "Half of all sums then come out negative, and are not equal to what was read as unsigned.",
    caughtBy: "1.4 crc32c: the result is never negative",
    replace: [["return ~crc >>> 0", "return ~crc"]],
  },
  {
    exercise: "1.4 crc32c",
    name: "the shift keeps the sign",
    why: "`>>` fills with ones when the register's top bit is set.",
    caughtBy: "1.4 crc32c: the digits 1 to 9 give the check value that every text on CRC-32C names",
    replace: [["\n  for (; at < to; at++) crc = (crc >>> 8)", "\n  for (; at < to; at++) crc = (crc >> 8)"]],
  },
  {
    exercise: "1.4 crc32c",
    name: "the bytes after the last sixteen are left out",
    why: "Sixteen at a time is fast, and what doesn't make sixteen is forgotten.",
    caughtBy: "1.4 crc32c: sums are Apache Kafka's, for all lengths",
    replace: [["\n  for (; at < to; at++) crc", "\n  for (; at < from; at++) crc"]],
  },
  {
    exercise: "1.4 crc32c",
    name: "words where the window's bytes are a multiple of four",
    why: "A Buffer is a window on a larger memory and begins anywhere in it. Words count from where that begins.",
    caughtBy: "1.4 crc32c: where the bytes lie in memory makes no difference",
    replace: [["(-(bytes.byteOffset + from) & 3)", "(-from & 3)"]],
  },
  {
    exercise: "1.4 crc32c",
    name: "always to the end of the array",
    why: "In a log a batch is followed by others; they don't belong to its sum.",
    caughtBy: "1.4 crc32c: only bytes from `from` on and before `to` count",
    replace: [["let at = from;", "let at = from;\n  to = bytes.length;"]],
  },
  {
    exercise: "1.4 crc32c",
    name: "the seed is ignored",
    why: "All ones is where every sum starts, unless it goes on from another.",
    caughtBy: "1.4 crc32c: a sum can be taken in pieces",
    replace: [["let crc = ~seed", "let crc = ~0"]],
  },
]);
