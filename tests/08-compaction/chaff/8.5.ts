import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "8.5 groupSegments",
    name: "only the newest two are added up",
    why: "A group grows and grows, as long as neighbours are small.",
    caughtBy: "8.5 groupSegments: neighbours share a group while together they are no larger than segment.bytes",
    replace: [["const joined = [...(group ?? []), segment];", "const joined = [...(group ?? []), segment].slice(-2);"]],
  },
  {
    exercise: "8.5 groupSegments",
    name: "just as large as allowed is too large",
    why: "A segment may have exactly segment.bytes.",
    caughtBy: "8.5 groupSegments: neighbours share a group while together they are no larger than segment.bytes",
    replace: [["<= segmentBytes", "< segmentBytes"]],
  },
  {
    exercise: "8.5 groupSegments",
    name: "the offset indexes are forgotten",
    why: "The new segment's index would be full before its end, and reads there would search for long.",
    caughtBy: "8.5 groupSegments: nor may their offset indexes together be larger than segment.index.bytes",
    replace: [
      ["      sum(joined, ({ offsetIndex }) => OFFSET_ENTRY_BYTES * offsetIndex.count) <= segmentIndexBytes &&\n", ""],
    ],
  },
  {
    exercise: "8.5 groupSegments",
    name: "the time indexes are forgotten",
    why: "Their entries are larger than those of the offset indexes: they are full first.",
    caughtBy: "8.5 groupSegments: nor their time indexes",
    replace: [
      ["      sum(joined, ({ timeIndex }) => TIME_ENTRY_BYTES * timeIndex.count) <= segmentIndexBytes &&\n", ""],
    ],
  },
  {
    exercise: "8.5 groupSegments",
    name: "the distance of offsets is forgotten",
    why: "Four bytes of an index hold it. The cleaning would fail, and fail again each time.",
    caughtBy: "8.5 groupSegments: a group's last offset lies within 2³¹ of its base offset",
    replace: [
      [
        " &&\n      (segment.size === 0 || lastOffset - joined[0]!.baseOffset <= MAX_OFFSET_DELTA)",
        " && lastOffset <= Number.MAX_SAFE_INTEGER && MAX_OFFSET_DELTA > 0",
      ],
    ],
  },
  {
    exercise: "8.5 groupSegments",
    name: "the distance is that of the base offsets",
    why: "The segment's last record is as far away as the next segment's beginning, less one.",
    caughtBy: "8.5 groupSegments: a group's last offset lies within 2³¹ of its base offset",
    replace: [
      [
        "const lastOffset = (segments[i + 1]?.baseOffset ?? end) - 1;",
        "const lastOffset = (segments[i]?.baseOffset ?? end);",
      ],
    ],
  },
  {
    exercise: "8.5 groupSegments",
    name: "empty segments are kept apart, too",
    why: "After 2³¹ offsets that were all replaced an empty segment would stay each time, for ever.",
    caughtBy: "8.5 groupSegments: an empty segment may be as far away as it likes: no offset of it is written",
    replace: [["segment.size === 0 || ", ""]],
  },
  {
    exercise: "8.5 replaceSegments",
    name: "not flushed before it takes their place",
    why: "After a power loss the old segments are gone, and the new one is torn.",
    caughtBy: "8.5 replaceSegments: nor does a power loss take anything",
    replace: [["  await cleaned.flush();\n", "  await Promise.resolve();\n"]],
  },
  {
    exercise: "8.5 replaceSegments",
    name: "from .cleaned to the final name at once",
    why: "After a crash in between the old segments are gone; and what ends in .cleaned is thrown away.",
    caughtBy: "8.5 replaceSegments: after a crash at any moment there are the old segments or the new one",
    replace: [["  cleaned.rename(SWAP_SUFFIX);\n", "  if (SWAP_SUFFIX.length === 0) return false;\n"]],
  },
  {
    exercise: "8.5 replaceSegments",
    name: "the final names come before the old segments go",
    why: "The old segments' files have those names: they are overwritten, and then the new ones are taken away as old.",
    caughtBy: "8.5 replaceSegments: the cleaned segment takes the place of its sources, with their names",
    replace: [
      ["  cleaned.rename(SWAP_SUFFIX);\n", "  cleaned.rename(SWAP_SUFFIX);\n  cleaned.rename(\"\");\n"],
      ["() => cleaned.rename(\"\")", "() => {}"],
    ],
  },
  {
    exercise: "8.5 replaceSegments",
    name: "checked before the flush, not after",
    why: "The flush is when others have time to cut and to delete.",
    caughtBy: "8.5 replaceSegments: a source that was deleted meanwhile: nothing is replaced",
    replace: [
      [
        "  cleaned.seal();\n",
        "  if (log.isClosed || !sources.every((source) => source.isIntact(log))) return false;\n  cleaned.seal();\n",
      ],
      [
        "  await cleaned.flush();\n  if (log.isClosed || !sources.every((source) => source.isIntact(log))) return " +
          "false;\n",
        "  await cleaned.flush();\n",
      ],
    ],
  },
  {
    exercise: "8.5 replaceSegments",
    name: "only the first source is looked at",
    why: "A cut takes the last one.",
    caughtBy: "8.5 replaceSegments: a source that was cut meanwhile: nothing is replaced",
    replace: [["!sources.every((source) => source.isIntact(log))", "!sources[0]!.isIntact(log)"]],
  },
  {
    exercise: "8.5 replaceSegments",
    name: "a closed log isn't noticed",
    why: "Its folder may be another log's by now, or be about to be removed.",
    caughtBy: "8.5 replaceSegments: the log was closed meanwhile: its files aren't touched",
    replace: [["log.isClosed || ", ""]],
  },
  {
    exercise: "8.5 replaceSegments",
    name: "not sealed",
    why: "The indexes of an open segment are in memory: the files have none of their entries.",
    caughtBy: "8.5 replaceSegments: the indexes come with it, and find what is in it",
    replace: [["  cleaned.seal();\n", ""]],
  },
  {
    exercise: "8.5 replaceSegments",
    name: "snapshots stay",
    why: "They begin no segment any more. Nothing breaks; they are found and removed at the next start.",
    caughtBy: "8.5 replaceSegments: with segments that are gone go the producers' snapshots at their bases",
    replace: [["  log.producers.removeSnapshots(segments.slice(1));\n", ""]],
  },
]);
