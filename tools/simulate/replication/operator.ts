/**
 * Somebody who administers the cluster: gives leads back to the preferred replicas, deletes old records.
 *
 * @module
 */
import { DeleteRecords } from "#ground/protocol/messages/21-delete-records";
import { ElectLeaders } from "#ground/protocol/messages/43-elect-leaders";
import { pause } from "#ground/pause";
import { type SeededRandom } from "#ground/sim/seeded-random";
import { leaderOf } from "../reading.ts";
import { type Actor, type MakeActor, pick, type Workplace } from "./actor.ts";
import { connectTo } from "./readers.ts";

const MOST_PAUSE_MS = 4_000;
const PREFERRED = 0;

/** See above. */
export const operator: MakeActor = (place, name, random) => new Operating(place, name, random);

class Operating implements Actor {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly about = "elects and deletes";
  readonly #place: Workplace;
  readonly #random: SeededRandom;
  #isFinished = false;

  constructor(place: Workplace, name: string, random: SeededRandom) {
    this.name = name;
    this.hosts = [name];
    this.#place = place;
    this.#random = random;
  }

  start(): void {
    this.#place.world.node(this.name).runtime.scheduler.spawn("operator", () => this.#run());
  }

  finish(): Promise<void> {
    this.#isFinished = true;
    return Promise.resolve();
  }

  async #run(): Promise<void> {
    const { runtime } = this.#place.world.node(this.name);
    while (!this.#isFinished) {
      await pause(runtime, this.#random.int(MOST_PAUSE_MS));
      const deed = this.#random.happens(0.5) ? this.#elect() : this.#delete();
      // Nobody to talk to, or the wrong one: the next time will do.
      await deed.catch(() => {});
    }
  }

  async #elect(): Promise<void> {
    const connection = await this.#connect();
    await connection
      .send(ElectLeaders, { electionType: PREFERRED, topicPartitions: null, timeoutMs: 2_000 })
      .finally(() => connection.close());
  }

  async #delete(): Promise<void> {
    const { ledger, world } = this.#place;
    const partition = this.#random.int(ledger.partitions);
    const { end } = ledger.log(partition);
    if (end === 0) return;
    const offset = this.#random.int(end);
    const connection = await this.#connect();
    try {
      const leader = await leaderOf(connection, { topic: ledger.topic, partition });
      if (leader < 0) return;
      const leading = await connectTo(world.node(this.name).runtime, leader, this.name);
      ledger.deleting(partition, offset);
      const wanted = [{ name: ledger.topic, partitions: [{ partitionIndex: partition, offset }] }];
      await leading.send(DeleteRecords, { topics: wanted, timeoutMs: 1_000 }).finally(() => leading.close());
    } finally {
      connection.close();
    }
  }

  #connect(): ReturnType<typeof connectTo> {
    const { world, cluster } = this.#place;
    return connectTo(world.node(this.name).runtime, pick(this.#random, ...cluster.ids), this.name);
  }
}
