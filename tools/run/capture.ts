/**
 * Runs a program and keeps what it prints.
 *
 * @module
 */
import { spawn } from "node:child_process";

/** What a program did. */
export interface Captured {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `node` with these arguments in `cwd`, without colours and without a terminal. */
export function captureNode(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Captured> {
  const { FORCE_COLOR: _, INIT_CWD: __, ...inherited } = process.env;
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...inherited, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
