import { describe, expect, test } from "vitest";
import { ROOT } from "../../tools/course/chapters.ts";
import { captureNode } from "../../tools/run/capture.ts";
import { nodeArguments } from "../../tools/run/run-node.ts";
import { groupsScenario } from "../../tools/simulate/groups/scenario.ts";
import { replicationScenario } from "../../tools/simulate/replication/scenario.ts";

const TIMEOUT_MS = 300_000;

describe.each([
  ["replication", replicationScenario],
  ["groups", groupsScenario],
])("npm run simulate -- --scenario %s", { timeout: TIMEOUT_MS }, (name, scenario) => {
  test("the same seed is the same run, after another one and in another process", async () => {
    await scenario(2);
    const { steps, traceHash } = await scenario(1);
    const args = ["--scenario", name, "--seed", "1"];
    const script = "tools/simulate/main.ts";
    const { code, stdout } = await captureNode(ROOT, nodeArguments({ root: ROOT, script, args, mine: [] }));
    expect([code, stdout]).toEqual([0, expect.stringContaining(`${steps} steps`)]);
    expect(stdout).toContain(`trace ${traceHash.toString(16).padStart(8, "0")}`);
  });
});
