/**
 * `npm run demo state`: what a program remembers of its partitions, when those go to another member and come back; and
 * how one tells something to all.
 *
 * @module
 */
import { type RebalanceListener } from "#groups";
import { type Stage } from "../stage.ts";
import { GroupedBroker } from "./parts/grouped.ts";
import { type Program, TOPIC } from "./parts/program.ts";

const GROUP = "counters";
const SETTLE_MS = 10_000;
const PARTITIONS = [0, 1].map((partition) => ({ topic: TOPIC, partition }));

type Way = "keeps its counts" | "forgets what goes" | "counts go along with the offset";

const WAYS: readonly Way[] = ["keeps its counts", "forgets what goes", "counts go along with the offset"];

export default async function demo(stage: Stage): Promise<void> {
  stage.say(
    "1. Programs count the records of each partition, in their memory. a reads partitions 0 and 1; three records " +
      "come to 1. b joins, and gets 1; four more come. b goes, and a has 1 again; two more come. What do they say " +
      "of 1?",
  );
  const rows: Record<string, string | number>[] = [];
  for (const way of WAYS) rows.push(await counting(way));
  stage.table(rows);
  stage.say(
    "What one remembers of a partition is worth something only while one has it. Here it goes along as the note of a " +
      "commit; Kafka Streams writes such state to a compacted topic (chapter 8), and reads it again.",
  );
  await stage.pause();
  stage.say("2. Three programs, each with a cache, must hear of twelve changes.");
  stage.table([
    await telling("one group", () => ({ groupId: "caches" })),
    await telling("a group each", (name) => ({ groupId: `cache-${name}` })),
    await telling("assign, without a group", (name) => ({ groupId: `cache-${name}`, assigned: PARTITIONS })),
  ]);
}

/** A program that counts what it reads, by partition. */
class Counter {
  readonly counts = new Map<number, number>();
  readonly program: Program;

  constructor(broker: GroupedBroker, name: string, way: Way) {
    this.program = broker.start(name, {
      groupId: GROUP,
      config: { "enable.auto.commit": false },
      commits: true,
      listener: way === "keeps its counts" ? {} : this.#listener(way),
      handle: async ({ partition }) => void this.counts.set(partition, (this.counts.get(partition) ?? 0) + 1),
    });
  }

  #listener(way: Way): RebalanceListener {
    const isTold = way === "counts go along with the offset";
    return {
      onPartitionsRevoked: async (partitions) => {
        const { consumer } = this.program;
        for (const partition of isTold ? partitions : []) {
          const metadata = String(this.counts.get(partition.partition) ?? 0);
          await consumer.commitSync([{ ...partition, offset: await consumer.position(partition), metadata }]);
        }
        this.counts.clear();
      },
      onPartitionsAssigned: async (partitions) => {
        const committed = isTold ? await this.program.consumer.committed(partitions) : [];
        for (const { partition, metadata } of committed) this.counts.set(partition, Number(metadata));
      },
    };
  }
}

async function counting(way: Way): Promise<Record<string, string | number>> {
  const broker = await GroupedBroker.started(2);
  const { sim } = broker;
  const write = async (count: number): Promise<void> => {
    await broker.write(Array.from({ length: count }, () => "click"), 1);
    await sim.world.run(SETTLE_MS);
  };
  const a = new Counter(broker, "a", way);
  await sim.world.run(SETTLE_MS);
  await write(3);
  const b = new Counter(broker, "b", way);
  await sim.world.run(SETTLE_MS);
  await write(4);
  const ofB = b.counts.get(1) ?? 0;
  b.program.stop();
  await sim.world.run(SETTLE_MS);
  await write(2);
  return { "a program": way, "b, at its end": ofB, "a, at the end": a.counts.get(1) ?? 0, "there are": 9 };
}

type Reads = (name: string) => { groupId: string; assigned?: typeof PARTITIONS };

async function telling(way: string, reads: Reads): Promise<Record<string, string | number>> {
  const broker = await GroupedBroker.started(2);
  const names = ["x", "y", "z"];
  const programs = names.map((name) => broker.start(name, reads(name)));
  await broker.sim.world.run(SETTLE_MS);
  for (const { partition } of PARTITIONS) await broker.write(["1", "2", "3", "4", "5", "6"], partition);
  await broker.sim.world.run(SETTLE_MS);
  const heard = programs.map(({ done }, i) => [`${names[i]} hears of`, done.length]);
  return { "they read in": way, ...Object.fromEntries(heard) };
}
