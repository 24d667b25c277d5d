import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../../tools/course/chapters.ts";

const LIMIT = { timeout: 60_000 };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "katafka-run-node-"));
  writeFileSync(join(folder, "child.ts"), "console.log(`child ${process.pid}`);\nsetTimeout(() => {}, 40_000);\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("who alone gets %s ends the program that it runs", LIMIT, async (
  signal,
) => {
  const run = { root: ROOT, script: join(folder, "child.ts"), args: [], mine: [] };
  const program = `import { runNode } from "./tools/run/run-node.ts"; await runNode(${JSON.stringify(run)});`;
  const args = ["--import", "tsx", "--input-type=module", "-e", program];
  const parent = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  const [said] = (await once(parent.stdout!, "data")) as [Buffer];
  const child = Number(/^child (\d+)$/m.exec(said.toString())![1]);
  parent.kill(signal);
  try {
    await once(parent, "close", { signal: AbortSignal.timeout(10_000) });
    expect(() => process.kill(child, 0)).toThrow("ESRCH");
  } finally {
    parent.kill("SIGKILL");
    try {
      process.kill(child, "SIGKILL");
    } catch {
      // As it should be: it has ended.
    }
  }
});
