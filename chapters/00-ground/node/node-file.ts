import fs from "node:fs";
import { dirname } from "node:path";
import { DiskError } from "#ground/errors";
import { type DiskFile } from "#ground/runtime";
import { diskErrorOf } from "./disk-errors.ts";
import { type UnflushedNames } from "./unflushed-names.ts";

/** An open file of the machine: one descriptor, and the size that our own writes give it. */
export class NodeFile implements DiskFile {
  readonly path: string;
  readonly #fd: number;
  readonly #readOnly: boolean;
  readonly #names: UnflushedNames;
  #size: number;
  #flushing = 0;
  #closed = false;

  /** @param fd - now this object's to close */
  constructor(path: string, fd: number, size: number, readOnly: boolean, names: UnflushedNames) {
    this.path = path;
    this.#fd = fd;
    this.#size = size;
    this.#readOnly = readOnly;
    this.#names = names;
  }

  get size(): number {
    // A reader sees what another handle has written meanwhile.
    return this.#readOnly && !this.#closed ? fs.fstatSync(this.#fd).size : this.#size;
  }

  append(parts: readonly Uint8Array[]): void {
    this.#checkWritable();
    let length = 0;
    for (const part of parts) length += part.length;
    try {
      const written =
        parts.length === 1
          ? fs.writeSync(this.#fd, parts[0]!, 0, length, this.#size)
          : fs.writevSync(this.#fd, parts, this.#size);
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
      while (filled < into.length) {
        const count = fs.readSync(this.#fd, into, filled, into.length - filled, at + filled);
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
      fs.ftruncateSync(this.#fd, size);
    } catch (error) {
      throw diskErrorOf(error, this.path);
    }
    this.#size = size;
  }

  async flush(): Promise<void> {
    this.#checkOpen();
    this.#flushing++;
    try {
      await new Promise<void>((resolve, reject) => {
        fs.fsync(this.#fd, (error) => (error === null ? resolve() : reject(diskErrorOf(error, this.path))));
      });
      await this.#names.flush(dirname(this.path));
    } finally {
      this.#flushing--;
      if (this.#closed) this.#closeDescriptor();
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closeDescriptor();
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
    try {
      fs.ftruncateSync(this.#fd, this.#size);
    } catch {
      // The device is failing altogether. The next append writes to the same place, and recovery cuts what is torn.
    }
  }

  /** While a flush is under way the number of the descriptor must not be given to another file. */
  #closeDescriptor(): void {
    if (this.#flushing > 0) return;
    try {
      fs.closeSync(this.#fd);
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
