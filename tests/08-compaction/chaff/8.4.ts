import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "8.4 keepsRecord",
    name: "a key that wasn't written again goes",
    why: "The map has only what is new. What isn't in it is the last there is.",
    caughtBy: "8.4 keepsRecord: a key that was not written again stays",
    replace: [
      [
        "map.get(cursor.bytes, cursor.keyAt, cursor.keyLength) > offset",
        "map.get(cursor.bytes, cursor.keyAt, cursor.keyLength) !== offset",
      ],
    ],
  },
  {
    exercise: "8.4 keepsRecord",
    name: "the last record itself goes",
    why: "It is in the map at its own offset. Nothing would be left.",
    caughtBy: "8.4 keepsRecord: the last record of its key stays, older ones go",
    replace: [["> offset) return false", ">= offset) return false"]],
  },
  {
    exercise: "8.4 keepsRecord",
    name: "what wasn't looked at is judged, too",
    why: "Behind the map's end there may be records without a key, and keys that are newer than the map.",
    caughtBy: "8.4 keepsRecord: behind what the map has seen everything stays, also without a key",
    replace: [["  if (offset > map.latestOffset) return true;\n", ""]],
  },
  {
    exercise: "8.4 keepsRecord",
    name: "the last record that was looked at isn't judged",
    why: "latestOffset is inclusive.",
    caughtBy: "8.4 keepsRecord: behind what the map has seen everything stays, also without a key",
    replace: [["offset > map.latestOffset", "offset >= map.latestOffset"]],
  },
  {
    exercise: "8.4 keepsRecord",
    name: "records without a key stay",
    why: "Nothing can ever replace them: a compacted log would keep them for ever.",
    caughtBy: "8.4 keepsRecord: a record without a key goes, one with an empty key doesn't",
    replace: [["if (cursor.keyLength < 0) return false;", "if (cursor.keyLength < 0) return true;"]],
  },
  {
    exercise: "8.4 keepsRecord",
    name: "tombstones go at once",
    why: "A reader that has the old value, and was not there yet, never learns that it is gone.",
    caughtBy: "8.4 keepsRecord: a tombstone stays until its batch's horizon, and goes then",
    replace: [
      ["deleteHorizonMs === null || nowMs < deleteHorizonMs", "(deleteHorizonMs !== null && nowMs < deleteHorizonMs)"],
    ],
  },
  {
    exercise: "8.4 keepsRecord",
    name: "tombstones stay for ever",
    why: "Keys that are gone would fill the log in the end.",
    caughtBy: "8.4 keepsRecord: a tombstone stays until its batch's horizon, and goes then",
    replace: [
      [
        "return cursor.valueLength >= 0 || deleteHorizonMs === null || nowMs < deleteHorizonMs",
        "return cursor.valueLength >= 0 || deleteHorizonMs === null || nowMs >= 0",
      ],
    ],
  },
  {
    exercise: "8.4 keepsRecord",
    name: "at the horizon a tombstone stays",
    why: "It is the time from which on it may go.",
    caughtBy: "8.4 keepsRecord: a tombstone stays until its batch's horizon, and goes then",
    replace: [["nowMs < deleteHorizonMs", "nowMs <= deleteHorizonMs"]],
  },
  {
    exercise: "8.4 keepsRecord",
    name: "the horizon counts for values, too",
    why: "It is the batch's, but meant for its tombstones alone.",
    caughtBy: "8.4 keepsRecord: an empty value is a value, and has no horizon",
    replace: [["cursor.valueLength >= 0 ||", "cursor.valueLength > 0 ||"]],
  },
  {
    exercise: "8.4 cleanBatch",
    name: "each batch is encoded anew",
    why: "It costs time, and the bytes differ from those of the replicas: compressed ones always.",
    caughtBy: "8.4 cleanBatch: also one that another client has compressed, who knows how",
    replace: [["  if (kept === count && !needsHorizon) return batch.slice();\n", ""]],
  },
  {
    exercise: "8.4 cleanBatch",
    name: "a batch that keeps a record keeps them all",
    why: "Records that were replaced stay as long as their batch does.",
    caughtBy: "8.4 cleanBatch: within one batch, too, only the last record of a key stays",
    replace: [["kept === count && !needsHorizon", "!needsHorizon"]],
  },
  {
    exercise: "8.4 cleanBatch",
    name: "a producer's last batch goes, too",
    why: "After the next start nobody knows its last sequence number: a batch that it sends again is written twice.",
    caughtBy: "8.4 cleanBatch: but the last one of its producer stays, empty: it has the last sequence number",
    replace: [["return round.mustStay(batch) ? emptyBatch(batch) : null", "return null"]],
  },
  {
    exercise: "8.4 cleanBatch",
    name: "each batch leaves an empty one",
    why: "61 bytes for each batch that ever was.",
    caughtBy: "8.4 cleanBatch: nothing is left of a batch without records that stay",
    replace: [["return round.mustStay(batch) ? emptyBatch(batch) : null", "return emptyBatch(batch)"]],
  },
  {
    exercise: "8.4 cleanBatch",
    name: "no horizon is set",
    why: "Then it never comes, and tombstones stay for ever.",
    caughtBy: "8.4 cleanBatch: a tombstone that is met first gets a horizon, delete.retention.ms from now",
    replace: [["(hasTombstone || (mayGo && isControl))", "mayGo && isControl"]],
  },
  {
    exercise: "8.4 cleanBatch",
    name: "each round moves the horizon on",
    why: "A log that is cleaned more often than every delete.retention.ms keeps its tombstones for ever.",
    caughtBy: "8.4 cleanBatch: a horizon stays as it was first set, also when other records go",
    replace: [["deleteHorizonMs === null && (hasTombstone", "(hasTombstone"]],
  },
  {
    exercise: "8.4 cleanBatch",
    name: "a horizon gets lost when the batch is made anew",
    why: "The next round sets another one: the tombstone stays longer each time.",
    caughtBy: "8.4 cleanBatch: a horizon stays as it was first set, also when other records go",
    replace: [
      ["round.nowMs + round.deleteRetentionMs : deleteHorizonMs", "round.nowMs + round.deleteRetentionMs : null"],
    ],
  },
  {
    exercise: "8.4 cleanBatch",
    name: "the horizon counts from now, without delete.retention.ms",
    why: "The tombstone goes in the next round: readers have no time to see it.",
    caughtBy: "8.4 cleanBatch: a tombstone that is met first gets a horizon, delete.retention.ms from now",
    replace: [["round.nowMs + round.deleteRetentionMs", "round.nowMs"]],
  },
  {
    exercise: "8.4 cleanBatch",
    name: "tombstones that go bring a horizon",
    why: "Only one that stays needs it. The batch is encoded anew, to no end.",
    caughtBy: "8.4 cleanBatch: a tombstone that goes anyway brings no horizon",
    replace: [
      ["    hasTombstone ||= cursor.valueLength < 0;\n", ""],
      [
        "  for (let i = 0; cursor.next(); i++) {\n",
        "  for (let i = 0; cursor.next(); i++) {\n    hasTombstone ||= cursor.valueLength < 0;\n",
      ],
    ],
  },
  {
    exercise: "8.4 cleanBatch",
    name: "markers go with their transaction",
    why: "A reader in the middle of the transaction waits for its end.",
    caughtBy: "8.4 cleanBatch: one that isn't any more gets a horizon, and goes when that has come",
    replace: [["mayGo && (!isControl || isDue)", "mayGo"]],
  },
  {
    exercise: "8.4 cleanBatch",
    name: "a marker goes at its horizon, though it is needed",
    why: "Some of the transaction's records are still there: without its marker they belong to the next one.",
    caughtBy: "8.4 cleanBatch: a marker that is needed stays, also when its horizon has come",
    replace: [["mayGo && (!isControl || isDue)", "isControl ? isDue : mayGo"]],
  },
]);
