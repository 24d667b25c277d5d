/**
 * One line a chapter: `05 log  ██████░░░░░░░░░░░░░░  12 of 40`.
 *
 * @module
 */
import { type Chapter } from "../course/chapters.ts";
import { dim, green, yellow } from "./colours.ts";

const WIDTH = 20;

/** The line for a chapter of which `passed` of `total` tests are green. */
export function barLine(chapter: Chapter, passed: number, total: number, remark: string = ""): string {
  const filled = total === 0 ? 0 : Math.floor((passed / total) * WIDTH);
  const paint = passed === total ? green : yellow;
  const bar = paint("█".repeat(filled)) + dim("░".repeat(WIDTH - filled));
  return `  ${chapter.title.padEnd(18)} ${bar}  ${passed} of ${total}${remark === "" ? "" : `  ${dim(remark)}`}`;
}

/** Shows a line that changes while tests run; on anything but a terminal it shows nothing. */
export class LiveLine {
  readonly #out: NodeJS.WriteStream;
  #lastMs = 0;

  constructor(out: NodeJS.WriteStream = process.stdout) {
    this.#out = out;
  }

  show(line: string): void {
    if (!this.#out.isTTY || performance.now() - this.#lastMs < 50) return;
    this.#lastMs = performance.now();
    this.#out.write(`\r\u001b[2K${line}`);
  }

  clear(): void {
    if (this.#out.isTTY) this.#out.write("\r\u001b[2K");
  }
}
