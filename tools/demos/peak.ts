/**
 * `npm run demo peak`: ten times as many orders as usual come for ten seconds. What becomes of them when they are
 * written to a log, and what when they are sent straight to who works on them?
 *
 * @module
 */
import { type Stage } from "../stage.ts";
import { GroupedBroker } from "./parts/grouped.ts";

/** Orders a second, in each step. */
const RATES = [10, 100, 10, 10, 10, 10, 10, 10];
const STEP_S = 10;
const WORK_MS = 40;
/** So many requests may wait at the receiver: its backlog, or its pool of threads. */
const PLACES = 50;

export default async function demo(stage: Stage): Promise<void> {
  stage.say(
    `Ten orders a second come, but for ten seconds it is a hundred. A program needs ${WORK_MS} ms for one, so ` +
      `it does ${1_000 / WORK_MS} a second: more than come as a rule, and a quarter of the peak. Once it reads ` +
      `from a topic; once it is called for each order, over HTTP say, lets ${PLACES} wait, and refuses the rest ` +
      "(503).",
  );
  const broker = await GroupedBroker.started(1);
  const { world } = broker.sim;
  const config = { "max.poll.records": 1_000 / WORK_MS };
  const program = broker.start("program", { groupId: "billing", config, workMs: () => WORK_MS });
  const receiver = new Receiver();
  const rows: Record<string, number | string>[] = [];
  const cameMs: number[] = [];
  for (const [step, rate] of RATES.entries()) {
    const refusedBefore = receiver.refused;
    for (let second = 0; second < STEP_S; second++) {
      for (let i = 0; i < rate; i++) {
        cameMs.push(world.nowMs);
        receiver.call(world.nowMs + (i * 1_000) / rate);
      }
      await broker.write(Array.from({ length: rate }, () => "order"));
      await world.run(1_000);
    }
    const last = program.done.at(-1)!;
    rows.push({
      "after (s)": (step + 1) * STEP_S,
      "orders come": rate * STEP_S,
      "log: waiting": cameMs.length - program.done.length,
      "it is behind by": `${((last.atMs - cameMs[last.offset]!) / 1_000).toFixed(0)} s`,
      "called: refused": receiver.refused - refusedBefore,
    });
  }
  stage.table(rows);
  await stage.pause();
  stage.table([
    { way: "written to a topic", orders: cameMs.length, done: new Set(program.done.map(({ offset }) => offset)).size,
      refused: 0 },
    { way: "called for each", orders: cameMs.length, done: receiver.done, refused: receiver.refused },
  ]);
  stage.say(
    "The same program, as fast as before. The log takes the peak in, and lets it go at the program's pace: a late " +
      "order instead of a lost one, and no machines for a peak of ten seconds. How late it is, is the group's lag " +
      "(kafka-consumer-groups --describe). If that grows for good, more members help: npm run demo backlog.",
  );
}

/** Works on one call at a time, and lets a few wait. */
class Receiver {
  done = 0;
  refused = 0;
  #freeAtMs = 0;

  call(atMs: number): void {
    const beginsMs = Math.max(atMs, this.#freeAtMs);
    if (beginsMs - atMs > PLACES * WORK_MS) {
      this.refused++;
      return;
    }
    this.#freeAtMs = beginsMs + WORK_MS;
    this.done++;
  }
}
