import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../tools/course/chapters.ts";
import { captureNode } from "../../tools/run/capture.ts";

test("every command loads: none has a module with top-level await on its way", { timeout: 60_000 }, async () => {
  const commands = readdirSync(join(ROOT, "tools/commands")).map((name) => `./tools/commands/${name}`);
  const program = `require("tsx/cjs"); for (const file of ${JSON.stringify(commands)}) require(file);`;
  expect(await captureNode(ROOT, ["-e", program])).toEqual({ code: 0, stdout: "", stderr: "" });
});
