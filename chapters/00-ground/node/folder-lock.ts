/**
 * A lock on a folder that the death of its holder frees, also by `kill -9`. Node has no file locks, so the holder
 * leaves a note of who it is: a file `.katafka.lock/PID-START` in the folder. A note counts as long as a process of
 * that id that started at that time is alive; so an id that is given to another process, even after a restart of the
 * machine, frees nothing and locks nothing.
 *
 * Whoever wants the lock writes its note first and looks for others then. Of two that try at the same moment at
 * least one sees the other and gives way (perhaps both do); never do both hold it. Processes that don't see each
 * other's ids, as in two containers that share a volume, are not kept apart.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { DiskError } from "#ground/errors";
import { type DiskLock } from "#ground/runtime";
import { codeOf } from "./disk-errors.ts";

/** The folder of notes. Not Kafka's `.lock`, which is a file that Kafka locks by other means. */
export const LOCK_FOLDER = ".katafka.lock";

/** Locks `folder` for this process. @throws DiskError "locked", saying who holds it; what `node:fs` throws */
export function lockFolder(folder: string): DiskLock {
  const notes = join(folder, LOCK_FOLDER);
  const own = `${process.pid}-${startOf(process.pid)}`;
  writeNote(folder, notes, own);
  const holder = fs.readdirSync(notes).find((note) => note !== own && !isForgotten(notes, note));
  if (holder !== undefined) {
    removeNote(notes, own);
    throw new DiskError("locked", folder, `${folder} is in use by process ${pidOf(holder)}`);
  }
  let held = true;
  return {
    release: () => {
      if (held) removeNote(notes, own);
      held = false;
    },
  };
}

function writeNote(folder: string, notes: string, own: string): void {
  if (!fs.statSync(folder).isDirectory()) throw new DiskError("io", folder, `${folder} is a file, not a folder`);
  for (;;) {
    makeNotes(notes);
    try {
      fs.writeFileSync(join(notes, own), "", { flag: "wx" });
      return;
    } catch (error) {
      if (codeOf(error) === "EEXIST") {
        throw new DiskError("locked", folder, `${folder} is in use by this process itself (${process.pid})`);
      }
      // Whoever released the lock in this moment removed the folder of notes: make it again.
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }
}

/** Not by mkdir's own `recursive`: on a file system that is read-only that says ENOENT. */
function makeNotes(notes: string): void {
  try {
    fs.mkdirSync(notes);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

/** Whether a note's process is dead; then the note goes too. */
function isForgotten(notes: string, note: string): boolean {
  const start = startOf(pidOf(note));
  if (start === "unknown" || note === `${pidOf(note)}-${start}`) return false;
  fs.rmSync(join(notes, note), { force: true });
  return true;
}

function removeNote(notes: string, own: string): void {
  try {
    fs.rmSync(join(notes, own), { force: true });
    fs.rmdirSync(notes);
  } catch {
    // Another process is looking at the folder of notes, or the disk fails: the note of a dead process is harmless.
  }
}

function pidOf(note: string): number {
  return Number.parseInt(note, 10);
}

/** When a process started, in a form that no other process of its id shares; "dead", or "unknown" if it lives. */
function startOf(pid: number): string {
  if (!isAlive(pid)) return "dead";
  try {
    if (process.platform === "linux") return linuxStartOf(pid);
    // Elsewhere `ps` knows; the locale must not change what it prints.
    const options = { env: { ...process.env, LC_ALL: "C" }, encoding: "utf8" } as const;
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], options).replace(/\W+/g, "");
  } catch {
    return isAlive(pid) ? "unknown" : "dead";
  }
}

function isAlive(pid: number): boolean {
  try {
    // Signal 0 tests only.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** From /proc/PID/stat: clock ticks since the machine started, and which start of the machine that was. */
function linuxStartOf(pid: number): string {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name of the program, in parentheses, may hold anything: the fields are counted after it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, ticks] = [fields[0], fields[19]];
  if (state === "Z" || state === "X") return "dead";
  const boot = fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8);
  return `${boot}${ticks}`;
}
