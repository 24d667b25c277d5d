/**
 * Three experiments with chapter 5's log on this machine's disk: many partitions, flushing every batch, reading. They
 * measure, so their output is another one each time: `npm run demo disk`.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { type Runtime } from "#ground/runtime";
import { DEFAULT_LOG_CONFIG, UnifiedLog } from "#log";
import { RecordBatchBuilder } from "#serialization";
import { type Stage } from "../stage.ts";

const MIB = 1 << 20;
const TOTAL_BYTES = 64 * MIB;
const BATCH_BYTES = 16_384;
const BATCHES = TOTAL_BYTES / BATCH_BYTES;

export default async function demo(stage: Stage): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "katafka-disk-"));
  const runtime = createNodeRuntime();
  try {
    stage.say("1. The same 64 MiB, in batches of 16 KiB, to more and more partitions in turn; then all is flushed.");
    const rows = [];
    for (const partitions of [1, 100, 1000]) rows.push(await writeTo(partitions, runtime, `${folder}/${partitions}`));
    stage.table(rows);
    await stage.pause();

    stage.say("2. One partition, 200 batches: never flushed, and flushed after every batch (flush.messages=1).");
    stage.table([
      await flushEvery(Infinity, runtime, `${folder}/never`),
      await flushEvery(1, runtime, `${folder}/always`),
    ]);
    await stage.pause();

    stage.say("3. Reading the first log again, from the page cache, into the memory of the process.");
    stage.table(await readBack(runtime, `${folder}/1`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeTo(partitions: number, runtime: Runtime, folder: string): Promise<Record<string, unknown>> {
  const logs = Array.from({ length: partitions }, (_, i) => open(runtime, folder, i));
  const batch = new Uint8Array(batchOf(BATCH_BYTES));
  const append = timed(() => {
    for (let i = 0; i < BATCHES; i++) logs[i % partitions]!.appendAsLeader(asSent(batch), 0);
  });
  const startMs = performance.now();
  for (const log of logs) await log.flush();
  const flushMs = performance.now() - startMs;
  for (const log of logs) await log.close();
  return {
    partitions,
    "append MB/s": Math.round(TOTAL_BYTES / 1000 / append),
    "μs a batch": Math.round((append * 1000) / BATCHES),
    "flush ms": Math.round(flushMs),
    "MB/s with flush": Math.round(TOTAL_BYTES / 1000 / (append + flushMs)),
  };
}

async function flushEvery(batches: number, runtime: Runtime, folder: string): Promise<Record<string, unknown>> {
  const log = open(runtime, folder, 0);
  const batch = new Uint8Array(batchOf(BATCH_BYTES));
  const startMs = performance.now();
  for (let i = 1; i <= 200; i++) {
    log.appendAsLeader(asSent(batch), 0);
    if (i % batches === 0) await log.flush();
  }
  const ms = performance.now() - startMs;
  await log.close();
  return { flushed: batches === 1 ? "every batch" : "never", "μs a batch": Math.round((ms * 1000) / 200) };
}

async function readBack(runtime: Runtime, folder: string): Promise<Record<string, unknown>[]> {
  const log = open(runtime, folder, 0, true);
  const rows = [BATCH_BYTES, 16 * BATCH_BYTES, 64 * BATCH_BYTES].map((maxBytes) => {
    let reads = 0;
    const ms = timed(() => {
      for (let offset = 0; offset < log.logEndOffset; reads++) offset = log.read(offset, maxBytes).nextOffset;
    });
    const perRead = Math.round((ms * 1000) / reads);
    return { "KiB a read": maxBytes / 1024, "MB/s": Math.round(TOTAL_BYTES / 1000 / ms), "μs a read": perRead };
  });
  await log.close();
  return rows;
}

function open(runtime: Runtime, folder: string, partition: number, hadCleanShutdown = false): UnifiedLog {
  const topicPartition = { topic: "t", partition };
  const config = { ...DEFAULT_LOG_CONFIG, messageTimestampAfterMaxMs: Number.MAX_SAFE_INTEGER };
  const log = UnifiedLog.open({
    runtime,
    folder: `${folder}/t-${partition}`,
    topicPartition,
    config,
    hadCleanShutdown,
  });
  return log;
}

function batchOf(bytes: number): Uint8Array {
  const builder = new RecordBatchBuilder({ capacity: bytes });
  const value = new Uint8Array(1000);
  while (builder.hasRoomFor(0, null, value)) builder.append(0, null, value);
  return builder.build();
}

/** The batch as a client sends it: an append writes its offset into it. */
function asSent(batch: Uint8Array): Uint8Array {
  return batch.fill(0, 0, 8);
}

function timed(run: () => void): number {
  const startMs = performance.now();
  run();
  return performance.now() - startMs;
}
