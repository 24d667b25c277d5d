/**
 * A producer among faults. One seed is one run: a configuration, a program that sends, and what goes wrong meanwhile,
 * all of them drawn. Afterwards the invariants of a producer are checked:
 *
 * - each send settles exactly once, and within `max.block.ms` + `delivery.timeout.ms`;
 * - what is acknowledged is where the producer said;
 * - with idempotence: written once, and in order. With one request in flight: in order;
 * - a send that failed for certain is never visible;
 * - memory is conserved, and nothing stays open.
 *
 * @module
 */
import { type RecordMetadata } from "#accumulator";
import { type KafkaError } from "#ground/errors";
import { type SeededRandom } from "#ground/sim/seeded-random";
import { SimWorld } from "#ground/sim/sim-world";
import { KafkaProducer } from "#sender";
import { type Outcome, ScenarioFailure } from "./outcome.ts";
import { type Brokers, LOST_ANSWERS, realBroker, scriptedBrokers, TOPIC } from "./brokers.ts";

const PARTITIONS = 3;
const SENDS = 300;
const SEND_MS = 15_000;
const MAX_BLOCK_MS = 4_000;
const DELIVERY_MS = 8_000;
/** The most sends in one turn: where each record has a batch of its own, more than the smallest memory holds. */
const BURST = 600;
/** Within so many milliseconds each send is settled. Pauses, round trips and timers come on top of the limits. */
const SETTLE_MS = MAX_BLOCK_MS + DELIVERY_MS + 1_500;

/** One send, and what became of it. */
interface Send {
  readonly value: string;
  readonly partition: number;
  readonly sentMs: number;
  settled: number;
  settledMs: number;
  metadata: RecordMetadata | null;
  error: KafkaError | null;
}

/** Runs one seed. @throws ScenarioFailure that says which invariant is violated */
export async function producerScenario(seed: number): Promise<Outcome> {
  const world = new SimWorld(seed);
  const random = world.random("scenario");
  const isReal = random.happens(0.4);
  const brokers = await (isReal ? realBroker : scriptedBrokers)(world, random, PARTITIONS);
  const config = drawConfig(random);
  const { runtime } = world.node("client");
  const given = { "bootstrap.servers": brokers.bootstrap, ...config };
  const producer = new KafkaProducer(given, { runtime, onError: () => {} });
  const sends: Send[] = [];
  const most = random.happens(0.3) ? BURST : 1;
  scheduleSends(world, random, producer, sends, most);
  const faults = scheduleFaults(world, random, brokers);
  const kind = isReal ? "real broker" : "scripted brokers";
  const kinds = `${kind}${most === 1 ? "" : ", bursts"}`;
  const about = `${kinds}, ${JSON.stringify(config)}, faults: ${faults.map(({ what }) => what).join(", ") || "none"}`;
  const outcome = (): Outcome => {
    return { about, steps: world.steps, faults: countOf(faults.map(({ name }) => name)), traceHash: world.traceHash };
  };
  try {
    await world.run(SEND_MS);
    await brokers.heal();
    await world.run(SETTLE_MS);
    checkSettled(sends);
    const { "buffer-available-bytes": available, "buffer-total-bytes": total } = producer.metrics();
    expect(available === total, `memory is conserved: ${available} of ${total} bytes are back`);
    await world.settled(producer.close());
    await world.run(100);
    const open = world.node("client").openResources;
    expect(open.length === 0, `nothing stays open: ${open.join(", ")}`);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      checkPartition(sends.filter((send) => send.partition === partition), await brokers.values(partition), config);
    }
    return outcome();
  } catch (error) {
    const told = world.trace.filter((line) => !/ (timer|turn)$/.test(line));
    throw new ScenarioFailure(outcome(), (error as Error).message, told, error as Error);
  }
}

type Config = Readonly<Record<string, string | number | boolean>>;

function drawConfig(random: SeededRandom): Config {
  const isIdempotent = random.happens(0.6);
  const pick = <T>(...values: T[]): T => values[random.int(values.length)]!;
  return {
    "enable.idempotence": isIdempotent,
    acks: isIdempotent ? "all" : pick("all", "1"),
    "max.in.flight.requests.per.connection": pick(1, 2, 5),
    "linger.ms": pick(0, 5, 50),
    "batch.size": pick(1, 200, 1_000, 16_384),
    "compression.type": pick("none", "none", "gzip"),
    "buffer.memory": pick(40_000, 1_000_000),
    "max.block.ms": MAX_BLOCK_MS,
    "delivery.timeout.ms": DELIVERY_MS,
    "request.timeout.ms": pick(500, 2_000),
    "socket.connection.setup.timeout.ms": 1_000,
    "metadata.max.age.ms": pick(1_000, 300_000),
  };
}

