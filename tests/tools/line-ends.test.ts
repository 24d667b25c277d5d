/**
 * Line ends: whatever a machine's git prefers, what it checks out has LF. With CRLF `sh` can't read
 * `tools/start.sh`, and recorded texts differ.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "../../tools/course/chapters.ts";

/** What git prints, line by line. */
function git(...args: readonly string[]): string[] {
  const { stdout } = spawnSync("git", args, { cwd: ROOT, encoding: "utf8", maxBuffer: 1 << 26 });
  return stdout.split("\n").filter((line) => line !== "");
}

// A copy may come without git.
describe.skipIf(!existsSync(join(ROOT, ".git")))("line ends", () => {
  test("are LF in every text that is checked out, also where git would rather have CRLF", () => {
    const lines = git("-c", "core.autocrlf=true", "-c", "core.quotepath=off", "ls-files", "--eol");
    expect(lines.length).toBeGreaterThan(500);
    const wrong = lines.filter((line) => !/\battr\/(text=auto eol=lf|-text)\s/.test(line));
    expect(wrong).toEqual([]);
  });

  test("are LF in what is committed", () => {
    expect(git("ls-files", "--eol").filter((line) => /^i\/(crlf|mixed)/.test(line))).toEqual([]);
  });
});
