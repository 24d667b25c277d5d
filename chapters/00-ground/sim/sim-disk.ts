import { DiskError } from "#ground/errors";
import { type Disk, type DiskFile, type DiskLock } from "#ground/runtime";
import { type DiskImage, FileInode, FolderInode, type Inode, namesOf } from "./disk-image.ts";
import { type SimMachine } from "./sim-machine.ts";
import { type Resource, type SimProcess } from "./sim-process.ts";

/**
 * The disk as one process sees it. What it changes is in the machine's {@link DiskImage}, which outlives it; what can
 * go wrong is in {@link SimMachine}. Paths are absolute: `/a/b` and `a/b` are the same file.
 */
export class SimDisk implements Disk {
  readonly #process: SimProcess;
  readonly #machine: SimMachine;
  readonly #image: DiskImage;
  readonly #wallMs: () => number;

  constructor(process: SimProcess, machine: SimMachine, wallMs: () => number) {
    this.#process = process;
    this.#machine = machine;
    this.#image = machine.image;
    this.#wallMs = wallMs;
  }

  open(path: string, options: { create?: boolean; readOnly?: boolean } = {}): DiskFile {
    this.#enter(path);
    let inode = this.#find(path);
    if (inode === undefined && options.create === true) inode = this.#createFile(path);
    const file = this.#asFile(path, inode);
    return new SimFile(this.#process, this.#machine, path, file, options.readOnly === true, this.#wallMs);
  }

  exists(path: string): boolean {
    this.#enter(path);
    return this.#find(path) !== undefined;
  }

  size(path: string): number {
    this.#enter(path);
    return this.#asFile(path, this.#find(path)).size;
  }

  modifiedMs(path: string): number {
    this.#enter(path);
    return this.#asFile(path, this.#find(path)).modifiedMs;
  }

  list(folder: string): string[] {
    this.#enter(folder);
    return this.#asFolder(folder, this.#find(folder)).names();
  }

  isFolder(path: string): boolean {
    this.#enter(path);
    return this.#find(path)?.kind === "folder";
  }

  makeFolder(path: string): void {
    this.#enter(path);
    let folder = this.#image.root;
    for (const name of namesOf(path)) {
      let next = folder.get(name);
      if (next === undefined) {
        this.#step(`makeFolder ${path}`);
        next = new FolderInode();
        folder.change([[name, next]]);
      }
      folder = this.#asFolder(path, next);
    }
  }

  remove(path: string): void {
    this.#enter(path);
    const inode = this.#find(path);
    if (inode !== undefined) this.#unlink(path, inode);
  }

  rename(from: string, to: string): void {
    this.#enter(from);
    this.#enter(to);
    const inode = this.#find(from);
    if (inode === undefined) throw new DiskError("missing", from);
    const [folder, name] = this.#place(from);
    const [toFolder, toName] = this.#place(to);
    if (folder !== toFolder) throw new DiskError("io", from, `${from} can't be renamed to ${to}: another folder`);
    if (name === toName) return;
    const replaced = folder.get(toName);
    if (replaced?.kind === "folder" || (replaced !== undefined && inode.kind === "folder")) {
      throw new DiskError("io", to, `${from} can't be renamed to ${to}: only a file may replace a file`);
    }
    this.#step(`rename ${from} to ${to}`);
    if (replaced !== undefined) this.#image.bytesLeft += replaced.size;
    folder.change([[name, undefined], [toName, inode]]);
  }

  readFile(path: string): Uint8Array {
    this.#enter(path);
    return this.#asFile(path, this.#find(path)).content();
  }

  writeFileAtomically(path: string, content: Uint8Array): void {
    const temporary = `${path}.tmp`;
    this.remove(temporary);
    const file = this.open(temporary, { create: true });
    try {
      file.append([content]);
    } catch (error) {
      file.close();
      if (this.#process.alive) this.remove(temporary);
      throw error;
    }
    file.close();
    this.#flushNow(this.#asFile(temporary, this.#find(temporary)));
    this.rename(temporary, path);
    this.#flushNow(this.#place(path)[0]);
  }

  lock(folder: string): DiskLock {
    this.#enter(folder);
    const inode = this.#asFolder(folder, this.#find(folder));
    return this.#machine.lock(this.#process, folder, inode);
  }

  #enter(path: string): void {
    this.#machine.enter(this.#process, path);
  }

  #step(what: string): void {
    this.#machine.step(this.#process, what);
  }

