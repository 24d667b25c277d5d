import { expect, test } from "vitest";
import { KafkaError } from "#ground/errors";
import {
  type AlteredPartition, type AlterPartitionItem, AlterPartitionManager, type AlterPartitionResult, type Partition,
} from "#replication";
import { testRuntime } from "../../support/sim.ts";

const PROPOSAL = { isr: [1], partitionEpoch: 0 };
const ALTERED: AlteredPartition = { leader: 1, leaderEpoch: 0, isr: [1], partitionEpoch: 1 };

/** A manager, what it has asked the controller for, and the ways to answer. */
function managed() {
  const runtime = testRuntime();
  const asked: (readonly AlterPartitionItem[])[] = [];
  const answers: ((results: readonly AlterPartitionResult[]) => void)[] = [];
  const manager = new AlterPartitionManager(runtime, (items) => {
    asked.push(items);
    return new Promise((resolve) => answers.push(resolve));
  });
  const submit = (index: number): Promise<AlteredPartition> => {
    return manager.submit({ topicId: new Uint8Array(16), index, leaderEpoch: 0 } as Partition, PROPOSAL);
  };
  return { runtime, asked, answers, submit };
}

test("given: what is asked for in one turn is one request, and what comes meanwhile is the next one", async () => {
  const { runtime, asked, answers, submit } = managed();
  const first = [0, 1, 2].map(submit);
  await runtime.advance(1);
  const later = [3, 4].map(submit);
  await runtime.advance(1);
  expect(asked.map((items) => items.map(({ index }) => index))).toEqual([[0, 1, 2]]);
  answers[0]!([ALTERED, ALTERED, ALTERED]);
  expect(await Promise.all(first)).toEqual([ALTERED, ALTERED, ALTERED]);
  await runtime.advance(1);
  expect(asked.map((items) => items.map(({ index }) => index))).toEqual([[0, 1, 2], [3, 4]]);
  answers[1]!([ALTERED, ALTERED]);
  expect(await Promise.all(later)).toEqual([ALTERED, ALTERED]);
});

test("given: one that is refused doesn't keep the others from what they asked for", async () => {
  const { runtime, answers, submit } = managed();
  const [refused, done] = [submit(0), submit(1)];
  await runtime.advance(1);
  answers[0]!([new KafkaError("INVALID_UPDATE_VERSION"), ALTERED]);
  await expect(refused).rejects.toMatchObject({ code: "INVALID_UPDATE_VERSION" });
  expect(await done).toEqual(ALTERED);
});
