/**
 * Producers: our own, with acks=all, idempotent or not, and with acks=1.
 *
 * @module
 */
import { type SeededRandom } from "#ground/sim/seeded-random";
import { KafkaProducer } from "#sender";
import { type Actor, type MakeActor, pick, type Workplace } from "./actor.ts";
import { valueOf } from "./ledger.ts";

const DELIVERY_MS = 20_000;
/** Between two sends it waits up to so long; every now and then it sends some at once. */
const MOST_PAUSE_MS = 120;
const MOST_AT_ONCE = 8;

type Kind = { readonly acks: "all" | "1"; readonly isIdempotent: boolean };

/** acks=all, each record exactly once and in order. */
export const idempotentProducer: MakeActor = (place, name, random) =>
  new Producing(place, name, random, { acks: "all", isIdempotent: true });

/** acks=all, each acknowledged record at least once. */
export const plainProducer: MakeActor = (place, name, random) =>
  new Producing(place, name, random, { acks: "all", isIdempotent: false });

/** acks=1: what it is told means little, but what others read is committed. */
export const carelessProducer: MakeActor = (place, name, random) =>
  new Producing(place, name, random, { acks: "1", isIdempotent: false });

class Producing implements Actor {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly about: string;
  readonly #place: Workplace;
  readonly #random: SeededRandom;
  readonly #kind: Kind;
  readonly #producer: KafkaProducer;
  #count = 0;
  #isFinished = false;

  constructor(place: Workplace, name: string, random: SeededRandom, kind: Kind) {
    const { cluster, ledger, world } = place;
    this.name = name;
    this.hosts = [name];
    this.#place = place;
    this.#random = random;
    this.#kind = kind;
    const config = {
      acks: kind.acks,
      "enable.idempotence": kind.isIdempotent,
      "max.in.flight.requests.per.connection": pick(random, 1, 2, 5),
      "linger.ms": pick(random, 0, 5, 20),
      "batch.size": pick(random, 200, 16_384),
      "compression.type": pick(random, "none", "none", "gzip"),
      "request.timeout.ms": pick(random, 1_000, 4_000),
    };
    this.about = JSON.stringify(config);
    const rest = {
      "bootstrap.servers": cluster.bootstrap,
      "delivery.timeout.ms": DELIVERY_MS,
      "max.block.ms": DELIVERY_MS,
      "metadata.max.age.ms": 2_000,
      "socket.connection.setup.timeout.ms": 1_000,
    };
    const { runtime } = world.node(name);
    this.#producer = new KafkaProducer({ ...config, ...rest }, { runtime, onError: () => {} });
    if (kind.isIdempotent) ledger.expectExactlyOnce(name);
  }

  start(): void {
    this.#sendAgain();
  }

  async finish(): Promise<void> {
    this.#isFinished = true;
    await this.#producer.close();
  }

  #sendAgain(): void {
    const { clock, scheduler } = this.#place.world.node(this.name).runtime;
    scheduler.at(clock.nowMs() + this.#random.int(MOST_PAUSE_MS), () => {
      if (this.#isFinished) return;
      const count = this.#random.happens(0.2) ? 1 + this.#random.int(MOST_AT_ONCE) : 1;
      for (let i = 0; i < count; i++) this.#send();
      this.#sendAgain();
    });
  }

  #send(): void {
    const { ledger } = this.#place;
    const value = valueOf(this.name, this.#count++);
    const partition = this.#random.int(ledger.partitions);
    ledger.sent(value);
    this.#producer.send({ topic: ledger.topic, partition, value }, (metadata) => {
      if (metadata !== null && this.#kind.acks === "all") {
        ledger.acknowledged(partition, value, Number(metadata.offset));
      }
    });
  }
}
