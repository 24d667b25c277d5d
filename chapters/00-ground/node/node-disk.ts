import fs from "node:fs";
import { dirname, resolve } from "node:path";
import { DiskError } from "#ground/errors";
import { type Disk, type DiskFile, type DiskLock } from "#ground/runtime";
import { DescriptorPool } from "./descriptor-pool.ts";
import { codeOf, diskErrorOf } from "./disk-errors.ts";
import { lockFolder } from "./folder-lock.ts";
import { NodeFile } from "./node-file.ts";
import { UnflushedNames } from "./unflushed-names.ts";

/** The machine's file system. */
export class NodeDisk implements Disk {
  readonly #pool: DescriptorPool;
  readonly #names: UnflushedNames;

  /** @param maxDescriptors - for files that are open; more may be open, and take turns. No limit if not given. */
  constructor(maxDescriptors = Infinity) {
    this.#pool = new DescriptorPool(maxDescriptors);
    this.#names = new UnflushedNames(this.#pool);
  }

  open(path: string, { create = false, readOnly = false }: { create?: boolean; readOnly?: boolean } = {}): DiskFile {
    return attempt(path, () => {
      const isNew = create && !fs.existsSync(path);
      const file = new NodeFile(path, { create: isNew, readOnly }, this.#pool, this.#names);
      if (isNew) this.#names.changed(path);
      return file;
    });
  }

  exists(path: string): boolean {
    return attempt(path, () => statsOf(path) !== undefined);
  }

  size(path: string): number {
    return attempt(path, () => fileStatsOf(path).size);
  }

  modifiedMs(path: string): number {
    return attempt(path, () => Math.floor(fileStatsOf(path).mtimeMs));
  }

  list(folder: string): string[] {
    return attempt(folder, () => {
      if (statsOf(folder)?.isFile() === true) throw new DiskError("io", folder, `${folder} is a file, not a folder`);
      return this.#pool.retrying(() => fs.readdirSync(folder)).sort();
    });
  }

  isFolder(path: string): boolean {
    return attempt(path, () => statsOf(path)?.isDirectory() === true);
  }

  makeFolder(path: string): void {
    attempt(path, () => {
      // Not by mkdir's own `recursive`: where no folder can be made, as under /proc, that never ends.
      const missing: string[] = [];
      let at = resolve(path);
      for (; statsOf(at) === undefined; at = dirname(at)) missing.unshift(at);
      if (!fs.statSync(at).isDirectory()) throw new DiskError("io", path, `${at} is a file, not a folder`);
      for (const folder of missing) {
        if (isLink(folder)) throw new DiskError("missing", path, `${folder} is a link to what doesn't exist`);
        fs.mkdirSync(folder);
        // A new name in the one above it.
        this.#names.changed(folder);
      }
    });
  }

  remove(path: string): void {
    attempt(path, () => this.#pool.retrying(() => fs.rmSync(path, { recursive: true, force: true })));
    this.#names.moved(path, null);
  }

  rename(from: string, to: string): void {
    if (dirname(resolve(from)) !== dirname(resolve(to))) {
      throw new DiskError("io", from, `${from} can't be renamed to ${to}: another folder`);
    }
    attempt(from, () => {
      const replaced = resolve(from) === resolve(to) ? undefined : statsOf(to);
      if (replaced?.isDirectory() === true || (replaced !== undefined && statsOf(from)?.isDirectory() === true)) {
        throw new DiskError("io", to, `${from} can't be renamed to ${to}: only a file may replace a file`);
      }
      fs.renameSync(from, to);
    });
    this.#names.moved(from, to);
  }

  readFile(path: string): Uint8Array {
    return attempt(path, () => {
      fileStatsOf(path);
      return this.#pool.retrying(() => fs.readFileSync(path));
    });
  }

  writeFileAtomically(path: string, content: Uint8Array): void {
    const temporary = `${path}.tmp`;
    attempt(path, () => {
      try {
        this.#pool.retrying(() => fs.writeFileSync(temporary, content, { flush: true }));
        fs.renameSync(temporary, path);
      } catch (error) {
        fs.rmSync(temporary, { force: true });
        throw error;
      }
    });
    this.#names.changed(path);
    this.#names.flushSync(dirname(path));
  }

  lock(folder: string): DiskLock {
    return attempt(folder, () => lockFolder(folder));
  }
}

/** Runs calls of `node:fs`. @throws DiskError */
function attempt<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw diskErrorOf(error, path);
  }
}

/** Undefined when nothing has that path. */
function statsOf(path: string): fs.Stats | undefined {
  try {
    return fs.statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // A file where the path wants a folder.
    if (codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/** Whether the path itself is a symbolic link, wherever it leads. */
function isLink(path: string): boolean {
  return fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function fileStatsOf(path: string): fs.Stats {
  const stats = fs.statSync(path);
  if (stats.isDirectory()) throw new DiskError("io", path, `${path} is a folder, not a file`);
  return stats;
}
