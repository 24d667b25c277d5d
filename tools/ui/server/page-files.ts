/**
 * The files of the page, as they were built.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { type ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const BUILT = fileURLToPath(new URL("../dist", import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml",
};
/** Nothing is fetched from elsewhere, and nobody else may put the page into a frame. */
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/** All files of a folder, in memory. */
export class PageFiles {
  readonly #files: ReadonlyMap<string, Buffer>;

  /** @throws Error when there is no such folder: the page is not built */
  constructor(folder: string = BUILT) {
    this.#files = new Map(filesOf(folder));
  }

  /** Answers with the file that a path names; false: there is none. */
  send(path: string, response: ServerResponse): boolean {
    const name = path === "/" ? "index.html" : path.slice(1);
    const file = this.#files.get(name);
    if (file === undefined) return false;
    const type = TYPES[extname(name)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-security-policy": POLICY }).end(file);
    return true;
  }
}

function filesOf(folder: string): [string, Buffer][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path.slice(folder.length + 1), readFileSync(path)]);
}
