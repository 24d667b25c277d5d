/**
 * Chapter 5 at work, on a simulated disk: segments roll, a sparse index finds an offset, a crash tears the log's tail,
 * retention shortens its start.
 *
 * @module
 */
import { type Disk, type Runtime } from "#ground/runtime";
import { SimWorld } from "#ground/sim/sim-world";
import { DEFAULT_LOG_CONFIG, type LogConfig, type LogSegment, UnifiedLog } from "#log";
import { batches, RecordBatchBuilder } from "#serialization";
import { type Stage } from "../stage.ts";

const FOLDER = "/data/orders-0";
/** Noon on 1 January 2025, so that the output is the same on every run. */
const NOON_MS = 1_735_732_800_000;
const MINUTE_MS = 60_000;

/** Small numbers, so that a few records show what else takes gigabytes. */
const CONFIG: LogConfig = {
  ...DEFAULT_LOG_CONFIG,
  segmentBytes: 1600,
  indexIntervalBytes: 200,
  retentionMs: 20 * MINUTE_MS,
  fileDeleteDelayMs: 1000,
  messageTimestampAfterMaxMs: Number.MAX_SAFE_INTEGER,
};

export default async function demo(stage: Stage): Promise<void> {
  const world = new SimWorld(5, { flushMs: 0 });
  const node = world.node("broker");
  const log = open(node.runtime);

  stage.say("1. Orders come, three to a batch, a batch a minute. A segment may have 1,600 bytes.");
  for (let i = 0; i < 16; i++) log.appendAsLeader(orders(3 * i, NOON_MS + i * MINUTE_MS), 0);
  stage.table(fileRows(node.runtime.disk));
  stage.show("the log", `offsets ${log.logStartOffset} to ${log.logEndOffset - 1} in ${log.segments.count} segments`);
  await stage.pause();

  stage.say("2. Where is offset 23? Its segment is the last one whose name isn't above it. The index is sparse:");
  const segment = log.segments.floor(23)!;
  stage.table(indexRows(segment));
  const start = segment.offsetIndex.lookup(23);
  const found = segment.translateOffset(23)!;
  stage.show("the index says", `from byte ${start.position} on, where the batch that ends with ${start.offset} begins`);
  stage.show("batch by batch", hops(segment, start.position, 23));
  stage.show("a read of 23", `${found.size} bytes from byte ${found.position} on: ${offsetsIn(log, 23)}`);
  await stage.pause();

  stage.say("3. The broker is killed in the middle of a write: only 70 bytes of the batch reach the file.");
  node.crashAfterWriting(70);
  try {
    log.appendAsLeader(orders(48, NOON_MS + 16 * MINUTE_MS), 0);
  } catch {
    stage.show("the producer", "gets no answer");
  }
  const runtime = node.restart();
  stage.show("the last file", `${lastLogFile(runtime.disk)}, of which the last 70 are no batch`);
  const recovered = open(runtime);
  stage.say("At the next start there is no marker of a clean shutdown, so the log is recovered.");
  stage.show("the last file", lastLogFile(runtime.disk));
  stage.show(
    "the log",
    `offsets ${recovered.logStartOffset} to ${recovered.logEndOffset - 1}; the producer sends again`,
  );
  const again = recovered.appendAsLeader(orders(48, NOON_MS + 16 * MINUTE_MS), 1);
  stage.show("its batch", `has offsets ${again.firstOffset} to ${again.lastOffset}`);
  await stage.pause();

  stage.say("4. Retention: records are kept for 20 minutes. It is 12:30, and all is replicated.");
  recovered.onHighWatermarkUpdated(recovered.logEndOffset);
  const clockMs = NOON_MS + 30 * MINUTE_MS;
  node.setWallClockOffset(clockMs - runtime.clock.wallMs());
  stage.table(ageRows(recovered, clockMs));
  stage.show("deleted segments", recovered.deleteOldSegments());
  stage.show("the log", `offsets ${recovered.logStartOffset} to ${recovered.logEndOffset - 1}`);
  stage.show("files now", logFiles(runtime.disk));
  await world.run(2000);
  stage.show("two seconds later", logFiles(runtime.disk));
  await recovered.close();
}

function open(runtime: Runtime): UnifiedLog {
  const topicPartition = { topic: "orders", partition: 0 };
  return UnifiedLog.open({ runtime, folder: FOLDER, topicPartition, config: CONFIG });
}

/** A batch of three orders. */
function orders(first: number, timestampMs: number): Uint8Array {
  const builder = new RecordBatchBuilder();
  for (let i = first; i < first + 3; i++) {
    builder.append(timestampMs, Buffer.from(`order-${i % 7}`), Buffer.from(`${1 + (i % 5)} books, ${9 + i} Euro`));
  }
  return builder.build();
}

function fileRows(disk: Disk): { file: string; bytes: number; what: string }[] {
  const what: Record<string, string> = {
    log: "record batches",
    index: "offset, position: 8 bytes an entry",
    timeindex: "timestamp, offset: 12 bytes an entry",
    snapshot: "the producers' state at that offset",
    checkpoint: "where each leader epoch began",
  };
  return disk.list(FOLDER).map((file) => {
    const kind = /(\w+)$/.exec(file)![1]!;
    return { file, bytes: disk.size(`${FOLDER}/${file}`), what: what[kind] ?? "" };
  });
}

function indexRows({ offsetIndex, baseOffset }: LogSegment): { entry: string; bytes: Uint8Array; says: string }[] {
  return Array.from({ length: offsetIndex.count }, (_, slot) => ({
    entry: `${slot} of ${baseOffset}.index`,
    bytes: entryBytes(offsetIndex.offsetAt(slot) - baseOffset, offsetIndex.positionAt(slot)),
    says: `the batch up to ${offsetIndex.offsetAt(slot)} is at byte ${offsetIndex.positionAt(slot)}`,
  }));
}

function entryBytes(relativeOffset: number, position: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeInt32BE(relativeOffset, 0);
  bytes.writeInt32BE(position, 4);
  return bytes;
}

/** The batches that are looked at on the way to an offset. */
function hops({ records }: LogSegment, from: number, offset: number): string {
  const lines: string[] = [];
  for (const { position, batch } of records.headers(from)) {
    const isIt = batch.lastOffset >= offset;
    lines.push(
      `byte ${position}: offsets ${batch.baseOffset} to ${batch.lastOffset}${isIt ? ", this is it" : ", go on"}`,
    );
    if (isIt) break;
  }
  return lines.join("\n");
}

function offsetsIn(log: UnifiedLog, offset: number): string {
  const all = [...batches(log.read(offset, 1).records)].flatMap((batch) => [...batch.records()]);
  return `a whole batch, with offsets ${all.map((record) => record.offset).join(", ")}`;
}

function ageRows(log: UnifiedLog, nowMs: number): { segment: string; "youngest record": string; "may go": string }[] {
  return log.segments.all.map((segment) => {
    const minutes = (nowMs - Number(segment.largestTimestamp)) / MINUTE_MS;
    return {
      segment: `from offset ${segment.baseOffset}`,
      "youngest record": `${minutes} minutes old`,
      "may go": minutes > 20 ? "yes" : "no",
    };
  });
}

function logFiles(disk: Disk): string {
  return disk
    .list(FOLDER)
    .filter((name) => name.includes(".log"))
    .join("\n");
}

function lastLogFile(disk: Disk): string {
  const name = disk.list(FOLDER).findLast((each) => each.endsWith(".log"))!;
  return `${name}: ${disk.size(`${FOLDER}/${name}`)} bytes`;
}
