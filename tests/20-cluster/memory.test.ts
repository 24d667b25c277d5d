import { expect, test } from "vitest";
import { decodeResponse, encodeRequest } from "#ground/protocol/frames";
import { Fetch } from "#ground/protocol/messages/01-fetch";
import { type Memory } from "#ground/runtime";
import { valuesOf } from "../06-replication/batches.ts";
import { createTopic, fetch, produce } from "./clients.ts";
import { SimBroker } from "./sim-broker.ts";

const VALUE_BYTES = 100_000;
const VERSION = 12;

function value(letter: string): string {
  return letter.repeat(VALUE_BYTES);
}

/** Notes what is given back. */
function counting(memory: Memory): { memory: Memory; givenBack: () => number } {
  let count = 0;
  const giveBack = (part: Uint8Array): void => {
    if (part.length > VALUE_BYTES) count++;
    memory.giveBack(part);
  };
  return { memory: { take: (bytes) => memory.take(bytes), giveBack }, givenBack: () => count };
}

test("what a slow reader has not taken yet is not used for others; then it is used again", async () => {
  const sim = new SimBroker();
  const { runtime } = sim.node;
  const { memory, givenBack } = counting(runtime.memory);
  await sim.start({ ...runtime, memory });
  const quick = await sim.connect("quick");
  await sim.run(createTopic(quick, "orders"));
  const letters = ["a", "b", "c", "d", "e", "f"];
  for (const letter of letters) await sim.run(produce(quick, "orders", [value(letter)]));
  const slow = await sim.connectRaw("slow");
  slow.pause();
  const given = givenBack();
  letters.forEach((_, fetchOffset) => {
    const topics = [{ topic: "orders", partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: VALUE_BYTES }] }];
    const header = { correlationId: fetchOffset, clientId: "slow" };
    slow.sendBytes(Buffer.concat(encodeRequest(Fetch, VERSION, header, { maxWaitMs: 0, minBytes: 1, topics })));
  });
  await sim.world.run(100);
  for (let round = 0; round < 20; round++) {
    const offset = round % letters.length;
    const { values } = await sim.run(fetch(quick, "orders", offset, { partitionMaxBytes: VALUE_BYTES }));
    expect(values).toEqual([value(letters[offset]!)]);
    await sim.run(produce(quick, "orders", [value("z")]));
  }
  slow.resume();
  await sim.world.runUntil(() => slow.answers.length === letters.length, 60_000);
  const got = slow.answers.map((answer) => decodeResponse(Fetch, VERSION, answer).value.responses[0]!.partitions[0]!);
  expect(got.map(({ records }) => valuesOf(records!))).toEqual(letters.map((letter) => [value(letter)]));
  // Each answer, and each Produce request.
  expect(givenBack() - given).toBe(letters.length + 20 + 20);
});
