import { DiskError, type DiskErrorReason } from "#ground/errors";
import { type DiskLock } from "#ground/runtime";
import { DiskImage, type FolderInode, namesOf } from "./disk-image.ts";
import { type Resource, type SimProcess } from "./sim-process.ts";

/**
 * The machine under a process, as far as its disk goes: what is stored, who holds locks, and what is to go wrong.
 * It outlives the process.
 */
export class SimMachine {
  readonly image = new DiskImage();
  /** Milliseconds that each call takes, with the process blocked. */
  callMs = 0;
  /** Milliseconds until the device has what is flushed. At zero a flush is over at once. */
  flushMs: number;
  readonly #usualFlushMs: number;
  readonly #failing = new Map<string, DiskErrorReason>();
  readonly #locks = new Map<FolderInode, SimProcess>();
  #bytesUntilCrash = Infinity;
  #isUndisturbed = false;

  constructor(flushMs: number) {
    this.flushMs = flushMs;
    this.#usualFlushMs = flushMs;
  }

  /** From now on every call on `path`, or on what is below it, fails for that reason. */
  fail(path: string, reason: DiskErrorReason): void {
    this.#failing.set(namesOf(path).join("/"), reason);
  }

  /** Ends all that {@link fail}, `callMs`, `flushMs` and a full disk did. */
  heal(): void {
    this.#failing.clear();
    this.image.bytesLeft = Infinity;
    this.callMs = 0;
    this.flushMs = this.#usualFlushMs;
  }

  /** The process dies inside the write that would go beyond `bytes` more. A change of names counts as one byte. */
  crashAfterWriting(bytes: number): void {
    this.#bytesUntilCrash = bytes;
  }

  /** Runs `run` as if nothing were wrong with the disk. */
  undisturbed<T>(run: () => T): T {
    this.#isUndisturbed = true;
    try {
      return run();
    } finally {
      this.#isUndisturbed = false;
    }
  }

  /** Begins a call on `path`. @throws DiskError */
  enter(process: SimProcess, path: string): void {
    if (!process.alive) throw gone(process, path);
    if (this.#isUndisturbed) return;
    if (this.callMs > 0) process.spend(this.callMs);
    if (this.#failing.size === 0) return;
    const names = namesOf(path).join("/");
    for (const [failing, reason] of this.#failing) {
      if (failing === "" || names === failing || names.startsWith(`${failing}/`)) throw new DiskError(reason, path);
    }
  }

  /** Takes room for `bytes` more. @throws DiskError when there isn't as much */
  takeSpace(path: string, bytes: number): void {
    if (bytes > this.image.bytesLeft) throw new DiskError("full", path);
    this.image.bytesLeft -= bytes;
  }

  /** How many of `length` bytes get written before the process dies: nearly always all of them. */
  bytesBeforeCrash(length: number): number {
    return Math.min(length, this.#bytesUntilCrash);
  }

  /** Notes that `written` of `length` bytes are in the page cache, and lets the process die if that was its plan. */
  wrote(process: SimProcess, what: string, written: number, length: number): void {
    process.note(what);
    this.#bytesUntilCrash -= written;
    if (written < length) this.#crash(process, what);
  }

  /** A change that is done whole or not at all. @throws DiskError when the process dies before it */
  step(process: SimProcess, what: string): void {
    if (this.#bytesUntilCrash < 1) this.#crash(process, what);
    this.#bytesUntilCrash -= 1;
    process.note(what);
  }

  /** Resolves when the device has what was written before; never, if the process dies first. */
  flush(process: SimProcess, path: string): Promise<void> {
    process.note(`flush ${path}`);
    if (this.flushMs === 0) return Promise.resolve();
    const flushing: Resource = { label: `flush of ${path}` };
    process.resources.add(flushing);
    return new Promise((resolve, reject) => {
      process.schedule(process.nowMs + this.flushMs, `flushed ${path}`, () => {
        process.resources.delete(flushing);
        try {
          this.enter(process, path);
          resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  lock(process: SimProcess, folder: string, inode: FolderInode): DiskLock {
    const holder = this.#locks.get(inode);
    if (holder !== undefined) {
      const who = holder === process ? "this process itself" : "another process";
      throw new DiskError("locked", folder, `${folder} is in use by ${who} (on ${holder.host})`);
    }
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      this.#locks.delete(inode);
      process.resources.delete(lock);
    };
    const lock: Resource = { label: `lock on ${folder}`, onDeath: release };
    this.#locks.set(inode, process);
    process.resources.add(lock);
    return { release };
  }

  #crash(process: SimProcess, what: string): never {
    this.#bytesUntilCrash = Infinity;
    process.note(`dies in ${what}`);
    process.die();
    throw gone(process, what);
  }
}

function gone(process: SimProcess, path: string): DiskError {
  return new DiskError("io", path, `${path}: this process of ${process.host} is dead`);
}
