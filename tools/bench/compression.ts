/**
 * `npm run bench -- compression`: what each codec saves, and what it costs, for batches of several sizes.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { parseArgs } from "node:util";
import { COMPRESSION_TYPES, type CompressionType } from "#ground/compression/compression";
import { batches, RecordBatchBuilder } from "#serialization";
import { answer } from "../run/answer.ts";
import { median, printTable } from "./measure.ts";

const RECORDS = [1, 30, 1_000];
const ROUNDS = 15;
const ROUND_MS = 60;

function main(): Promise<void> {
  parseArgs({ options: {} });
  for (const count of RECORDS) {
    const plain = Buffer.from(built("none", count));
    const rows = COMPRESSION_TYPES.map((codec) => {
      const packed = Buffer.from(built(codec, count));
      const write = megabytes(plain.length, () => built(codec, count));
      const read = megabytes(plain.length, () => readAll(packed));
      return [codec, `${((100 * packed.length) / plain.length).toFixed(0)} %`, write.toFixed(0), read.toFixed(0)];
    });
    printTable(`${count} records a batch, ${plain.length} bytes`, ["", "size", "write MB/s", "read MB/s"], rows);
  }
  return Promise.resolve();
}

/** Events as web shops log them: alike, but no two the same. */
const EVENTS = Array.from({ length: Math.max(...RECORDS) }, (_, i) => {
  const user = (i * 7_919) % 10_007;
  const key = `user-${user}`;
  const event = { user: key, action: ["view", "click", "buy"][user % 3], item: (user * 31) % 5_000, ms: user };
  return { key: Buffer.from(key), value: Buffer.from(JSON.stringify(event)) };
});
const MEMORY = Buffer.alloc(200_000);

function built(compression: CompressionType, count: number): Uint8Array {
  const builder = new RecordBatchBuilder({ compression, buffer: MEMORY });
  for (let i = 0; i < count; i++) builder.append(1_700_000_000_000 + i, EVENTS[i]!.key, EVENTS[i]!.value);
  return builder.build();
}

function readAll(bytes: Uint8Array): number {
  let sum = 0;
  for (const batch of batches(bytes)) for (const record of batch.records()) sum += record.value!.length;
  return sum;
}

/** Megabytes a second of CPU, before compression: the median of the rounds. */
function megabytes(bytes: number, run: () => unknown): number {
  const rates = Array.from({ length: ROUNDS }, () => {
    const start = process.cpuUsage();
    const endMs = performance.now() + ROUND_MS;
    let runs = 0;
    for (; performance.now() < endMs; runs++) run();
    const { user, system } = process.cpuUsage(start);
    return (runs * bytes) / (user + system);
  });
  return median(rates);
}

process.exitCode = await answer(main);
