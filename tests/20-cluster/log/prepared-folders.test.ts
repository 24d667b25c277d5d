import { expect, test, vi } from "vitest";
import { randomUuid } from "#ground/runtime";
import { during, NEW, of, start } from "../../05-log/whole/managed-logs.ts";
import { testRuntime } from "../../support/sim.ts";

test("prepared partitions open without a flush, and a power loss leaves whose they are", async () => {
  const runtime = testRuntime();
  const logs = await start(runtime, { logDirs: ["/a"] });
  const topicId = randomUuid(runtime.random);
  await during(runtime, logs.prepare([0, 1].map((partition) => ({ ...of(partition), topicId }))));
  const writes = vi.spyOn(runtime.disk, "writeFileAtomically");
  expect(logs.getOrCreate(of(0), { ...NEW, topicId }).topicId).toEqual(topicId);
  expect(writes).not.toHaveBeenCalled();
  runtime.node.powerLoss();
  const restarted = await start({ ...runtime, ...runtime.node.restart() }, { logDirs: ["/a"] });
  expect(restarted.all.map((log) => log.topicId)).toEqual([topicId, topicId]);
  restarted.abandon();
});

test("what is in a folder already is never prepared anew", async () => {
  const runtime = testRuntime();
  const logs = await start(runtime, { logDirs: ["/a"] });
  const [first, second] = [randomUuid(runtime.random), randomUuid(runtime.random)];
  logs.getOrCreate(of(0), { ...NEW, topicId: first });
  const wanted = [{ ...of(0), topicId: second }, { ...of(0, ".."), topicId: second }];
  await during(runtime, logs.prepare(wanted));
  expect(logs.get(of(0))!.topicId).toEqual(first);
  logs.abandon();
  const restarted = await start({ ...runtime, ...runtime.node.restart() }, { logDirs: ["/a"] });
  expect(restarted.all.map((log) => log.topicId)).toEqual([first]);
  restarted.abandon();
});
