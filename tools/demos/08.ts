/**
 * Chapter 8 at work, on a simulated disk: a log of prices is compacted, a deleted one is forgotten, a crash in the
 * middle of a swap does no harm.
 *
 * @module
 */
import { LogCleaner } from "#compaction";
import { cleanableOffsets } from "#compaction/cleanable-offsets";
import { dirtOf } from "#compaction/dirtiest-log";
import { type Runtime } from "#ground/runtime";
import { type SimNode } from "#ground/sim/sim-node";
import { SimWorld } from "#ground/sim/sim-world";
import { DEFAULT_LOG_CONFIG, type LogConfig, UnifiedLog } from "#log";
import { batches, RecordBatchBuilder } from "#serialization";
import { type Stage } from "../stage.ts";

const FOLDER = "/data/prices-0";
const MINUTE_MS = 60_000;

/** Small numbers, so that a few records show what else takes gigabytes. */
const CONFIG: LogConfig = {
  ...DEFAULT_LOG_CONFIG,
  segmentBytes: 400,
  cleanupPolicy: ["compact"],
  deleteRetentionMs: 10 * MINUTE_MS,
  fileDeleteDelayMs: 1000,
  messageTimestampAfterMaxMs: Number.MAX_SAFE_INTEGER,
};

export default async function demo(stage: Stage): Promise<void> {
  const world = new SimWorld(8, { flushMs: 0 });
  const node = world.node("broker");
  const log = open(node.runtime);

  stage.say("1. Prices change, and milk is no longer sold. A segment may have 400 bytes.");
  const changes = "milk=1 bread=3 milk=2 eggs=5 milk† bread=4 eggs=6 bread=2 eggs=4 bread=5 tea=7 eggs=3".split(" ");
  for (const change of changes) write(log, change);
  stage.table(segmentRows(log));
  await stage.pause();

  stage.say("2. How much of it is dirty? It was never cleaned, and all is replicated. The active one is left out.");
  const range = cleanableOffsets(log, log.local.cleanOffset, node.runtime.clock.wallMs());
  const dirt = dirtOf({ log, ...range }, node.runtime.clock.wallMs());
  stage.show("may be cleaned", `offsets ${range.firstDirtyOffset} to ${range.firstUncleanableOffset - 1}`);
  stage.show("dirty", `${dirt.cleanableBytes} bytes, a share of ${dirt.ratio}`);
  await clean(world, node.runtime, log);
  stage.say("It is cleaned:");
  stage.table(segmentRows(log));
  stage.show("the tombstone", "is the last record of its key. It stays for 10 minutes, for readers that come late");
  await stage.pause();

  stage.say("3. Eleven minutes later there is enough that is new.");
  await world.run(11 * MINUTE_MS);
  for (const change of "tea=8 bread=6 tea=9 bread=7 tea=8 bread=8 tea=9 bread=9".split(" ")) write(log, change);
  await clean(world, node.runtime, log);
  stage.table(segmentRows(log));
  const first = offsetsIn(log.read(0, 1000).records)[0];
  stage.show("a read of 0", `gives offset ${first} first: a reader goes over the gap`);
  await stage.pause();

  stage.say("4. The process is killed while a cleaned segment takes the place of old ones.");
  for (const change of "eggs=1 tea=1 eggs=2 tea=2 eggs=3 tea=3".split(" ")) write(log, change);
  const before = values(log);
  await crashWhile(node, world, log);
  const runtime = node.restart();
  stage.show("files now", runtime.disk.list(FOLDER).filter((name) => /\.log(\.\w+)?$/.test(name)).join("\n"));
  const again = open(runtime);
  stage.say("At the next start what is whole is brought to its end:");
  stage.table(segmentRows(again));
  const after = values(again);
  stage.show("each last value", before === after ? `as before: ${before}` : `was ${before}, is ${after}`);
  again.abandon();
}

function open(runtime: Runtime): UnifiedLog {
  const topicPartition = { topic: "prices", partition: 0 };
  const log = UnifiedLog.open({ runtime, folder: FOLDER, topicPartition, config: CONFIG });
  log.onHighWatermarkUpdated(log.logEndOffset);
  return log;
}

/** `milk=1`, or `milk†` for a tombstone. */
function write(log: UnifiedLog, change: string): void {
  const [, key, value] = /^(\w+)(?:=(\d+)|†)$/.exec(change)!;
  const builder = new RecordBatchBuilder();
  builder.append(0, Buffer.from(key!), value === undefined ? null : Buffer.from(value));
  log.appendAsLeader(new Uint8Array(builder.build()), 0);
  log.onHighWatermarkUpdated(log.logEndOffset);
}

async function clean(world: SimWorld, runtime: Runtime, log: UnifiedLog): Promise<void> {
  const cleaner = new LogCleaner(runtime, {
    logs: () => [log],
    checkpoint: async () => {},
    backoffMs: 15_000,
    dedupeBufferBytes: 1 << 20,
    loadFactor: 0.9,
  });
  const cleaning = cleaner.cleanAll();
  cleaning.catch(() => {});
  await world.run(2000);
  await cleaning;
}

/** Kills the process when the old segments are out of the way, and the new one has not got its name yet. */
async function crashWhile(node: SimNode, world: SimWorld, log: UnifiedLog): Promise<void> {
  const replace = log.local.replaceSegments.bind(log.local);
  log.local.replaceSegments = (replaced, baseOffset) =>
    replace(replaced, baseOffset, () => {
      node.crash();
      throw new Error("killed");
    });
  await clean(world, node.runtime, log).catch(() => {});
}

function records(bytes: Uint8Array): { offset: number; key: string; text: string; value: string | null }[] {
  return [...batches(bytes)].flatMap((batch) =>
    [...batch.records()].map(({ offset, key, value }) => {
      const name = Buffer.from(key!).toString();
      const text = value === null ? `${name}†` : `${name}=${Buffer.from(value).toString()}`;
      return { offset: Number(offset), key: name, text, value: value === null ? null : text };
    }),
  );
}

function offsetsIn(bytes: Uint8Array): number[] {
  return records(bytes).map(({ offset }) => offset);
}

function contents(log: UnifiedLog): Uint8Array[] {
  return log.segments.all.map(({ records: file }) => file.read(0, file.size));
}

function segmentRows(log: UnifiedLog): Record<string, unknown>[] {
  return contents(log).map((bytes, i) => ({
    segment: log.segments.all[i]!.baseOffset,
    bytes: bytes.length,
    records: records(bytes).map(({ offset, text }) => `${offset} ${text}`).join(", "),
  }));
}

/** What a reader of the whole log knows. */
function values(log: UnifiedLog): string {
  const known = new Map<string, string | null>();
  for (const { key, value } of contents(log).flatMap(records)) known.set(key, value);
  return [...known.values()].filter((value) => value !== null).sort().join(", ");
}
