/**
 * What is on a simulated disk: folders and files as the processes see them (that is, through the page cache), and
 * with each the changes that the device may not have yet.
 *
 * **The model of a power loss.** The unflushed changes of each file and of each folder are kept as a list that can be
 * undone. A power loss draws, for every file and folder *by itself*, how many of its changes had reached the device,
 * and undoes the rest, newest first:
 * - of a file, the first change that did not make it may be there in part, when it is an append (a torn write); and
 *   in half of the files the appends that made it may have holes, whole pages that read as zeros, because the file's
 *   length reached the device before its bytes did;
 * - of a folder, a change is a name that was made, removed or renamed. A rename is one change: never half of it. A
 *   name can come back without its file's bytes, and bytes can be lost with their name.
 *
 * Flushing a file makes its bytes sure *and* its name, and those of the folders above it: nothing else. Real file
 * systems often promise more (ext4 commits all names at once); code that stands on this model stands on any of them.
 *
 * A crash of the process alone undoes nothing: the page cache belongs to the machine.
 *
 * @module
 */
import { type SeededRandom } from "./seeded-random.ts";

/** What is written or lost as one: a page of the page cache. */
const PAGE_BYTES = 4096;
/** How probable it is that some of the first append that was lost did get there. */
const TORN_PROBABILITY = 0.7;
/** How probable it is that a page of a file with holes is one. */
const HOLE_PROBABILITY = 0.3;

/** A change of a file's bytes that can be undone. */
type FileChange =
  | { readonly kind: "append"; readonly id: number; readonly from: number; to: number }
  | { readonly kind: "truncate"; readonly id: number; readonly to: number; readonly cut: Uint8Array };

/** A change of a folder's names that can be undone: what each touched name stood for before. */
interface NameChange {
  readonly id: number;
  readonly before: readonly (readonly [name: string, inode: Inode | undefined])[];
}

/** What a name can stand for. */
export type Inode = FileInode | FolderInode;

/** A file: it lives as long as a name or an open handle leads to it. */
export class FileInode {
  readonly kind = "file";
  parent: FolderInode | null = null;
  size = 0;
  modifiedMs: number;
  #bytes = new Uint8Array(0);
  #unflushed: FileChange[] = [];
  /** Appends up to this change belong to a flush that has begun: later ones are changes of their own. */
  #sealedId = 0;
  #lastId = 0;

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs;
  }

  /** Writes the first `length` bytes of `parts` at the end. */
  append(parts: readonly Uint8Array[], length: number): void {
    const from = this.size;
    this.#reserve(from + length);
    for (const part of parts) {
      const left = from + length - this.size;
      if (left <= 0) break;
      this.#bytes.set(part.length <= left ? part : part.subarray(0, left), this.size);
      this.size += Math.min(part.length, left);
    }
    const last = this.#unflushed.at(-1);
    // Neighbouring appends are one change: a power loss may cut it at any byte anyway.
    if (last?.kind === "append" && last.id > this.#sealedId) last.to = this.size;
    else this.#unflushed.push({ kind: "append", id: ++this.#lastId, from, to: this.size });
  }

  truncate(to: number): void {
    if (to >= this.size) return;
    const cut = this.#bytes.slice(to, this.size);
    this.#unflushed.push({ kind: "truncate", id: ++this.#lastId, to, cut });
    this.size = to;
  }

  read(into: Uint8Array, at: number): number {
    const to = Math.min(this.size, at + into.length);
    if (to <= at) return 0;
    into.set(this.#bytes.subarray(at, to));
    return to - at;
  }

  content(): Uint8Array {
    return this.#bytes.slice(0, this.size);
  }

  /** Begins a flush of all that has been written so far; the returned call ends it: now the device has it. */
  startFlush(): () => void {
    const id = this.#lastId;
    this.#sealedId = id;
    return () => {
      this.#unflushed = this.#unflushed.filter((change) => change.id > id);
    };
  }

  losePower(random: SeededRandom): void {
    const kept = random.int(this.#unflushed.length + 1);
    const lost = this.#unflushed.splice(kept).reverse();
    for (const change of lost) this.#undo(change);
    const torn = lost.at(-1);
    if (torn?.kind === "append" && random.happens(TORN_PROBABILITY)) {
      this.size = torn.from + random.int(torn.to - torn.from + 1);
      this.#unflushed.push(torn);
    }
    this.#punchHoles(random);
    this.#unflushed = [];
  }

  #undo(change: FileChange): void {
    if (change.kind === "append") {
      this.size = change.from;
    } else {
      this.#reserve(change.to + change.cut.length);
      this.#bytes.set(change.cut, change.to);
      this.size = change.to + change.cut.length;
    }
  }

  #punchHoles(random: SeededRandom): void {
    const flushed = Math.min(...this.#unflushed.map((change) => (change.kind === "append" ? change.from : change.to)));
    if (flushed >= this.size || random.happens(0.5)) return;
    for (let page = Math.floor(flushed / PAGE_BYTES) * PAGE_BYTES; page < this.size; page += PAGE_BYTES) {
      if (!random.happens(HOLE_PROBABILITY)) continue;
      this.#bytes.fill(0, Math.max(page, flushed), Math.min(page + PAGE_BYTES, this.size));
    }
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(size, 2 * this.#bytes.length, 256));
    grown.set(this.#bytes.subarray(0, this.size));
    this.#bytes = grown;
  }
}

/** A folder: names, and what they stand for. */
export class FolderInode {
  readonly kind = "folder";
  parent: FolderInode | null = null;
  readonly #entries = new Map<string, Inode>();
  #unflushed: NameChange[] = [];
  #lastId = 0;

  get(name: string): Inode | undefined {
    return this.#entries.get(name);
  }

  /** Sorted by UTF-16 code units. */
  names(): string[] {
    return [...this.#entries.keys()].sort();
  }

  /** Gives names new meanings, undefined for none, as one change. */
  change(names: readonly (readonly [name: string, inode: Inode | undefined])[]): void {
    this.#unflushed.push({ id: ++this.#lastId, before: names.map(([name]) => [name, this.#entries.get(name)]) });
    this.#set(names);
  }

  /** Begins a flush of this folder's names and of those above it; the returned call ends it. */
  startFlush(): () => void {
    const id = this.#lastId;
    const endAbove = this.parent?.startFlush();
    return () => {
      this.#unflushed = this.#unflushed.filter((change) => change.id > id);
      endAbove?.();
    };
  }

  /** Applies a power loss to this folder and to all that is in it afterwards. */
  losePower(random: SeededRandom): void {
    const kept = random.int(this.#unflushed.length + 1);
    for (const change of this.#unflushed.splice(kept).reverse()) this.#set(change.before);
    this.#unflushed = [];
    for (const name of this.names()) this.#entries.get(name)!.losePower(random);
  }

  #set(names: readonly (readonly [name: string, inode: Inode | undefined])[]): void {
    for (const [name, inode] of names) {
      if (inode === undefined) {
        this.#entries.delete(name);
      } else {
        this.#entries.set(name, inode);
        inode.parent = this;
      }
    }
  }
}

/** One machine's disk. It outlives processes; {@link DiskImage.losePower} is what a power loss leaves of it. */
export class DiskImage {
  readonly root = new FolderInode();
  /** Room left on the device. */
  bytesLeft = Infinity;

  losePower(random: SeededRandom): void {
    this.root.losePower(random);
  }
}

/** The names along a path, from the root on. */
export function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
