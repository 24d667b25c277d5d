/**
 * What is in the folders of the brokers when all have ended: between the latest log start and the lowest high watermark
 * all replicas hold the same batches, byte for byte. Files may roll elsewhere.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type Runtime } from "#ground/runtime";
import { DEFAULT_LOG_CONFIG, UnifiedLog } from "#log";
import { readOffsetCheckpoint } from "#log/given/assembly/checkpoint-file";

interface Replica {
  readonly log: UnifiedLog;
  readonly highWatermark: number;
}

/** Opens a replica whose broker ended in order. */
function open(runtime: Runtime, dir: string, topic: string, partition: number): Replica {
  const folder = `${dir}/${topic}-${partition}`;
  const watermarks = readOffsetCheckpoint(runtime.disk, `${dir}/replication-offset-checkpoint`);
  const known = watermarks.find((one) => one.topic === topic && one.partition === partition);
  const topicPartition = { topic, partition };
  const log = UnifiedLog.open({ runtime, folder, topicPartition, config: DEFAULT_LOG_CONFIG, hadCleanShutdown: true });
  return { log, highWatermark: known?.offset ?? 0 };
}

function hashOf(log: UnifiedLog, from: number, to: number): string {
  const hash = createHash("sha256");
  for (let at = from; at < to; ) {
    const { records, nextOffset } = log.read(at, 1 << 20, { maxOffset: to });
    if (nextOffset <= at) break;
    hash.update(records);
    at = nextOffset;
  }
  return hash.digest("hex");
}

/** What differs between the replicas of a partition, in words; null when nothing does. */
export function differenceOf(
  runtime: Runtime,
  dirs: readonly string[],
  topic: string,
  partition: number,
): { readonly difference: string | null; readonly compared: number } {
  const replicas = dirs.map((dir) => open(runtime, dir, topic, partition));
  try {
    const from = Math.max(...replicas.map(({ log }) => log.logStartOffset));
    const to = Math.min(...replicas.map(({ highWatermark }) => highWatermark));
    const hashes = replicas.map(({ log }) => hashOf(log, from, to));
    const isSame = new Set(hashes).size === 1;
    const text = `${topic}-${partition} differs between ${from} and ${to}: ${hashes.join(", ")}`;
    return { difference: isSame ? null : text, compared: to - from };
  } finally {
    for (const { log } of replicas) log.abandon();
  }
}
