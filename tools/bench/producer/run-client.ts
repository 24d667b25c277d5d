/**
 * The process of one client: gets its task as its argument, prints the result.
 *
 * @module
 */
import { CLIENTS } from "./clients.ts";
import { type ProducerResult, type ProducerTask } from "./task.ts";

const task = JSON.parse(process.argv[2]!) as ProducerTask;
const value = Buffer.alloc(task.valueBytes, "katafka ");

const client = await CLIENTS[task.client]!(task);
// The code is hot, and all connections are there, before it counts.
await client.sendAll({ ...task, records: Math.ceil(task.records / 10) }, value, () => {});
const latencies: number[] = [];
const cpuBefore = process.cpuUsage();
const beganMs = performance.now();
await client.sendAll(task, value, (latencyMs) => void latencies.push(latencyMs));
const elapsedMs = performance.now() - beganMs;
const { user, system } = process.cpuUsage(cpuBefore);
latencies.sort((a, b) => a - b);
const at = (share: number): number => latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))]!;
const result: ProducerResult = { elapsedMs, cpuMs: (user + system) / 1_000, p50Ms: at(0.5), p99Ms: at(0.99) };
process.stdout.write(JSON.stringify(result));
await client.close();
process.exit(0);
