/**
 * `npm run demo replay`: a program had a bug for a while. What it has read is still there: a second group reads it from
 * the beginning, and the first one again from the time on at which the bug came in.
 *
 * @module
 */
import { Admin } from "#cluster/admin/admin";
import { type ResultOfPartition } from "#cluster/admin/admin-types";
import { KafkaProducer } from "#sender";
import { type Stage } from "../stage.ts";
import { GroupedBroker } from "./parts/grouped.ts";
import { type Program, TOPIC } from "./parts/program.ts";

const SERVERS = { "bootstrap.servers": "broker:9092" };
const GROUP = "billing";
const ORDERS = 10;
/** So many orders come before the new version. */
const GOOD = 5;
const PARTITION = { topic: TOPIC, partition: 0 };
/** In so long a member joins, and reads what is there. */
const SETTLE_MS = 2_000;

type Version = (amount: number) => number;

const withTax: Version = (amount) => amount + amount / 5;
const forgetsTax: Version = (amount) => amount;

export default async function demo(stage: Stage): Promise<void> {
  const story = new Story(await GroupedBroker.started(1));
  stage.say(
    `${ORDERS} orders, one a second. A program, group ${GROUP}, writes a bill for each: the amount, and 20 % of tax. ` +
      `After ${GOOD} orders a new version is rolled out. It forgets the tax; nobody notices.`,
  );
  const one = story.start("version-1", GROUP, withTax, story.bills);
  await story.sell(GOOD);
  await story.stop(one);
  const rolledOutMs = story.broker.sim.world.node("shop").runtime.clock.wallMs();
  const two = story.start("version-2", GROUP, forgetsTax, story.bills);
  await story.sell(ORDERS - GOOD);
  stage.table(story.table(story.bills));
  await stage.pause();

  stage.say(
    "1. From the beginning. The right version reads all once more, as another group: audit. It disturbs nobody, as a " +
      "group only remembers where it is itself; the records are still there.",
  );
  const audited = new Map<number, number>();
  const audit = story.start("audit", "audit", withTax, audited);
  await story.broker.sim.world.run(SETTLE_MS);
  const wrong = [...audited].filter(([order, bill]) => story.bills.get(order) !== bill).map(([order]) => order);
  stage.show("audit has read", `${audited.size} orders; wrong are the bills of ${wrong.join(" ")}`);
  stage.show("billing goes on at", await story.broker.committed(GROUP));
  await stage.pause();

  stage.say(
    "2. By time. The program is stopped, and the group set back to when version 2 was rolled out. (Here by Admin; " +
      "kafka-consumer-groups --reset-offsets --to-datetime does the same.) Version 3 goes on from there:",
  );
  await story.stop(audit);
  await story.stop(two);
  stage.show("billing goes on at", await story.setBack(rolledOutMs));
  const three = story.start("version-3", GROUP, withTax, story.bills);
  await story.broker.sim.world.run(SETTLE_MS);
  stage.table(story.table(story.bills));
  stage.show("version 3 has read", `${three.done.length} orders`);
  stage.say(
    "A bill has its order's number, so the new one takes the place of the wrong one. Where work can't be done twice " +
      "(a mail is sent, a card is charged), a replay needs to know what was done. And it goes back no further than " +
      "retention.ms lets it. Whoever had been called over HTTP, would have to ask all customers again.",
  );
}

class Story {
  readonly broker: GroupedBroker;
  readonly bills = new Map<number, number>();
  readonly #producer: KafkaProducer;
  readonly #admin: Admin;
  #sold = 0;

  constructor(broker: GroupedBroker) {
    this.broker = broker;
    const { world } = broker.sim;
    this.#producer = new KafkaProducer(SERVERS, { runtime: world.node("shop").runtime });
    this.#admin = new Admin(SERVERS, { runtime: world.node("admin").runtime });
  }

  /** Orders come, one a second. */
  async sell(count: number): Promise<void> {
    const { sim } = this.broker;
    for (let i = 0; i < count; i++) {
      await sim.world.run(1_000);
      const value = JSON.stringify({ order: this.#sold, amount: 10 * ++this.#sold });
      await sim.run(Promise.resolve(this.#producer.send({ ...PARTITION, value })));
    }
    await sim.world.run(SETTLE_MS);
  }

  /** A program that writes bills. */
  start(name: string, groupId: string, version: Version, bills: Map<number, number>): Program {
    return this.broker.start(name, {
      groupId,
      commits: true,
      handle: async ({ value }) => {
        const { order, amount } = JSON.parse(value!.toString()) as { order: number; amount: number };
        bills.set(order, version(amount));
      },
    });
  }

  async stop(program: Program): Promise<void> {
    program.stop();
    await this.broker.sim.world.run(SETTLE_MS);
  }

  /** Sets the group back to the first record of that time or later. @returns its offset */
  async setBack(timestamp: number): Promise<number> {
    const { sim } = this.broker;
    const [found] = await sim.run(this.#admin.listOffsets([{ ...PARTITION, timestamp: Math.round(timestamp) }]));
    const { offset } = found!;
    const wanted = { ...PARTITION, offset, leaderEpoch: -1 };
    const [{ error }] = (await sim.run(this.#admin.alterGroupOffsets(GROUP, [wanted]))) as [ResultOfPartition];
    if (error !== null) throw error;
    return offset;
  }

  table(bills: ReadonlyMap<number, number>): Record<string, string | number>[] {
    const orders = [...bills.keys()].toSorted((a, b) => a - b);
    const rowOf = (name: string, cell: (order: number) => number): Record<string, string | number> => {
      return { "": name, ...Object.fromEntries(orders.map((order) => [`#${order}`, cell(order)])) };
    };
    return [rowOf("amount", (order) => 10 * (order + 1)), rowOf("bill", (order) => bills.get(order)!)];
  }
}
