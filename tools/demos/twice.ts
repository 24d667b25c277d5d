/**
 * `npm run demo twice`, and the second act of chapter 7: the ways to read a record twice. Each is a short story of a
 * program that reads, and of another one that goes on where the group has committed.
 *
 * @module
 */
import { type Stage } from "../stage.ts";
import { GroupedBroker } from "./parts/grouped.ts";
import { type Done, type Program, type ProgramOptions } from "./parts/program.ts";

const GROUP = "billing";
const ORDERS = ["0", "1", "2", "3", "4", "5", "6", "7"];
/** In so long all is over, whatever has to time out. */
const RUN_MS = 40_000;

/** One way, and how it comes about. */
interface Way {
  readonly way: string;
  /** Of the broker. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly first: Partial<ProgramOptions>;
  /** What happens. The second program is started by it, or at its end. */
  play(scene: Scene): Promise<void>;
}

const BY_HAND = { "enable.auto.commit": false };
const ONE_SECOND = (): number => 1_000;
const TWO_SECONDS = (): number => 2_000;

const WAYS: readonly Way[] = [
  {
    way: "it is killed before it commits",
    first: { config: BY_HAND, commits: true, workMs: ONE_SECOND },
    play: async (scene) => {
      scene.startFirst();
      await scene.run(3_500);
      scene.killFirst();
    },
  },
  {
    way: "it is killed between two auto-commits",
    first: { config: { "max.poll.records": 1 }, workMs: ONE_SECOND },
    play: async (scene) => {
      scene.startFirst();
      await scene.run(7_500);
      scene.killFirst();
    },
  },
  {
    way: "it works past max.poll.interval.ms",
    first: { config: { ...BY_HAND, "max.poll.interval.ms": 6_000 }, commits: true, workMs: ONE_SECOND },
    play: async (scene) => {
      scene.startFirst();
      await scene.run(1_000);
      scene.startSecond();
    },
  },
  {
    way: "its session ends while it is cut off",
    first: { config: BY_HAND, commits: true, workMs: TWO_SECONDS },
    play: async (scene) => {
      scene.startFirst();
      await scene.run(1_000);
      scene.startSecond();
      scene.broker.sim.world.network.partition("first", "broker");
      await scene.run(14_000);
      scene.broker.sim.world.network.heal();
    },
  },
  {
    way: "it unsubscribes, and then commits",
    first: { config: BY_HAND },
    play: async (scene) => {
      const { consumer } = scene.startFirst();
      await scene.run(1_000);
      await scene.broker.sim.run(consumer.unsubscribe());
      await scene.broker.sim.run(consumer.commitSync());
      scene.killFirst();
    },
  },
  {
    way: "its offset expires while nobody reads",
    config: { "offsets.retention.minutes": 1, "offsets.retention.check.interval.ms": 1_000 },
    first: { config: BY_HAND, commits: true },
    play: async (scene) => {
      scene.startFirst();
      await scene.run(1_000);
      scene.killFirst();
      await scene.run(80_000);
    },
  },
];

/** A broker with eight orders, and the two programs. */
class Scene {
  readonly broker: GroupedBroker;
  readonly #options: Partial<ProgramOptions>;
  first: Program | null = null;
  second: Program | null = null;

  constructor(broker: GroupedBroker, options: Partial<ProgramOptions>) {
    this.broker = broker;
    this.#options = options;
  }

  startFirst(): Program {
    this.first = this.broker.start("first", { groupId: GROUP, ...this.#options });
    return this.first;
  }

  /** It commits nothing: so what is committed was so by the first. */
  startSecond(): void {
    this.second = this.broker.start("second", { groupId: GROUP, config: BY_HAND });
  }

  killFirst(): void {
    this.broker.sim.world.node("first").crash();
  }

  run(ms: number): Promise<void> {
    return this.broker.sim.world.run(ms);
  }
}

export default async function demo(stage: Stage, number: string = ""): Promise<void> {
  stage.say(
    `${number}Ways to read a record twice. There are eight orders, 0 to 7, in one partition. One program reads them, ` +
      "and something happens; a second one of the same group reads on from what is committed, or from the start.",
  );
  const rows: Record<string, string | number>[] = [];
  const refusals: string[] = [];
  for (const { way, config, first, play } of WAYS) {
    const scene = new Scene(await GroupedBroker.started(1, config), first);
    await scene.broker.write(ORDERS);
    await play(scene);
    if (scene.second === null) scene.startSecond();
    await scene.run(RUN_MS);
    const [one, two] = [scene.first!, scene.second!];
    const again = new Set(two.done.map(({ offset }) => offset));
    rows.push({
      way,
      "it read": rangeOf(one.done),
      committed: (await scene.broker.committed(GROUP)) ?? "nothing",
      "the second": rangeOf(two.done),
      twice: one.done.filter(({ offset }) => again.has(offset)).length,
    });
    if (one.refused !== null) refusals.push(one.refused.code);
  }
  stage.table(rows);
  stage.say(
    "In the third and the fourth way the first program lived on, and came to its commit when another one had its " +
      "partition. It was told:",
  );
  stage.show("its commit", refusals.join(", "));
}

/** `0-7`. */
function rangeOf(done: readonly Done[]): string {
  const offsets = done.map(({ offset }) => offset);
  return offsets.length === 0 ? "nothing" : `${Math.min(...offsets)}-${Math.max(...offsets)}`;
}
