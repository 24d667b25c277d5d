import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "8.1 OffsetMap.put",
    name: "a key that meets another one takes its slot",
    why: "Two keys can begin at the same slot. The one that was there is forgotten, or both are taken for one.",
    caughtBy: "8.1 put: keys that begin at the same slot all have a place",
    replace: [
      [
        "const slot = this.#find(bytes, at, length);",
        "this.#keyHash.take(bytes, at, length);\n    const slot = (this.#keyHash.words[0]! >>> 0) % this.#slots;",
      ],
    ],
  },
  {
    exercise: "8.1 OffsetMap.put",
    name: "each record counts as a key",
    why: "A map of a few keys that are written often is full at once; compaction then crawls.",
    caughtBy: "8.1 put: of a key that comes again the last offset counts, and it is one key still",
    replace: [
      ["      this.size += 1;\n", ""],
      ["this.#offsets[slot] = offset + 1;", "this.#offsets[slot] = offset + 1;\n    this.size += 1;"],
    ],
  },
  {
    exercise: "8.1 OffsetMap.put",
    name: "a full map refuses keys that it has",
    why: "They need no more room. Each round of cleaning ends sooner than it must.",
    caughtBy: "8.1 put: a full map takes new offsets of the keys that it has",
    replace: [
      ["const slot =", "if (this.size >= this.capacity) return false;\n    const slot ="],
    ],
  },
  {
    exercise: "8.1 OffsetMap.put",
    name: "the first offset stays",
    why: "Then the oldest record of each key survives, and all newer ones are thrown away.",
    caughtBy: "8.1 put: of a key that comes again the last offset counts, and it is one key still",
    replace: [
      [
        "      this.size += 1;\n    }\n    this.#offsets[slot] = offset + 1;",
        "      this.size += 1;\n      this.#offsets[slot] = offset + 1;\n    }",
      ],
    ],
  },
  {
    exercise: "8.1 OffsetMap.put",
    name: "offset 0 looks like a free slot",
    why: "The offset is written as it is, but 0 means free: the log's first key gets lost.",
    caughtBy: "8.1 get: the offset of a key that was put in",
    replace: [["offset + 1", "offset"]],
  },
  {
    exercise: "8.1 OffsetMap.put",
    name: "one key more than there is room for",
    why: "With the last free slot goes the end of every search.",
    caughtBy: "8.1 put: a key more than it may have is refused, and changes nothing",
    replace: [["this.size >= this.capacity", "this.size > this.capacity"]],
  },
  {
    exercise: "8.1 OffsetMap.get",
    name: "only the first slot is looked at",
    why: "A key that had to go on to the next slot isn't found, and its old records stay for ever.",
    caughtBy: "8.1 put: keys that begin at the same slot all have a place",
    body: `
    this.#keyHash.take(bytes, at, length);
    const { words } = this.#keyHash;
    const slot = (words[0]! >>> 0) % this.#slots;
    return this.#holds(slot, words) ? this.#offsets[slot]! - 1 : -1;
  `,
  },
  {
    exercise: "8.1 OffsetMap.get",
    name: "the first word of the hash has to do",
    why: "Of 100,000 keys two have the same four bytes, more likely than not. One of them loses its last record.",
    caughtBy: "8.1 put: keys are told apart by all 16 bytes of their hash",
    body: `
    this.#keyHash.take(bytes, at, length);
    const { words } = this.#keyHash;
    let slot = (words[0]! >>> 0) % this.#slots;
    while (this.#offsets[slot] !== 0 && this.#hashes[HASH_WORDS * slot] !== words[0]) slot = (slot + 1) % this.#slots;
    return this.#offsets[slot]! - 1;
  `,
  },
  {
    exercise: "8.1 OffsetMap.get",
    name: "a key that isn't there has offset 0",
    why: "What is stored is the offset plus 1, so that 0 can mean free.",
    caughtBy: "8.1 get: −1 for a key that the map doesn't have",
    replace: [["! - 1", "!"]],
  },
  {
    exercise: "8.1 OffsetMap.get",
    name: "the whole buffer is taken for the key",
    why: "The key is a part of the batch that it came in.",
    caughtBy: "8.1 put: the key is where it is said to be, and nothing of the bytes is kept",
    replace: [["this.#find(bytes, at, length)", "this.#find(bytes, 0, at + length)"]],
  },
]);
