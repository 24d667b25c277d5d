/**
 * The process of one half of a client: gets its task as its argument; the reader prints the result. Each value begins
 * with the time when it was sent, by the clock that all processes of a machine share.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { CLIENTS } from "./clients.ts";
import { type EndToEndClient, type EndToEndTask, type Latencies } from "./task.ts";

/** A writer that was kept from running doesn't make up for it with a request that no broker takes. */
const MOST_AT_ONCE = 2_000;

/** Milliseconds, with fractions, of the machine's monotonic clock. */
function nowMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}

function stamped(valueBytes: number): Buffer {
  const value = Buffer.alloc(valueBytes);
  value.writeDoubleBE(nowMs());
  return value;
}

/** Sends what is due each millisecond. What is late is sent at once, with the time when it was sent. */
async function write(client: EndToEndClient, task: EndToEndTask): Promise<void> {
  const writer = await client.write(task);
  // Nothing piles up while it connects.
  await writer.sendFirst(stamped(task.valueBytes));
  const total = task.warmUp + task.records;
  const startMs = nowMs();
  for (let sent = 1; sent < total; await sleep(1)) {
    const wanted = Math.floor(((nowMs() - startMs) * task.recordsPerSecond) / 1_000);
    const due = Math.min(total, wanted, sent + MOST_AT_ONCE);
    if (due <= sent) continue;
    writer.send(Array.from({ length: due - sent }, () => stamped(task.valueBytes)));
    sent = due;
  }
  await writer.close();
}

async function read(client: EndToEndClient, task: EndToEndTask): Promise<Latencies> {
  const latencies = new Float64Array(task.records);
  let count = -task.warmUp;
  await client.read(task, (value) => {
    if (count >= 0) latencies[count] = nowMs() - value.readDoubleBE();
    return ++count === task.records;
  });
  latencies.sort();
  const at = (share: number): number => latencies[Math.ceil(share * task.records) - 1]!;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) };
}

const task = JSON.parse(process.argv[2]!) as EndToEndTask;
const client = CLIENTS[task.client]!;
const result = task.half === "read" ? await read(client, task) : await write(client, task);
process.stdout.write(JSON.stringify(result ?? null));
process.exit(0);
