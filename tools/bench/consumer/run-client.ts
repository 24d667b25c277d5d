/**
 * The process of one client: gets its task as its argument, prints the result.
 *
 * @module
 */
import { CLIENTS } from "./clients.ts";
import { type ConsumerResult, type ConsumerTask } from "./task.ts";

const task = JSON.parse(process.argv[2]!) as ConsumerTask;

let [left, valueBytes, beganMs, endedMs] = [task.records, 0, 0, 0];
let cpu = process.cpuUsage();
let onDone = (): void => {};
const done = new Promise<void>((resolve) => (onDone = resolve));

await CLIENTS[task.client]!(task, {
  count(bytes: number): void {
    if (beganMs === 0) [beganMs, cpu] = [performance.now(), process.cpuUsage()];
    valueBytes += bytes;
    if (--left > 0) return;
    if (left === 0) [endedMs, cpu] = [performance.now(), process.cpuUsage(cpu)];
    onDone();
  },
  get isDone(): boolean {
    return left <= 0;
  },
  done,
});
const result: ConsumerResult = { elapsedMs: endedMs - beganMs, cpuMs: (cpu.user + cpu.system) / 1_000, valueBytes };
process.stdout.write(JSON.stringify(result));
process.exit(0);
