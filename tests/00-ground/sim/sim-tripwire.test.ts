import { Script } from "node:vm";
import { describe, expect, test } from "vitest";
import { withSim } from "../../support/sim.ts";

/** Runs a piece of code as if it stood in a file of that name. */
function runAs(filename: string, code: string): unknown {
  return new Script(code, { filename }).runInThisContext();
}

describe("the tripwire", () => {
  test.each(["Date.now()", "Math.random()", "performance.now()", "crypto.randomUUID()", "setTimeout(() => {}, 0)"])(
    "%s in course code fails a simulation, and says where",
    async (code) => {
      const simulation = withSim(1, async () => void runAs("/katafka/solutions/05-log/unified-log.ts", code));
      const name = code.slice(0, code.indexOf("("));
      await expect(simulation).rejects.toThrow(new RegExp(`${name} in a simulation: .*unified-log.ts:1`));
    },
  );

  test("tests, libraries and the simulator itself are free to use them; so is everybody afterwards", async () => {
    await withSim(1, async (world) => {
      expect(Date.now()).toBeGreaterThan(0);
      expect(runAs("/katafka/node_modules/a-library/index.js", "Math.random()")).toBeLessThan(1);
      await world.run(1);
    });
    expect(runAs("/katafka/chapters/20-cluster/broker.ts", "Date.now()")).toBeGreaterThan(0);
    expect(String(Date.now)).toContain("native code");
  });

  test("is taken away after a failure, too", async () => {
    await expect(withSim(1, () => Promise.reject(new Error("from the test")))).rejects.toThrow("from the test");
    expect(String(Math.random)).toContain("native code");
  });
});
