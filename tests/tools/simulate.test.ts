import { describe, expect, test } from "vitest";
import { ROOT } from "../../tools/course/chapters.ts";
import { captureNode } from "../../tools/run/capture.ts";
import { nodeArguments } from "../../tools/run/run-node.ts";
import { replicationScenario } from "../../tools/simulate/replication/scenario.ts";

const TIMEOUT_MS = 120_000;

describe("npm run simulate -- --scenario replication", { timeout: TIMEOUT_MS }, () => {
  test("the same seed is the same run, after another one and in another process", async () => {
    await replicationScenario(2);
    const { steps, traceHash } = await replicationScenario(1);
    const args = ["--scenario", "replication", "--seed", "1"];
    const script = "tools/simulate/main.ts";
    const { code, stdout } = await captureNode(ROOT, nodeArguments({ root: ROOT, script, args, mine: [] }));
    expect([code, stdout]).toEqual([0, expect.stringContaining(`${steps} steps`)]);
    expect(stdout).toContain(`trace ${traceHash.toString(16).padStart(8, "0")}`);
  });
});
