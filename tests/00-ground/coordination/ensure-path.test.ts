import { expect, test } from "vitest";
import { CoordinationServer } from "#ground/coordination/coordination-server";
import { ensurePath } from "#ground/coordination/ensure-path";
import { LocalCoordination } from "#ground/coordination/local-coordination";
import { testRuntime } from "../../support/sim.ts";
import { codeOf } from "./conformance.ts";

test("ensurePath makes what is missing, also when two do it at once, and fails on what can't be", async () => {
  const runtime = testRuntime();
  const server = CoordinationServer.open(runtime, "/data");
  const outcomes: unknown[] = [];
  const run = async (): Promise<void> => {
    const local = new LocalCoordination(server, runtime);
    const [a, b] = await Promise.all([local.connect(1000), local.connect(1000)]);
    const topics = [ensurePath(a, "/brokers/topics"), ensurePath(b, "/brokers/topics")];
    await Promise.all([...topics, ensurePath(b, "/brokers/ids")]);
    outcomes.push(await a.children("/brokers"));
    await ensurePath(a, "/");
    await a.create("/e", new Uint8Array(0), { ephemeral: true });
    outcomes.push(await codeOf(ensurePath(b, "/e/sub")));
    await server.close();
  };
  void run();
  await runtime.advance(100);
  expect(outcomes).toEqual([["ids", "topics"], "NO_CHILDREN_FOR_EPHEMERALS"]);
});