  #flushNow(inode: Inode): void {
    const endNames = inode.kind === "file" ? inode.parent?.startFlush() : undefined;
    const end = inode.startFlush();
    this.#step("flush");
    this.#process.spend(this.#machine.flushMs);
    end();
    endNames?.();
  }

  #find(path: string): Inode | undefined {
    let inode: Inode | undefined = this.#image.root;
    for (const name of namesOf(path)) {
      if (inode?.kind !== "folder") return undefined;
      inode = inode.get(name);
    }
    return inode;
  }

  /** The folder of `path`, which must exist, and the name of `path` in it. */
  #place(path: string): [folder: FolderInode, name: string] {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) throw new DiskError("io", path, "The root folder has no name to change.");
    const parent = names.join("/");
    return [this.#asFolder(path, this.#find(parent)), name];
  }

  #createFile(path: string): FileInode {
    const [folder, name] = this.#place(path);
    this.#step(`create ${path}`);
    const file = new FileInode(this.#wallMs());
    folder.change([[name, file]]);
    return file;
  }

  #unlink(path: string, inode: Inode): void {
    if (inode.kind === "folder") {
      for (const name of inode.names()) this.#unlink(`${path}/${name}`, inode.get(name)!);
    }
    const [folder, name] = this.#place(path);
    this.#step(`remove ${path}`);
    if (inode.kind === "file") this.#image.bytesLeft += inode.size;
    folder.change([[name, undefined]]);
  }

  #asFile(path: string, inode: Inode | undefined): FileInode {
    if (inode === undefined) throw new DiskError("missing", path);
    if (inode.kind !== "file") throw new DiskError("io", path, `${path} is a folder, not a file`);
    return inode;
  }

  #asFolder(path: string, inode: Inode | undefined): FolderInode {
    if (inode === undefined) throw new DiskError("missing", path);
    if (inode.kind !== "folder") throw new DiskError("io", path, `${path} is a file, not a folder`);
    return inode;
  }
}

/** An open file of one process. */
class SimFile implements DiskFile, Resource {
  readonly path: string;
  readonly #process: SimProcess;
  readonly #machine: SimMachine;
  readonly #inode: FileInode;
  readonly #readOnly: boolean;
  readonly #wallMs: () => number;
  #closed = false;

  constructor(
    process: SimProcess, machine: SimMachine, path: string, inode: FileInode, readOnly: boolean, wallMs: () => number,
  ) {
    this.path = path;
    this.#process = process;
    this.#machine = machine;
    this.#inode = inode;
    this.#readOnly = readOnly;
    this.#wallMs = wallMs;
    process.resources.add(this);
  }

  get label(): string {
    return `file ${this.path}`;
  }

  get size(): number {
    return this.#inode.size;
  }

  append(parts: readonly Uint8Array[]): void {
    this.#enterToWrite();
    let length = 0;
    for (const part of parts) length += part.length;
    this.#machine.takeSpace(this.path, length);
    const written = this.#machine.bytesBeforeCrash(length);
    this.#inode.append(parts, written);
    this.#inode.modifiedMs = this.#wallMs();
    this.#machine.wrote(this.#process, `append ${this.path} ${written} B`, written, length);
  }

  read(into: Uint8Array, at: number): number {
    this.#enter();
    return this.#inode.read(into, at);
  }

  truncate(size: number): void {
    this.#enterToWrite();
    this.#machine.step(this.#process, `truncate ${this.path} ${size} B`);
    this.#machine.image.bytesLeft += Math.max(0, this.#inode.size - size);
    this.#inode.truncate(size);
    this.#inode.modifiedMs = this.#wallMs();
  }

  async flush(): Promise<void> {
    this.#enter();
    const endNames = this.#inode.parent?.startFlush();
    const endBytes = this.#inode.startFlush();
    await this.#machine.flush(this.#process, this.path);
    endBytes();
    endNames?.();
  }

  close(): void {
    this.#closed = true;
    this.#process.resources.delete(this);
  }

  #enter(): void {
    if (this.#closed) throw new DiskError("io", this.path, `${this.path} has been closed`);
    this.#machine.enter(this.#process, this.path);
  }

  #enterToWrite(): void {
    if (this.#readOnly) throw new DiskError("io", this.path, `${this.path} was opened to be read only`);
    this.#enter();
  }
}
