import fs from "node:fs";
import { dirname } from "node:path";
import { DiskError } from "#ground/errors";
import { type DiskFile } from "#ground/runtime";
import { type DescriptorHolder, type DescriptorPool } from "./descriptor-pool.ts";
import { diskErrorOf } from "./disk-errors.ts";
import { type UnflushedNames } from "./unflushed-names.ts";

const { O_CREAT, O_RDONLY, O_RDWR } = fs.constants;

/** Of a file that has given its descriptor up. */
const NONE = -1;

/** How a {@link NodeFile} is opened. */
export interface NodeFileOptions {
  /** Make it if it is missing. */
  readonly create: boolean;
  readonly readOnly: boolean;
}

/**
 * An open file of the machine: a descriptor while it is used, which others may need meanwhile, and the size that our
 * own writes give it.
 */
export class NodeFile implements DiskFile, DescriptorHolder {
  readonly path: string;
  wasUsed = true;
  readonly #pool: DescriptorPool;
  readonly #readOnly: boolean;
  readonly #names: UnflushedNames;
  #fd: number;
  #size: number;
  #flushing = 0;
  #closed = false;

  /** @throws DiskError for a folder; what `node:fs` throws */
  constructor(path: string, options: NodeFileOptions, pool: DescriptorPool, names: UnflushedNames) {
    this.path = path;
    this.#pool = pool;
    this.#readOnly = options.readOnly;
    this.#names = names;
    this.#fd = pool.open(this, path, this.#flags | (options.create ? O_CREAT : 0));
    const stats = fs.fstatSync(this.#fd);
    if (stats.isDirectory()) {
      this.close();
      throw new DiskError("io", path, `${path} is a folder, not a file`);
    }
    this.#size = stats.size;
  }

  get size(): number {
    // A reader sees what another handle has written meanwhile.
    return this.#readOnly && !this.#closed ? fs.fstatSync(this.#descriptor()).size : this.#size;
  }

  append(parts: readonly Uint8Array[]): void {
    this.#checkWritable();
    let length = 0;
    for (const part of parts) length += part.length;
    try {
      const fd = this.#descriptor();
      const written =
        parts.length === 1
          ? fs.writeSync(fd, parts[0]!, 0, length, this.#size)
          : fs.writevSync(fd, parts, this.#size);
      if (written < length) this.#writeRest(Buffer.concat(parts), written);
    } catch (error) {
      this.#undoAppend();
      throw diskErrorOf(error, this.path);
    }
    this.#size += length;
  }

  read(into: Uint8Array, at: number): number {
    this.#checkOpen();
    let filled = 0;
    try {
      const fd = this.#descriptor();
      while (filled < into.length) {
        const count = fs.readSync(fd, into, filled, into.length - filled, at + filled);
        if (count === 0) break;
        filled += count;
      }
    } catch (error) {
      throw diskErrorOf(error, this.path);
    }
    return filled;
  }

  truncate(size: number): void {
    this.#checkWritable();
    if (size >= this.#size) return;
    try {
      fs.ftruncateSync(this.#descriptor(), size);
    } catch (error) {
      throw diskErrorOf(error, this.path);
    }
    this.#size = size;
  }

  async flush(): Promise<void> {
    this.#checkOpen();
    await this.#pool.inTurn(async () => {
      // It may have been closed while it waited for its turn.
      this.#checkOpen();
      this.#flushing++;
      try {
        await this.#fsync();
        await this.#names.flush(dirname(this.path));
      } finally {
        this.#flushing--;
        if (this.#closed) this.#closeDescriptor();
      }
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closeDescriptor();
  }

  letGo(): boolean {
    if (this.#flushing > 0) return false;
    this.#closeDescriptor();
    return true;
  }

  get #flags(): number {
    return this.#readOnly ? O_RDONLY : O_RDWR;
  }

  #fsync(): Promise<void> {
    return new Promise((resolve, reject) => {
      const failed = (error: unknown): void => reject(diskErrorOf(error, this.path));
      try {
        fs.fsync(this.#descriptor(), (error) => (error === null ? resolve() : failed(error)));
      } catch (error) {
        failed(error);
      }
    });
  }

  /** The file's descriptor: opened anew if it had to be given up. @throws what `node:fs` throws */
  #descriptor(): number {
    this.wasUsed = true;
    if (this.#fd === NONE) this.#fd = this.#pool.open(this, this.path, this.#flags);
    return this.#fd;
  }

  /** A short write is no error yet: the system says what is wrong when it is asked to go on. */
  #writeRest(bytes: Uint8Array, from: number): void {
    for (let at = from; at < bytes.length; ) {
      const written = fs.writeSync(this.#fd, bytes, at, bytes.length - at, this.#size + at);
      if (written === 0) throw new DiskError("io", this.path, `${this.path}: the system takes no more bytes`);
      at += written;
    }
  }

  /** An append happens in full or not at all: what a failed one did write goes again. */
  #undoAppend(): void {
    if (this.#fd === NONE) return;
    try {
      fs.ftruncateSync(this.#fd, this.#size);
    } catch {
      // The device is failing altogether. The next append writes to the same place, and recovery cuts what is torn.
    }
  }

  /** While a flush is under way the number of the descriptor must not be given to another file. */
  #closeDescriptor(): void {
    if (this.#flushing > 0 || this.#fd === NONE) return;
    const fd = this.#fd;
    this.#fd = NONE;
    this.#pool.forget(this);
    try {
      fs.closeSync(fd);
    } catch {
      // The descriptor is gone in any case; what was not flushed was not promised.
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new DiskError("io", this.path, `${this.path} has been closed`);
  }

  #checkWritable(): void {
    this.#checkOpen();
    if (this.#readOnly) throw new DiskError("io", this.path, `${this.path} was opened to be read only`);
  }
}
