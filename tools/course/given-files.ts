/**
 * Files that learners need not change: the reference, the tests, the given chapters, the tools. With git it is git
 * that knows; from a zip, the first run takes note of what is there.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { filesUnder, givenFolders } from "./chapters.ts";

/** What learners need not change. */
export function given(root: string): string[] {
  return ["solutions", "tests", "tools", ...givenFolders(root)];
}

const NOTES = join(".attempts", "given-files.json");

/** Paths of given files that changed, sorted. */
export function changedGivenFiles(root: string): string[] {
  return existsSync(join(root, ".git")) ? changedByGit(root) : changedSinceFirstRun(root);
}

function changedByGit(root: string): string[] {
  const git = spawnSync("git", ["status", "--porcelain", "--", ...given(root)], { cwd: root, encoding: "utf8" });
  if (git.status !== 0) return changedSinceFirstRun(root);
  const lines = git.stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => line.slice(3).replace(/^.* -> /, "")).sort();
}

/** Without git: takes note of what is there, unless that has been done. Every first command does it. */
export function noteGivenFiles(root: string): void {
  const path = join(root, NOTES);
  if (existsSync(join(root, ".git")) || existsSync(path)) return;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(checksums(root)));
  } catch {
    // A folder that can't be written can't be changed either.
  }
}

/** After given files were exchanged for those of a new version. */
export function noteGivenFilesAnew(root: string): void {
  rmSync(join(root, NOTES), { force: true });
  noteGivenFiles(root);
}

function changedSinceFirstRun(root: string): string[] {
  noteGivenFiles(root);
  const path = join(root, NOTES);
  if (!existsSync(path)) return []; // a git repository in which git doesn't work
  const now = checksums(root);
  const then = JSON.parse(readFileSync(path, "utf8")) as Record<string, string>;
  const names = new Set([...Object.keys(then), ...Object.keys(now)]);
  return [...names].filter((name) => then[name] !== now[name]).sort();
}

function checksums(root: string): Record<string, string> {
  const files = given(root).flatMap((folder) => filesUnder(join(root, folder), "").map((name) => join(folder, name)));
  return Object.fromEntries(
    files.map((file) => [file, createHash("sha256").update(readFileSync(join(root, file))).digest("hex").slice(0, 16)]),
  );
}