function scheduleSends(
  world: SimWorld,
  random: SeededRandom,
  producer: KafkaProducer,
  sends: Send[],
  most: number,
): void {
  const { runtime } = world.node("client");
  let atMs = 0;
  for (let i = 0; i < SENDS; i++) {
    // Some come together, some alone.
    if (random.happens(0.4)) atMs += random.int((2.5 * SEND_MS) / SENDS);
    const partition = random.int(PARTITIONS);
    const isRefused = random.happens(0.03);
    const isAwaited = random.happens(0.5);
    const count = random.happens(0.1) ? 1 + random.int(most) : 1;
    runtime.scheduler.at(Math.min(atMs, SEND_MS - 1), () => {
      for (let k = 0; k < count; k++) {
        const value = `${i * BURST + k}${isRefused ? "!" : ""}`;
        const send: Send = {
          value,
          partition,
          sentMs: world.nowMs,
          settled: 0,
          settledMs: 0,
          metadata: null,
          error: null,
        };
        sends.push(send);
        const settle = (metadata: RecordMetadata | null, error: unknown): void => {
          Object.assign(send, { settled: send.settled + 1, settledMs: world.nowMs, metadata, error });
        };
        const record = { topic: TOPIC, partition, value };
        if (isAwaited) producer.send(record).then((metadata) => settle(metadata, null), (error) => settle(null, error));
        else producer.send(record, settle);
      }
    });
  }
}

/** A fault that was drawn. */
interface Drawn {
  readonly name: string;
  readonly what: string;
}

function countOf(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function scheduleFaults(world: SimWorld, random: SeededRandom, { faults }: Brokers): Drawn[] {
  const names = Object.keys(faults);
  const { runtime } = world.node("chaos");
  const drawn: Drawn[] = [];
  for (let count = random.int(20); count > 0; count--) {
    const isLoss = LOST_ANSWERS in faults && random.happens(0.4);
    const name = isLoss ? LOST_ANSWERS : names[random.int(names.length)]!;
    const atMs = random.int(SEND_MS);
    drawn.push({ name, what: `${name} at ${atMs}` });
    runtime.scheduler.at(atMs, () => {
      runtime.log.info(`fault: ${name}`);
      faults[name]!();
    });
  }
  return drawn;
}

function checkSettled(sends: readonly Send[]): void {
  for (const { value, settled, sentMs, settledMs } of sends) {
    expect(settled === 1, `each send settles exactly once: ${value} did ${settled} times`);
    const tookMs = settledMs - sentMs;
    expect(tookMs <= SETTLE_MS, `each send settles in time: ${value} took ${tookMs} ms`);
  }
}

function checkPartition(sends: readonly Send[], values: readonly string[], config: Config): void {
  for (const { value, metadata, error } of sends) {
    if (metadata !== null && metadata.offset !== -1) {
      const there = values[Number(metadata.offset)];
      expect(there === value, `what is acknowledged is there: ${value} at ${metadata.offset}, where ${there} is`);
    }
    // Of a time-out nobody knows; these are certain.
    const isCertain = error !== null && (error.code === "INVALID_RECORD" || error.name === "BufferExhaustedError");
    expect(!isCertain || !values.includes(value), `what failed for certain is not there: ${value} (${error?.message})`);
  }
  const firsts = values.filter((value, i) => values.indexOf(value) === i);
  const isIdempotent = config["enable.idempotence"] === true;
  if (isIdempotent) expect(firsts.length === values.length, `nothing is there twice: ${values.join(" ")}`);
  if (isIdempotent || config["max.in.flight.requests.per.connection"] === 1) {
    const numbers = firsts.map((value) => parseInt(value, 10));
    const isOrdered = numbers.every((number, i) => i === 0 || number > numbers[i - 1]!);
    expect(isOrdered, `the order is kept: ${values.join(" ")}`);
  }
}

function expect(holds: boolean, invariant: string): void {
  if (!holds) throw new Error(`Violated: ${invariant}`);
}
