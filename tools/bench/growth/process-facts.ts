/**
 * What the system tells of a process: memory, open files, CPU.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMsOf } from "../measure.ts";

/** How long CPU use is looked at, at rest. */
const REST_MS = 3_000;

/** Of a process at rest; of several, the largest of each. */
export interface ProcessFacts {
  readonly rssBytes: number;
  readonly openFiles: number;
  /** 1 is a whole core. */
  readonly cpuShare: number;
}

/** Looks at processes for some seconds. @returns the largest of each; NaN where /proc doesn't tell */
export async function lookAt(pids: readonly number[]): Promise<ProcessFacts> {
  const cpuShare = await cpuShareDuring(pids, () => sleep(REST_MS));
  return {
    rssBytes: Math.max(...pids.map(rssOf)),
    openFiles: Math.max(...pids.map(openFilesOf)),
    cpuShare,
  };
}

/** The CPU use while something is done: of the process that uses most. 1 is a whole core. */
export async function cpuShareDuring(pids: readonly number[], run: () => Promise<void>): Promise<number> {
  const before = pids.map(cpuMsOf);
  const startMs = performance.now();
  await run();
  const ms = performance.now() - startMs;
  return Math.max(...pids.map((pid, i) => (cpuMsOf(pid) - before[i]!) / ms));
}

/** Resident memory, in bytes; NaN where /proc doesn't tell. */
function rssOf(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`))?.[1];
  return kilobytes === undefined ? NaN : Number(kilobytes) * 1024;
}

/** Descriptors that a process has open, sockets too; NaN where /proc doesn't tell. */
function openFilesOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return NaN;
  }
}

/** How many descriptors a process that is started from here may have; NaN where /proc doesn't tell. */
export function descriptorLimit(): number {
  const limit = /^Max open files\s+(\S+)/m.exec(textOf("/proc/self/limits"))?.[1];
  if (limit === "unlimited") return Infinity;
  return Number(limit ?? NaN);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
