/**
 * `npm run bench -- codec`: how fast record batches are written and read, beside kafkajs in the same run.
 *
 * Each round takes all contestants, one after the other, so that a busy moment of the machine hits them alike; the
 * median of the rounds is told.
 *
 * @module
 */
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { batches, crc32c, RecordBatchBuilder } from "#serialization";
import { answer } from "../run/answer.ts";
import { median, perSecond, printTable } from "./measure.ts";

/** Bytes of values in a batch: what a tuned producer sends at once. */
const BATCH_BYTES = 100_000;
const ROUNDS = 15;
const ROUND_MS = 120;

/** One thing to measure. `run` handles one batch of `bytes` bytes. */
interface Contestant {
  readonly name: string;
  readonly bytes: number;
  run(): unknown;
}

/** The parts of kafkajs that encode; it has no types for them. */
interface KafkajsCodec {
  encode(): Promise<unknown>;
}

async function main(): Promise<void> {
  parseArgs({ options: {} });
  for (const valueBytes of [100, 1_000]) {
    const value = Buffer.alloc(valueBytes, "v");
    const records = BATCH_BYTES / valueBytes;
    const buffer = Buffer.alloc(records * (valueBytes + 20) + 100);
    const encoded = Buffer.from(encodeOurs(records, value, buffer));
    const kafkajs = kafkajsCodec(records, value);
    const contestants: Contestant[] = [
      { name: "encode, katafka", bytes: encoded.length, run: () => encodeOurs(records, value, buffer) },
      { name: "encode, kafkajs", bytes: encoded.length, run: () => kafkajs.encode() },
      { name: "read every record, katafka", bytes: encoded.length, run: () => readAll(encoded) },
      { name: "check and skip (a broker's produce)", bytes: encoded.length, run: () => skipAll(encoded) },
      { name: "CRC-32C alone", bytes: encoded.length, run: () => crc32c(encoded, 21, encoded.length) },
    ];
    const rates = await race(contestants);
    printTable(
      `${records} records of ${valueBytes} bytes a batch`,
      ["", "records/s", "MB/s"],
      contestants.map(({ name, bytes }, i) => {
        const runs = rates[i]!;
        return [name, perSecond(runs * records), ((runs * bytes) / 1e6).toFixed(0)];
      }),
    );
    const [ours, theirs] = rates as [number, number];
    console.log(`Encoding is ${(ours / theirs).toFixed(1)} times as fast as kafkajs'.\n`);
  }
}

/** Runs of each contestant a second: the median over all rounds. */
async function race(contestants: readonly Contestant[]): Promise<number[]> {
  const rates = contestants.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, contestant] of contestants.entries()) rates[i]!.push(await rate(contestant));
  }
  return rates.map(median);
}

async function rate({ run }: Contestant): Promise<number> {
  const startMs = performance.now();
  let runs = 0;
  while (performance.now() - startMs < ROUND_MS) {
    const result = run();
    if (result instanceof Promise) await result;
    runs += 1;
  }
  return (runs * 1000) / (performance.now() - startMs);
}

/** Into memory that is used again and again, as the producer's accumulator does it. */
function encodeOurs(records: number, value: Buffer, buffer: Buffer): Uint8Array {
  const builder = new RecordBatchBuilder({ buffer });
  for (let i = 0; i < records; i++) builder.append(1_700_000_000_000 + i, null, value);
  return builder.build();
}

function readAll(bytes: Uint8Array): number {
  let sum = 0;
  for (const batch of batches(bytes)) for (const record of batch.records()) sum += record.value!.length;
  return sum;
}

function skipAll(bytes: Uint8Array): number {
  let count = 0;
  for (const batch of batches(bytes)) {
    batch.ensureValid();
    for (const cursor = batch.cursor(); cursor.next(); ) count += 1;
  }
  return count;
}

function kafkajsCodec(count: number, value: Buffer): KafkajsCodec {
  const require = createRequire(import.meta.url);
  const inner = "kafkajs/src/protocol/recordBatch";
  const { RecordBatch } = require(`${inner}/v0`) as { RecordBatch: (batch: object) => Promise<unknown> };
  const Record = require(`${inner}/record/v0`) as (record: object) => unknown;
  return {
    encode() {
      const records = Array.from({ length: count }, (_, i) => Record({ offsetDelta: i, timestampDelta: i, value }));
      return RecordBatch({ records, lastOffsetDelta: count - 1 });
    },
  };
}

process.exitCode = await answer(main);
