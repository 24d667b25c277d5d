/**
 * Other programs, and what the machine tells about processes.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** What a program printed. */
export interface Printed {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. @param input what it reads from stdin. */
export function run(program: string, args: readonly string[], input = ""): Promise<Printed> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
    child.stdin.end(input);
  });
}

/** Whether kcat is installed. Where it isn't, its tests are skipped, and the run says so. */
export function hasKcat(): boolean {
  const isThere = spawnSync("kcat", ["-V"]).status === 0;
  if (!isThere) console.warn("SKIPPED: kcat is not installed (apt-get install kcat): librdkafka is not tried.");
  return isThere;
}

/** Resident memory of a process in bytes; 0 where /proc doesn't tell. */
export function residentBytesOf(pid: number): number {
  try {
    const [, pages] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
    return Number(pages) * 4096;
  } catch {
    return 0;
  }
}
