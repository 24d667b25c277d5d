/**
 * Starts one of our TypeScript programs as a process of its own, on the reference or the learner's code.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { conditions } from "../course/chapters.ts";

/** What to start. */
export interface NodeRun {
  readonly root: string;
  /** Relative to `root`. */
  readonly script: string;
  readonly args: readonly string[];
  /** Chapters that run on the learner's code. */
  readonly mine: readonly number[];
}

/** The arguments for node itself. */
export function nodeArguments({ root, script, args, mine }: NodeRun): string[] {
  return ["--import", "tsx", ...conditions(root, mine).flatMap((name) => ["-C", name]), script, ...args];
}

/** Runs a program on this terminal; signals reach it, and its exit code is returned. */
export function runNode(run: NodeRun): Promise<number> {
  const child = spawn(process.execPath, nodeArguments(run), { cwd: run.root, stdio: "inherit" });
  // A ctrl-C at the terminal reaches the child by itself, too: to be told twice at once does it no harm.
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on("SIGINT", pass).on("SIGTERM", pass).on("SIGHUP", pass);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGINT", pass).off("SIGTERM", pass).off("SIGHUP", pass);
      resolve(code ?? (signal === "SIGINT" ? 130 : 143));
    });
  });
}
