import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROOT } from "../../tools/course/chapters.ts";
import { BrokerProcess, temporaryFolder } from "./broker-process.ts";

/** The scripts of the page, and what it says that they print. */
const SCRIPTS = [...readFileSync(join(ROOT, "docs/clients.md"), "utf8")
  .matchAll(/```js\n\/\/ (\S+)\n([^]*?)```\n\n```text\n([^]*?)```/g)];

const run = promisify(execFile);
const data = temporaryFolder();
const scripts = temporaryFolder();
let broker: BrokerProcess;

beforeAll(async () => {
  broker = await BrokerProcess.start(data.path);
  mkdirSync(join(scripts.path, "node_modules"));
  symlinkSync(ROOT, join(scripts.path, "node_modules/katafka"));
}, 60_000);

afterAll(async () => {
  await broker.stop();
  data.remove();
  scripts.remove();
});

test("docs/clients.md has scripts", () => {
  expect(SCRIPTS.map(([, name]) => name)).toEqual([
    "topic.mjs", "send.mjs", "read.mjs", "lag.mjs", "replay.mjs", "wrong.mjs",
  ]);
});

test.each(SCRIPTS.map(([, name, code, output]) => ({ name, code, output })))(
  "docs/clients.md: $name prints what the page says", { timeout: 60_000 }, async ({ name, code, output }) => {
    writeFileSync(join(scripts.path, name!), code!);
    const env = { ...process.env, KAFKA: broker.address };
    const { stdout, stderr } = await run(process.execPath, [name!], { cwd: scripts.path, env });
    expect([stdout, stderr]).toEqual([output, ""]);
  },
);
