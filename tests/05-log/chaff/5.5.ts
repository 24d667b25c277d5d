import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "5.5 LogSegment.shouldRoll",
    name: "a segment that is just full rolls early",
    why: "A segment may have segment.bytes; only what would take it *beyond* has to go to a new one.",
    caughtBy: "5.5 shouldRoll: when the segment would become larger than segment.bytes",
    replace: [["this.size + append.size > ", "this.size + append.size >= "]],
  },
  {
    exercise: "5.5 LogSegment.shouldRoll",
    name: "only what is in the segment counts",
    why: "The append that is about to happen has to fit, too.",
    caughtBy: "5.5 shouldRoll: when the segment would become larger than segment.bytes",
    replace: [["this.size + append.size > ", "this.size > "]],
  },
  {
    exercise: "5.5 LogSegment.shouldRoll",
    name: "the broker's clock instead of the records'",
    why: "Records of last year, written today, would stay in one segment, and retention could not tell them apart.",
    caughtBy: "5.5 shouldRoll: the broker's clock does not count",
    replace: [["this.timestamps.ageAt(append.maxTimestamp)", "this.timestamps.ageAt(this.#context.clock.wallMs())"]],
  },
  {
    exercise: "5.5 LogSegment.shouldRoll",
    name: "full indexes are forgotten",
    why: "A full index takes no entries: from there on every read goes through the rest of the segment.",
    caughtBy: "5.5 shouldRoll: when an index is full",
    replace: [[" ||\n      this.offsetIndex.isFull ||\n      this.timeIndex.isFull", ""]],
  },
  {
    exercise: "5.5 LogSegment.shouldRoll",
    name: "an empty segment rolls, too",
    why: "The new segment would have the same base offset, and so the same files.",
    caughtBy: "5.5 shouldRoll: an empty segment never for another reason",
    replace: [["if (this.size === 0) return false;", ""]],
  },
  {
    exercise: "5.5 LogSegment.shouldRoll",
    name: "offsets always fit",
    why: "Four bytes hold 2³¹ offsets. A compacted log can have larger gaps.",
    caughtBy: "5.5 shouldRoll: when the last offset is too far from the base offset, even if the segment is empty",
    replace: [["if (!this.offsetIndex.canHold(append.lastOffset)) return true;", ""]],
  },
  {
    exercise: "5.5 read",
    name: "only one segment is looked at",
    why: "Compaction can take the last batches of a segment. A reader in the gap would wait there for ever.",
    caughtBy: "5.5 read: where a segment's last batches are gone, the next segment goes on",
    replace: [["segment = segments.next(segment);", "return null;"]],
  },
  {
    exercise: "5.5 read",
    name: "filled up from the next segment",
    why: "One answer is one piece of one file: that is what makes it cheap to send. Joining two means copying both.",
    caughtBy: "5.5 read: one answer is from one segment",
    replace: [
      [
        "if (found !== null) return found;",
        `const after = segments.next(segment);
      if (found !== null && (after === undefined || found.nextOffset !== after.baseOffset)) return found;
      if (found !== null) {
        const more = after!.read(after!.baseOffset, maxBytes - found.records.length, maxOffset, false);
        if (more === null) return found;
        const records = new Uint8Array([...found.records, ...more.records]);
        return { records, nextOffset: more.nextOffset ?? found.nextOffset };
      }`,
      ],
    ],
  },
  {
    exercise: "5.5 read",
    name: "maxOffset counts only where the read begins",
    why: "The high watermark may lie anywhere in what is read, not only before it.",
    caughtBy: "5.5 read: nothing at or above maxOffset",
    replace: [["maxBytes, maxOffset, minOneMessage", "maxBytes, Infinity, minOneMessage"]],
  },
  {
    exercise: "5.5 read",
    name: "the first batch is always given",
    why: "What the caller says of the first batch has to reach the segment.",
    caughtBy: "5.5 read: the first batch comes whole, unless it need not",
    replace: [["maxBytes, maxOffset, minOneMessage", "maxBytes, maxOffset, true"]],
  },
  {
    exercise: "5.5 append",
    name: "a batch may be larger than a segment",
    why: "It would get a segment of its own, larger than segment.bytes says.",
    caughtBy: "5.5 append: a batch larger than a segment is refused",
    replace: [["bytes.length > log.config.segmentBytes", "bytes.length < 0"]],
  },
  {
    exercise: "5.5 append",
    name: "the producers are checked after the epochs are noted",
    why: "A batch that is refused must change nothing: here it has begun an epoch.",
    caughtBy: "5.5 append: what the producers' state refuses changes nothing",
    replace: [
      ["const changes = log.producers.prepare(appended, origin, log.name);", ""],
      [
        "const sizes = {",
        "const changes = log.producers.prepare(appended, origin, log.name);\n  const sizes = {",
      ],
    ],
  },
  {
    exercise: "5.5 append",
    name: "the producers' state changes before the write",
    why: "When the write fails, the producer sends again, and is told that its batch is in the log already. It is not.",
    caughtBy: "5.5 append: on a full disk the log stays as it was, and goes on when there is room",
    replace: [
      ["log.producers.commit(changes);", ""],
      ["log.local.append(", "log.producers.commit(changes);\n  log.local.append("],
    ],
  },
  {
    exercise: "5.5 append",
    name: "the producers' state never changes",
    why: "`prepare` only works out what will change. Without the commit every repeated batch is appended again.",
    caughtBy: "5.5 append: the producers' state takes over what it has prepared, once that is in the log",
    replace: [["log.producers.commit(changes);", ""]],
  },
  {
    exercise: "5.5 append",
    name: "a new segment always begins at the log's end",
    why: "A follower's next batch may begin far above it: the relative offset would still be too large.",
    caughtBy: "5.5 append: an offset too far from the segment's base begins a new segment there",
    replace: [["log.roll(firstOffset)", "log.roll()"]],
  },
  {
    exercise: "5.5 append",
    name: "only the first batch's epoch is noted",
    why: "What a follower gets may reach over a change of leaders.",
    caughtBy: "5.5 append: a follower keeps the offsets and epochs that its leader gave",
    replace: [["of appended)", "of appended.slice(0, 1))"]],
  },
  {
    exercise: "5.5 append",
    name: "segments never roll",
    why: "`shouldRoll` only says so; the log has to do it.",
    caughtBy: "5.5 append: a batch that does not fit begins a new segment, named after its offset",
    replace: [
      ["if (log.segments.active.shouldRoll(sizes)) log.roll(firstOffset);", "void sizes;\n  void firstOffset;"],
    ],
  },
  {
    exercise: "5.5 LogSegment.shouldRoll",
    name: "full only when both indexes are",
    why: "The one that is full takes no entries any more, whatever room the other has: reads through it get slow.",
    caughtBy: "5.5 shouldRoll: when an index is full",
    replace: [
      ["this.offsetIndex.isFull ||\n      this.timeIndex.isFull", "(this.offsetIndex.isFull && this.timeIndex.isFull)"],
    ],
  },
  {
    exercise: "5.5 LogSegment.shouldRoll",
    name: "only the time index is looked at",
    why: "It has room for fewer entries, but it gets none as long as the timestamps don't grow.",
    caughtBy: "5.5 shouldRoll: when the offset index alone is full",
    replace: [["this.offsetIndex.isFull ||", ""]],
  },
  {
    exercise: "5.5 read",
    name: "an answer without bytes is passed over",
    why: "There is a batch that may not be given now. Who goes on in the next segment never sees it.",
    caughtBy: "5.5 read: a batch that is too large is not passed over",
    replace: [["if (found !== null) return found;", "if (found !== null && found.records.length > 0) return found;"]],
  },
  {
    exercise: "5.5 read",
    name: "the search begins in the first segment",
    why: "Right, but each segment on the way costs a read of its file, and a log has hundreds.",
    caughtBy: "5.5 read: only the segment that holds the offset is looked at",
    replace: [["segments.floor(startOffset)", "segments.all[0]"]],
  },
  {
    exercise: "5.5 read",
    name: "files are read to find that nothing may be",
    why: "A consumer that has everything asks on, at the log's end: that is where most reads are.",
    caughtBy: "5.5 read: at the log's end, and from maxOffset on, no file is read: readers wait there",
    replace: [["if (startOffset >= maxOffset) return null;", ""]],
  },
  {
    exercise: "5.5 append",
    name: "−1 is an epoch",
    why: "Batches that were written before there were epochs have none. A follower must be able to take them.",
    caughtBy: "5.5 append: batches without an epoch (−1) are taken, and none is noted",
    replace: [["if (batch.partitionLeaderEpoch < 0) continue;", ""]],
  },
  {
    exercise: "5.5 append",
    name: "the last batch is taken for the youngest",
    why: "Producers' clocks disagree: any of the batches can have the largest timestamp.",
    caughtBy: "5.5 append: of several batches the youngest says whether a new segment begins",
    replace: [["largestTimestamp(appended)", "largestTimestamp(appended.slice(-1))"]],
  },
  {
    exercise: "5.5 append",
    name: "every append is a client's",
    why: "A follower takes what its leader has: sequences with gaps, too, where batches were compacted away.",
    caughtBy: "5.5 append: the producers' state takes over what it has prepared, once that is in the log",
    replace: [["prepare(appended, origin, ", 'prepare(appended, "client", ']],
  },
  {
    exercise: "5.5 findByTimestamp",
    name: "the batch is found, and its first record given",
    why: "A batch's largest timestamp may be that of its last record: the first one can be much older.",
    caughtBy: "5.5 findByTimestamp: the first record that is as young",
    replace: [["timestamp >= target && at >= startOffset", "at >= startOffset && timestamp >= -1"]],
  },
  {
    exercise: "5.5 findByTimestamp",
    name: "records below the log's start are found",
    why: "They were deleted by request, only their batch is still there: a consumer that begins there is out of range.",
    caughtBy: "5.5 findByTimestamp: nothing below the log's start, also where the batch is still there",
    replace: [["timestamp >= target && at >= startOffset", "timestamp >= target && at >= 0"]],
  },
  {
    exercise: "5.5 findByTimestamp",
    name: "the first batch that is young enough decides",
    why: "Its young records may all lie below the log's start. The search has to go on.",
    caughtBy: "5.5 findByTimestamp: nothing below the log's start, also where the batch is still there",
    replace: [["if (found !== null) return found;", "return found;"]],
  },
  {
    exercise: "5.5 findByTimestamp",
    name: "the first segment that is young enough decides",
    why: "Its young records may all lie below the log's start. Kafka 4.0 makes this mistake.",
    caughtBy: "5.5 findByTimestamp: what lies below the log's start hides nothing behind it",
    body: `
  const segment = segments.from(startOffset).find(({ largestTimestamp }) => largestTimestamp >= target);
  if (segment === undefined) return null;
  const { offset } = segment.timeIndex.lookup(target);
  const { position } = segment.offsetIndex.lookup(Math.max(offset, startOffset));
  for (const { batch } of segment.records.batches(position)) {
    if (batch.maxTimestamp < target) continue;
    const found = findRecord(batch, (timestamp, at) => timestamp >= target && at >= startOffset);
    if (found !== null) return found;
  }
  return null;
`,
  },
  {
    exercise: "5.5 findByTimestamp",
    name: "the time index is not used",
    why: "Right, but a segment of a gigabyte is read and unpacked from its start.",
    caughtBy: "5.5 findByTimestamp: files that can't have it are not read, of the one that may only the end",
    replace: [
      ["const { offset } = segment.timeIndex.lookup(target);", ""],
      ["Math.max(offset, startOffset)", "startOffset"],
    ],
  },
  {
    exercise: "5.5 findByTimestamp",
    name: "every segment is opened",
    why: "Right, but a log has thousands; the largest timestamp of each is known without reading it.",
    caughtBy: "5.5 findByTimestamp: files that can't have it are not read, of the one that may only the end",
    replace: [["if (segment.largestTimestamp < target) continue;", ""]],
  },
]);
