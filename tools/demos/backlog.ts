/**
 * `npm run demo backlog`: in which order one program reads several partitions; and how a group catches up with more
 * than one program can work on.
 *
 * @module
 */
import { type Stage } from "../stage.ts";
import { GroupedBroker } from "./parts/grouped.ts";
import { type Program } from "./parts/program.ts";

const GROUP = "billing";
const PARTITIONS = 4;
const SETTLE_MS = 10_000;
/** To each partition. */
const ORDERS_A_SECOND = 10;
const WORK_MS = 40;
const STEP_S = 10;
/** How many members there are in each step. */
const MEMBERS = [1, 1, 4, 4, 4];

export default async function demo(stage: Stage): Promise<void> {
  await oneThread(stage);
  await stage.pause();
  await catchingUp(stage);
}

async function oneThread(stage: Stage): Promise<void> {
  stage.say("1. Orders 1 to 8 come one after the other, to two partitions in turn. One program reads both:");
  const broker = await GroupedBroker.started(2);
  for (let order = 1; order <= 8; order++) await broker.write([String(order)], (order - 1) % 2);
  const read: string[] = [];
  broker.start("program", { groupId: GROUP, handle: async ({ value }) => void read.push(value!.toString()) });
  await broker.sim.world.run(SETTLE_MS);
  stage.show("it reads", read.join(" "));
  stage.say(
    "In each partition the order is kept; between partitions there is none, although it is one program with one " +
      "thread. What must stay in order needs one key.",
  );
}

async function catchingUp(stage: Stage): Promise<void> {
  stage.say(
    `2. ${PARTITIONS * ORDERS_A_SECOND} orders a second come, to four partitions. A program needs ${WORK_MS} ms for ` +
      `one, so it does ${1_000 / WORK_MS} a second. After ${2 * STEP_S} seconds three more are started.`,
  );
  const broker = await GroupedBroker.started(PARTITIONS);
  const members: Program[] = [];
  const rows: Record<string, number>[] = [];
  let written = 0;
  let doneBefore = 0;
  for (const [step, count] of MEMBERS.entries()) {
    while (members.length < count) members.push(startMember(broker, `member-${members.length + 1}`));
    for (let second = 0; second < STEP_S; second++) {
      for (let partition = 0; partition < PARTITIONS; partition++) {
        await broker.write(Array.from({ length: ORDERS_A_SECOND }, () => "order"), partition);
        written += ORDERS_A_SECOND;
      }
      await broker.sim.world.run(1_000);
    }
    const done = new Set(members.flatMap(({ done }) => done.map(({ partition, offset }) => `${partition} ${offset}`)));
    rows.push({
      "after (s)": (step + 1) * STEP_S,
      members: count,
      "done a second": (done.size - doneBefore) / STEP_S,
      waiting: written - done.size,
    });
    doneBefore = done.size;
  }
  stage.table(rows);
  stage.say(
    "Nobody had to be told: the log is the buffer, and whoever sends never waited. A fifth member would do nothing; " +
      "the number of partitions is the limit.",
  );
}

function startMember(broker: GroupedBroker, name: string): Program {
  // A poll returns the work of one second at most: a rebalance waits for whoever hasn't polled.
  const config = { "max.poll.records": 1_000 / WORK_MS };
  return broker.start(name, { groupId: GROUP, config, workMs: () => WORK_MS });
}
