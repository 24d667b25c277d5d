import { DiskError } from "#ground/errors";
import { type Disk, type DiskFile, type DiskLock } from "#ground/runtime";

/**
 * The disk as the logs of one log dir see it. The first call that fails with an i/o error takes the dir offline: it is
 * told to the owner once, and every call from then on fails. So no log has to look out for its neighbours' errors.
 *
 * A *full* or *read-only* disk does not take the dir offline, nor does a process that has no descriptor left for one
 * more file: what was asked for fails, the rest goes on, and so does this when it is possible again. (Kafka takes the
 * dir offline then, too.)
 *
 * Source: Kafka's `LogDirFailureChannel`, KIP-112.
 */
export class LogDirDisk implements Disk {
  readonly #disk: Disk;
  readonly #dir: string;
  readonly #onFailure: (error: DiskError) => void;
  #isOffline = false;

  /** @param onFailure called once, within the call that failed: it should do its work later */
  constructor(disk: Disk, dir: string, onFailure: (error: DiskError) => void) {
    this.#disk = disk;
    this.#dir = dir;
    this.#onFailure = onFailure;
  }

  get isOffline(): boolean {
    return this.#isOffline;
  }

  /** @throws DiskError when the dir is offline */
  ensureOnline(): void {
    if (this.#isOffline) throw new DiskError("io", this.#dir, `the log dir ${this.#dir} is offline`);
  }

  /** Takes the dir offline if `error` is an i/o error. @returns `error`, to be thrown */
  failed(error: unknown): unknown {
    if (error instanceof DiskError && error.reason === "io" && !this.#isOffline) {
      this.#isOffline = true;
      this.#onFailure(error);
    }
    return error;
  }

  open(path: string, options?: { create?: boolean; readOnly?: boolean }): DiskFile {
    return new LogDirFile(
      this,
      this.#call(() => this.#disk.open(path, options)),
    );
  }

  exists(path: string): boolean {
    return this.#call(() => this.#disk.exists(path));
  }

  size(path: string): number {
    return this.#call(() => this.#disk.size(path));
  }

  modifiedMs(path: string): number {
    return this.#call(() => this.#disk.modifiedMs(path));
  }

  list(folder: string): string[] {
    return this.#call(() => this.#disk.list(folder));
  }

  isFolder(path: string): boolean {
    return this.#call(() => this.#disk.isFolder(path));
  }

  makeFolder(path: string): void {
    this.#call(() => this.#disk.makeFolder(path));
  }

  remove(path: string): void {
    this.#call(() => this.#disk.remove(path));
  }

  rename(from: string, to: string): void {
    this.#call(() => this.#disk.rename(from, to));
  }

  readFile(path: string): Uint8Array {
    return this.#call(() => this.#disk.readFile(path));
  }

  writeFileAtomically(path: string, content: Uint8Array): void {
    this.#call(() => this.#disk.writeFileAtomically(path, content));
  }

  lock(folder: string): DiskLock {
    return this.#call(() => this.#disk.lock(folder));
  }

  #call<T>(run: () => T): T {
    this.ensureOnline();
    try {
      return run();
    } catch (error) {
      throw this.failed(error);
    }
  }
}

/** An open file of a log dir. Written out, call by call: appends and reads come through here. */
class LogDirFile implements DiskFile {
  readonly #dir: LogDirDisk;
  readonly #file: DiskFile;
  #isClosed = false;

  constructor(dir: LogDirDisk, file: DiskFile) {
    this.#dir = dir;
    this.#file = file;
  }

  get path(): string {
    return this.#file.path;
  }

  get size(): number {
    return this.#file.size;
  }

  append(parts: readonly Uint8Array[]): void {
    this.#dir.ensureOnline();
    try {
      this.#file.append(parts);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  read(into: Uint8Array, at: number): number {
    this.#dir.ensureOnline();
    try {
      return this.#file.read(into, at);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  truncate(size: number): void {
    this.#dir.ensureOnline();
    try {
      this.#file.truncate(size);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  async flush(): Promise<void> {
    this.#dir.ensureOnline();
    try {
      await this.#file.flush();
    } catch (error) {
      throw this.#failed(error);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#file.close();
  }

  /** That a file was closed, perhaps in the middle of a flush, says nothing about the disk. */
  #failed(error: unknown): unknown {
    return this.#isClosed ? error : this.#dir.failed(error);
  }
}
