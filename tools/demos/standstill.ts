/**
 * `npm run demo standstill`, and the third act of chapter 7: who stands still in a rebalance, and for how long, with an
 * eager assignor and with a cooperative one.
 *
 * @module
 */
import { pause } from "#ground/pause";
import { type ConsumerRecord } from "#groups";
import { produce } from "../../tests/20-cluster/clients.ts";
import { type Stage } from "../stage.ts";
import { GroupedBroker } from "./parts/grouped.ts";
import { type Program, type ProgramOptions, TOPIC } from "./parts/program.ts";

const PARTITIONS = [0, 1, 2, 3];
/** A record each so often, in every partition. */
const INTERVAL_MS = 100;
/** What an order takes that isn't done at once. */
const HARD_MS = 4_000;
const WATCHED_MS = 12_000;

/** One run. */
interface Run {
  readonly run: string;
  /** `partition.assignment.strategy` */
  readonly assignor: string;
  /** Whether a third member joins. */
  readonly hasThird: boolean;
}

const RUNS: readonly Run[] = [
  { run: "nobody joins", assignor: "range", hasThird: false },
  { run: "eager: range", assignor: "range", hasThird: true },
  { run: "cooperative-sticky", assignor: "cooperative-sticky", hasThird: true },
];

export default async function demo(stage: Stage, number: string = ""): Promise<void> {
  stage.say(
    `${number}Ten orders a second come to each of four partitions. Member a reads partitions 0 and 1, b reads 2 and ` +
      "3. While b works on an order that takes four seconds, c joins. How long was the longest pause of each " +
      "partition, and who read it?",
  );
  const rows: Record<string, string>[] = [];
  for (const run of RUNS) rows.push(await play(run));
  stage.table(rows);
  stage.say(
    "b stands still in any case: it works. Eager, a gives up all that it has, and then waits for b, as everybody " +
      "waits for the slowest. Cooperative, a reads on as if nothing was; only partition 3, which moves, changes hands.",
  );
}

async function play({ run, assignor, hasThird }: Run): Promise<Record<string, string>> {
  const broker = await GroupedBroker.started(PARTITIONS.length);
  const { world } = broker.sim;
  const config = { "partition.assignment.strategy": assignor, "heartbeat.interval.ms": 1_000 };
  const workMs = ({ value }: ConsumerRecord): number => (value!.toString() === "hard" ? HARD_MS : 0);
  const options: ProgramOptions = { groupId: "billing", config, workMs };
  const members = [broker.start("a", options)];
  await world.run(5_000);
  members.push(broker.start("b", options));
  await world.run(10_000);
  const orders = new Orders(broker);
  void orders.keepComing();
  await world.run(3_000);
  orders.nextIsHard = true;
  await world.run(500);
  const fromMs = world.nowMs;
  if (hasThird) members.push(broker.start("c", options));
  await world.run(WATCHED_MS);
  orders.isOver = true;
  const cells = PARTITIONS.map((partition) => [`partition ${partition}`, pauseOf(partition, members, fromMs)]);
  return { "": run, ...Object.fromEntries(cells) };
}

/** `4.0 s (b, c)`: the longest time in which nobody was done with a record of this partition, and its readers. */
function pauseOf(partition: number, members: readonly Program[], fromMs: number): string {
  const done = members
    .flatMap(({ name, done }) => done.map((one) => ({ ...one, name })))
    .filter((one) => one.partition === partition && one.atMs >= fromMs - HARD_MS)
    .sort((one, other) => one.atMs - other.atMs);
  const pauses = done.slice(1).map(({ atMs }, i) => atMs - done[i]!.atMs);
  const readers = [...new Set(done.map(({ name }) => name))];
  return `${(Math.max(...pauses) / 1_000).toFixed(1)} s (${readers.join(", ")})`;
}

/** Orders that come all the time. */
class Orders {
  readonly #broker: GroupedBroker;
  /** The next one of partition 2 is one that takes long. */
  nextIsHard = false;
  isOver = false;

  constructor(broker: GroupedBroker) {
    this.#broker = broker;
  }

  async keepComing(): Promise<void> {
    const { client, sim } = this.#broker;
    const { runtime } = sim.world.node("client");
    while (!this.isOver) {
      for (const partition of PARTITIONS) {
        const isHard = partition === 2 && this.nextIsHard;
        if (isHard) this.nextIsHard = false;
        await produce(client, TOPIC, [isHard ? "hard" : "easy"], 1, partition);
      }
      await pause(runtime, INTERVAL_MS);
    }
  }
}
