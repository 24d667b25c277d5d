import fs from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { promisify } from "node:util";
import { type DescriptorPool } from "./descriptor-pool.ts";
import { codeOf, diskErrorOf } from "./disk-errors.ts";

/** What a folder's flush may fail with although nothing is wrong: file systems that can't, folders that are gone. */
const HARMLESS: ReadonlySet<string | undefined> = new Set(["EINVAL", "ENOTSUP", "ENOENT"]);

/**
 * The folders in which names were made, removed or renamed that the device may not have yet. `fsync` of a file does
 * not make its name durable: that takes an `fsync` of its folder, and of the folder's folder if that is new too.
 * (Kafka's `Utils.flushDir`.)
 */
export class UnflushedNames {
  readonly #pool: DescriptorPool;
  readonly #changed = new Set<string>();
  /** Flushes under way: names that one of them covers are not durable before it has ended. */
  readonly #flushing = new Map<string, Promise<void>>();

  constructor(pool: DescriptorPool) {
    this.#pool = pool;
  }

  /** The name at `path` has been made or changed its meaning. */
  changed(path: string): void {
    this.#changed.add(dirname(resolve(path)));
  }

  /** What was at `from`, with all that is below it, is at `to` now; or nowhere, when that is null. */
  moved(from: string, to: string | null): void {
    const old = resolve(from);
    for (const each of [...this.#changed]) {
      if (each !== old && !each.startsWith(old + sep)) continue;
      this.#changed.delete(each);
      if (to !== null) this.#changed.add(resolve(to) + each.slice(old.length));
    }
    this.changed(from);
  }

  /** Flushes `folder` and those above it where they have changed. @throws DiskError */
  async flush(folder: string): Promise<void> {
    for (const each of upFrom(folder)) {
      if (this.#changed.delete(each)) this.#startFlush(each);
      await this.#flushing.get(each);
    }
  }

  /** As {@link flush}, within the turn. */
  flushSync(folder: string): void {
    for (const each of upFrom(folder)) {
      if (!this.#changed.delete(each)) continue;
      try {
        const fd = this.#openFolder(each);
        try {
          fs.fsyncSync(fd);
        } finally {
          fs.closeSync(fd);
        }
      } catch (error) {
        this.#failed(each, error);
      }
    }
  }

  #startFlush(folder: string): void {
    const flushing = this.#flushOne(folder, this.#flushing.get(folder));
    const forget = (): void => {
      if (this.#flushing.get(folder) === flushing) this.#flushing.delete(folder);
    };
    this.#flushing.set(folder, flushing);
    flushing.then(forget, forget);
  }

  /** @param earlier - a flush that began before and may miss the newest names; what it comes to is its caller's */
  async #flushOne(folder: string, earlier: Promise<void> | undefined): Promise<void> {
    await earlier?.catch(() => {});
    try {
      const fd = this.#openFolder(folder);
      try {
        // Looked up at each call, so that a test can listen.
        await promisify(fs.fsync)(fd);
      } finally {
        fs.closeSync(fd);
      }
    } catch (error) {
      this.#failed(folder, error);
    }
  }

  #openFolder(folder: string): number {
    return this.#pool.retrying(() => fs.openSync(folder, "r"));
  }

  #failed(folder: string, error: unknown): void {
    if (HARMLESS.has(codeOf(error))) return;
    this.#changed.add(folder);
    throw diskErrorOf(error, folder);
  }
}

/** A folder and those above it, up to the root. */
function upFrom(folder: string): string[] {
  const folders = [resolve(folder)];
  for (let at = folders[0]!; at !== dirname(at); at = dirname(at)) folders.push(dirname(at));
  return folders;
}
