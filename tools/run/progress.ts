/**
 * The progress file: test processes append a line to it, synchronously, when a test starts and when it is done.
 * From it the watchdog knows what runs even when the process answers no more.
 *
 * @module
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the file says. */
export interface Progress {
  /** Length of the file: it grows as long as anything moves. */
  readonly length: number;
  /** The test process. */
  readonly pid: number | null;
  /** The test file being loaded or run. */
  readonly file: string | null;
  /** The test that started and isn't done. */
  readonly test: string | null;
}

/** A progress file of one run. */
export class ProgressFile {
  readonly #folder = mkdtempSync(join(tmpdir(), "katafka-run-"));
  readonly path: string = join(this.#folder, "progress");

  constructor() {
    this.clear();
  }

  /** Another run begins. */
  clear(): void {
    writeFileSync(this.path, "");
  }

  read(): Progress {
    // Who is interrupted may have removed it while the last process is still ending: then it says nothing.
    const text = existsSync(this.path) ? readFileSync(this.path, "utf8") : "";
    let pid: number | null = null;
    let file: string | null = null;
    let test: string | null = null;
    for (const line of text.split("\n")) {
      const blank = line.indexOf(" ");
      const rest = line.slice(blank + 1);
      switch (line.slice(0, blank)) {
        case "pid":
          pid = Number(rest);
          break;
        case "file":
          file = rest;
          test = null;
          break;
        case "test":
          test = rest;
          break;
        case "done":
          test = null;
          break;
      }
    }
    return { length: text.length, pid, file, test };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
