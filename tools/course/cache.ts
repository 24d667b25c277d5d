/**
 * Results kept under .cache/, by the content of all that they depend on: what hasn't changed isn't run again.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { filesUnder } from "./chapters.ts";

const KEPT_MS = 7 * 24 * 3_600_000;

/** Results of one kind, such as `runs`. */
export class Cache<T> {
  readonly #folder: string;

  constructor(root: string, kind: string) {
    this.#folder = join(root, ".cache", kind);
  }

  get(key: string): T | undefined {
    const path = join(this.#folder, `${key}.json`);
    try {
      const value = JSON.parse(readFileSync(path, "utf8")) as T;
      utimesSync(path, new Date(), new Date());
      return value;
    } catch {
      return undefined; // not there, or cut off when a run was ended: it is made anew
    }
  }

  set(key: string, value: T): void {
    try {
      mkdirSync(this.#folder, { recursive: true });
      writeFileSync(join(this.#folder, `${key}.json`), JSON.stringify(value));
    } catch {
      // A folder that can't be written: then it is made anew each time.
    }
  }

  /** Forgets what hasn't been asked for in a week. */
  forgetOld(): void {
    forgetOldFiles(this.#folder);
  }
}

/** Also what vitest has compiled is kept there: every saved change adds to it. */
export function forgetOldCompiled(root: string): void {
  forgetOldFiles(join(root, ".cache", "compiled"));
}

function forgetOldFiles(folder: string): void {
  for (const name of filesUnder(folder, "")) {
    const path = join(folder, name);
    if (Date.now() - statSync(path).mtimeMs > KEPT_MS) rmSync(path, { force: true });
  }
}

/** A key from texts, in order. */
export function keyOf(...texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest("hex").slice(0, 32);
}

/** A key from all files under some paths (relative to `root`) for which `counts` is true. */
export function keyOfTree(root: string, paths: readonly string[], counts: (path: string) => boolean): string {
  const hash = createHash("sha256").update(process.version);
  for (const path of paths) {
    const names = filesUnder(join(root, path), "").map((name) => join(path, name));
    const all = names.length > 0 ? names : existsSync(join(root, path)) ? [path] : [];
    for (const name of all.filter(counts)) hash.update(`${name}:`).update(readFileSync(join(root, name)));
  }
  return hash.digest("hex").slice(0, 32);
}
