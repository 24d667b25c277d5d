/**
 * `npm run demo why`: orders go from a shop to billing, which is away for two seconds. Once with a connection for each
 * call, once with one that is kept, and once through a topic.
 *
 * @module
 */
import { pause } from "#ground/pause";
import { type Connection, type Runtime } from "#ground/runtime";
import { type SimWorld } from "#ground/sim/sim-world";
import { KafkaProducer } from "#sender";
import { type Stage } from "../stage.ts";
import { GroupedBroker } from "./parts/grouped.ts";
import { TOPIC } from "./parts/program.ts";

const LATENCY_MS = 5;
const EVERY_MS = 10;
const ORDERS = 600;
/** When billing freezes (it is rolled out anew, or collects garbage), and for how long. */
const AWAY_AFTER_MS = 2_000;
const AWAY_MS = 2_000;
/** So long a customer waits for the shop. */
const TIMEOUT_MS = 500;
const SETTLE_MS = 5_000;
const PORT = 8080;
const ANSWER = new Uint8Array([1]);
const GONE = new Error("It has taken too long.");

/** Sends one order. @returns whether the shop knows that it is safe */
type Send = (order: number) => Promise<boolean>;

export default async function demo(stage: Stage): Promise<void> {
  stage.say(
    `A shop has an order every ${EVERY_MS} ms, ${ORDERS} in all, for billing, a program elsewhere: a packet takes ` +
      `some ${LATENCY_MS} ms. After ${AWAY_AFTER_MS / 1_000} seconds billing does nothing for ${AWAY_MS / 1_000} ` +
      `seconds: it is rolled out anew, say. Nobody in the shop waits longer than ${TIMEOUT_MS / 1_000} s.`,
  );
  stage.table([await called("a connection per call", false), await called("a connection kept", true), await logged()]);
  stage.say(
    "A connection costs a round trip before the first byte. To keep one halves the time, and no more: the shop is " +
      "still as slow as billing, and away when billing is away. What is called meanwhile is an error for a customer, " +
      "and the shop's to remember and to send again; and some of what failed, as far as the shop knows, was done.",
  );
  stage.say(
    "With a topic in between, the shop's answer is the log's: billing is late, and nothing is lost. A second reader " +
      "(a warehouse, statistics) costs the shop nothing. But the answer says only that the order is safe, not what " +
      "billing makes of it: who needs that at once, is better off with a call.",
  );
}

async function called(way: string, keeps: boolean): Promise<Record<string, string | number>> {
  const { sim } = await GroupedBroker.started(1);
  const { world } = sim;
  world.network.latencyMs = LATENCY_MS;
  const connections = connectionsOfShop(world);
  let arrived = 0;
  await world.settled(listen(world.node("billing").runtime, () => arrived++));
  const calls = new Calls(world.node("shop").runtime, keeps);
  const seen = await sell(world, () => calls.call());
  return rowOf(way, connections.count, seen, arrived);
}

async function logged(): Promise<Record<string, string | number>> {
  const broker = await GroupedBroker.started(1);
  const { world } = broker.sim;
  world.network.latencyMs = LATENCY_MS;
  const connections = connectionsOfShop(world);
  const program = broker.start("billing", { groupId: "billing" });
  const { runtime } = world.node("shop");
  const producer = new KafkaProducer({ "bootstrap.servers": "broker:9092", "linger.ms": 0 }, { runtime });
  await world.settled(producer.partitionsFor(TOPIC));
  const seen = await sell(world, (order) => producer.send({ topic: TOPIC, value: String(order) }).then(() => true));
  return rowOf("a topic between", connections.count, seen, program.done.length);
}

function rowOf(
  way: string, connections: number, { tookMs, failed }: Seen, arrived: number,
): Record<string, string | number> {
  const sorted = tookMs.toSorted((a, b) => a - b).map(Math.round);
  return {
    way, connections, "median ms": sorted[sorted.length >> 1]!, slowest: sorted.at(-1)!, failed,
    "yet done": arrived - (ORDERS - failed), done: arrived,
  };
}

/** Counts from now on. */
function connectionsOfShop(world: SimWorld): { readonly count: number } {
  const counter = { count: 0 };
  world.observe({
    afterEvent() {},
    onLine: (line) => void (line.includes(" shop connect ") && counter.count++),
  });
  return counter;
}

/** What the shop sees. */
interface Seen {
  readonly tookMs: readonly number[];
  readonly failed: number;
}

/** Sells all, while billing is away for a while. */
async function sell(world: SimWorld, send: Send): Promise<Seen> {
  const { clock, scheduler } = world.node("shop").runtime;
  const begunMs = clock.nowMs();
  scheduler.at(begunMs + AWAY_AFTER_MS, () => world.node("billing").freeze(AWAY_MS));
  const tookMs: number[] = [];
  let failed = 0;
  const sellOne = async (order: number): Promise<void> => {
    const sentMs = clock.nowMs();
    if (await send(order)) tookMs.push(clock.nowMs() - sentMs);
    else failed++;
  };
  const sellAll = async (): Promise<void> => {
    for (let order = 0; order < ORDERS; order++) {
      void sellOne(order);
      await pause(world.node("shop").runtime, EVERY_MS);
    }
  };
  await world.settled(sellAll());
  await world.run(SETTLE_MS);
  return { tookMs, failed };
}

/** Billing: answers a byte with a byte. */
async function listen(runtime: Runtime, onOrder: () => void): Promise<void> {
  await runtime.transport.listen("billing", PORT, (connection) => {
    connection.handle({
      onData: (chunk) => {
        for (let i = 0; i < chunk.length; i++) {
          onOrder();
          connection.write([ANSWER]);
        }
      },
      onClose: () => {},
    });
  });
}

/** The shop's calls. */
class Calls {
  readonly #runtime: Runtime;
  readonly #keeps: boolean;
  /** The one that is kept, or is being made. */
  #kept: Promise<Line> | null = null;

  constructor(runtime: Runtime, keeps: boolean) {
    this.#runtime = runtime;
    this.#keeps = keeps;
  }

  async call(): Promise<boolean> {
    const { clock, scheduler } = this.#runtime;
    const deadlineMs = clock.nowMs() + TIMEOUT_MS;
    const connecting = this.#kept ?? this.#connect();
    if (this.#keeps) this.#kept = connecting;
    let line: Line;
    try {
      line = await connecting;
    } catch {
      this.#kept = null;
      return false;
    }
    return new Promise((resolve) => {
      const timer = scheduler.at(deadlineMs, () => {
        // What comes now would be taken for the answer to another call.
        if (this.#kept === connecting) this.#kept = null;
        line.close(GONE);
      });
      line.ask((isAnswered) => {
        timer.cancel();
        if (!this.#keeps) line.close();
        resolve(isAnswered);
      });
    });
  }

  async #connect(): Promise<Line> {
    return new Line(await this.#runtime.transport.connect("billing", PORT, TIMEOUT_MS));
  }
}

/** A connection: answers come in the order of the questions. */
class Line {
  readonly #connection: Connection;
  readonly #asked: ((isAnswered: boolean) => void)[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.handle({
      onData: (chunk) => {
        for (let i = 0; i < chunk.length; i++) this.#asked.shift()?.(true);
      },
      onClose: () => this.close(),
    });
  }

  ask(onDone: (isAnswered: boolean) => void): void {
    this.#asked.push(onDone);
    this.#connection.write([ANSWER]);
  }

  close(error?: Error): void {
    this.#connection.close(error);
    for (const onDone of this.#asked.splice(0)) onDone(false);
  }
}
