/**
 * Readers: of the leader, or of any replica (KIP-392). Each reads every partition from its start.
 *
 * @module
 */
import { BrokerConnection } from "#ground/network/broker-connection";
import { pause } from "#ground/pause";
import { type Runtime } from "#ground/runtime";
import { type SeededRandom } from "#ground/sim/seeded-random";
import { type Actor, type MakeActor, pick, type Workplace } from "./actor.ts";
import { leaderOf, recordsFrom } from "../reading.ts";
import { hostOf, PORT } from "./simulated-cluster.ts";

const TIMEOUT_MS = 2_000;
const PAUSE_MS = 100;
const WAIT_MS = 300;

/** Reads at leaders. */
export const leaderReader: MakeActor = (place, name, random) => new Reading(place, name, random, false);

/** Reads anywhere. */
export const followerReader: MakeActor = (place, name, random) => new Reading(place, name, random, true);

/** Opens a connection to a broker. */
export function connectTo(runtime: Runtime, id: number, clientId: string): Promise<BrokerConnection> {
  const timeouts = { connectTimeoutMs: TIMEOUT_MS, requestTimeoutMs: TIMEOUT_MS };
  return BrokerConnection.connect(runtime, { host: hostOf(id), port: PORT, clientId, ...timeouts });
}

class Reading implements Actor {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly about: string;
  readonly #place: Workplace;
  readonly #random: SeededRandom;
  readonly #anywhere: boolean;
  readonly #runtime: Runtime;
  readonly #positions: number[];
  #isFinished = false;

  constructor(place: Workplace, name: string, random: SeededRandom, anywhere: boolean) {
    this.name = name;
    this.hosts = [name];
    this.about = anywhere ? "reads anywhere" : "reads at leaders";
    this.#place = place;
    this.#random = random;
    this.#anywhere = anywhere;
    this.#runtime = place.world.node(name).runtime;
    this.#positions = Array.from({ length: place.ledger.partitions }, () => 0);
  }

  start(): void {
    for (const partition of this.#positions.keys()) {
      this.#runtime.scheduler.spawn(`reader of ${partition}`, () => this.#run(partition));
    }
  }

  /** When it has read all there is. */
  async finish(): Promise<void> {
    const { ledger } = this.#place;
    const isBehind = (at: number, partition: number): boolean => at < ledger.log(partition).end;
    while (this.#positions.some(isBehind)) await pause(this.#runtime, PAUSE_MS);
    this.#isFinished = true;
  }

  async #run(partition: number): Promise<void> {
    while (!this.#isFinished) {
      let connection: BrokerConnection | null = null;
      try {
        connection = await this.#connect(partition);
        while (!this.#isFinished) await this.#read(connection, partition);
      } catch {
        // Whoever doesn't answer, or has no answer, isn't the one to ask.
        await pause(this.#runtime, this.#random.int(PAUSE_MS));
      }
      connection?.close();
    }
  }

  async #connect(partition: number): Promise<BrokerConnection> {
    const some = await connectTo(this.#runtime, pick(this.#random, ...this.#place.cluster.ids), this.name);
    if (this.#anywhere) return some;
    try {
      const leader = await leaderOf(some, { topic: this.#place.ledger.topic, partition });
      if (leader < 0) throw new Error("nobody leads");
      return await connectTo(this.#runtime, leader, this.name);
    } finally {
      some.close();
    }
  }

  async #read(connection: BrokerConnection, partition: number): Promise<void> {
    const { ledger } = this.#place;
    const from = Math.max(this.#positions[partition]!, ledger.deletedBefore(partition));
    const how = { maxWaitMs: WAIT_MS, maxBytes: pick(this.#random, 100, 10_000) };
    const read = await recordsFrom(connection, { topic: ledger.topic, partition }, from, how);
    for (const { offset, value } of read) ledger.read(partition, value, offset, this.name);
    this.#positions[partition] = (read.at(-1)?.offset ?? from - 1) + 1;
  }
}
