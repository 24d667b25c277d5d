/**
 * Chapter 7 at work: a simulated broker, and programs that read from it in groups. Who gets what, how a record is read
 * twice, who stands still in a rebalance, and what a late commit does.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { type OffsetAndMetadata } from "#groups";
import { type CommitParts, OffsetCommits } from "#groups/offset-commits";
import { type Stage } from "../stage.ts";
import { commitOver, GroupedBroker } from "./parts/grouped.ts";
import { type Program, TOPIC } from "./parts/program.ts";
import standstill from "./standstill.ts";
import twice from "./twice.ts";

/** In so long a group has rebalanced, and has read what there is: members hear of it by their next heartbeat. */
const SETTLE_MS = 10_000;
const PARTITIONS = 4;

export default async function demo(stage: Stage): Promise<void> {
  await sharing(stage);
  await stage.pause();
  await twice(stage, "2. ");
  await stage.pause();
  await standstill(stage, "3. ");
  await stage.pause();
  await lateCommit(stage);
}

async function sharing(stage: Stage): Promise<void> {
  stage.say("1. Topic orders has four partitions. Programs come that read it as members of the group billing.");
  const broker = await GroupedBroker.started(PARTITIONS);
  const { world } = broker.sim;
  const names = ["a", "b", "c", "d", "e"];
  const billing: Program[] = [];
  const rows: Record<string, string | number>[] = [];
  for (const count of [1, 2, 4, 5]) {
    for (const name of names.slice(billing.length, count)) billing.push(broker.start(name, { groupId: "billing" }));
    await world.run(SETTLE_MS);
    const shares = names.map((name, i) => [`${name} reads`, shareOf(billing[i])]);
    rows.push({ members: count, ...Object.fromEntries(shares) });
  }
  stage.table(rows);

  stage.say(
    "The fifth has nothing to do, until another one goes: a partition has one reader in a group. Twelve orders come:",
  );
  for (let partition = 0; partition < PARTITIONS; partition++) await broker.write(["x", "y", "z"], partition);
  await world.run(SETTLE_MS);
  const mailing = [broker.start("m", { groupId: "mailing" })];
  await world.run(SETTLE_MS);
  stage.table([readBy("billing", billing), readBy("mailing", mailing)]);
  stage.say(
    "The members of a group share the records; every group gets all of them, also one that comes later. Who wants to " +
      "tell all gives each reader a group of its own.",
  );
}

function shareOf(program: Program | undefined): string {
  if (program === undefined) return "";
  const { assignment } = program.consumer;
  return assignment.map(({ partition }) => partition).join(" ") || "nothing";
}

function readBy(group: string, members: readonly Program[]): Record<string, string | number> {
  const counts = members.map(({ done }) => done.length);
  return {
    group,
    members: members.length,
    "records read": counts.reduce((sum, count) => sum + count, 0),
    "by each": counts.join(" "),
  };
}

/** As a learner may write it: what failed is sent again, whatever was committed since. */
class Unguarded extends OffsetCommits {
  override upToDate(_number: number, offsets: readonly OffsetAndMetadata[]): OffsetAndMetadata[] {
    return [...offsets];
  }
}

async function lateCommit(stage: Stage): Promise<void> {
  stage.say(
    "4. A program commits 7, and then 9. The connection breaks under the first commit; what has failed is tried " +
      "again after 100 ms.",
  );
  for (const isGuarded of [false, true]) {
    stage.say(isGuarded ? "With the guard of 7.8:" : "Without a guard:");
    const broker = await GroupedBroker.started(1);
    const { world } = broker.sim;
    const [breaking, other] = [await broker.sim.connect("program"), await broker.sim.connect("program")];
    let connection = breaking;
    const begunMs = world.nowMs;
    const parts: CommitParts = {
      send: (offsets, onDone) => {
        void commitOver(connection, "billing", offsets).then((error) => {
          const atMs = Math.round(world.nowMs - begunMs);
          stage.show(`after ${atMs} ms`, `commit of ${offsets[0]!.offset}: ${error?.code ?? "written"}`);
          onDone(error, world.nowMs);
        });
      },
      positions: () => [],
      isAutomatic: false,
      intervalMs: Infinity,
      backoffMs: () => 100,
      onCommitted: () => {},
      onAutoCommit: () => {},
    };
    const commits = isGuarded ? new OffsetCommits(parts) : new Unguarded(parts);
    commits.commitAsync([{ topic: TOPIC, partition: 0, offset: 7 }], Infinity, () => {});
    breaking.close(new KafkaError("NETWORK_EXCEPTION"));
    connection = other;
    commits.commitAsync([{ topic: TOPIC, partition: 0, offset: 9 }], Infinity, () => {});
    await world.run(50);
    await world.run(Math.min(commits.retry(world.nowMs), 1_000));
    commits.retry(world.nowMs);
    await world.run(50);
    stage.show("the group goes on", `at ${await broker.committed("billing")}`);
  }
  stage.say("More of groups: npm run demo stuck, npm run demo failed, npm run demo state, npm run demo backlog.");
}
