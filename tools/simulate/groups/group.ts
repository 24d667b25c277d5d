/**
 * A consumer group as an actor: its members are killed, frozen, slow, leave, and come back.
 *
 * @module
 */
import { pause } from "#ground/pause";
import { type Runtime } from "#ground/runtime";
import { type SeededRandom } from "#ground/sim/seeded-random";
import { type Actor, type MakeActor, pick, type Workplace } from "../replication/actor.ts";
import { demand } from "../replication/violation.ts";
import { type GroupBook } from "./group-book.ts";
import { Member, type MemberConfig } from "./member.ts";

const FEWEST_MEMBERS = 2;
const MOST_MEMBERS = 4;
const LOOK_MS = 50;
/** So long a group must stay as it is, when it has come to its end. */
const QUIET_MS = 4_000;
/** Between two deeds. */
const MOST_PAUSE_MS = 5_000;
const MOST_AWAY_MS = 3_000;

/** Members that give up all they have in a rebalance. */
export const eagerGroup: MakeActor = (place, name, random) => {
  return new Grouping(place, name, random, pick(random, "range", "roundrobin", "sticky"));
};

/** Members that give up only what goes elsewhere. */
export const cooperativeGroup: MakeActor = (place, name, random) => {
  return new Grouping(place, name, random, "cooperative-sticky");
};

/** The place of a member: one machine, on which one consumer after the other lives. */
interface Seat {
  readonly host: string;
  readonly config: MemberConfig;
  /** Null while it is away. */
  member: Member | null;
  lives: number;
}

class Grouping implements Actor {
  readonly name: string;
  readonly about: string;
  readonly hosts: readonly string[];
  readonly #place: Workplace;
  readonly #random: SeededRandom;
  readonly #runtime: Runtime;
  readonly #book: GroupBook;
  #seats: readonly Seat[];
  readonly #sessionMs: number;
  readonly #intervalMs: number;
  #isFinished = false;

  constructor(place: Workplace, name: string, random: SeededRandom, assignor: string) {
    this.name = name;
    this.#place = place;
    this.#random = random;
    this.#runtime = place.world.node(name).runtime;
    this.#book = place.groups.open(name, place.ledger);
    this.#sessionMs = pick(random, 1_000, 2_000, 3_000);
    this.#intervalMs = pick(random, 2_000, 4_000);
    const drawn = this.#drawConfig(assignor);
    const config = { ...drawn, "bootstrap.servers": place.cluster.bootstrap };
    const isStatic = random.happens(0.4);
    const isAutomatic = drawn["enable.auto.commit"] === true;
    const length = FEWEST_MEMBERS + random.int(MOST_MEMBERS - FEWEST_MEMBERS + 1);
    this.hosts = Array.from({ length }, (_, i) => `${name}-${i + 1}`);
    this.about = `${this.hosts.length} ${isStatic ? "static " : ""}members, ${JSON.stringify(drawn)}`;
    this.#seats = this.hosts.map((host) => {
      const named = { ...config, "client.id": host };
      const own: MemberConfig["config"] = isStatic ? { ...named, "group.instance.id": host } : named;
      return { host, config: { config: own, isAutomatic }, member: null, lives: 0 };
    });
  }

  start(): void {
    for (const seat of this.#seats) this.#runtime.scheduler.spawn(`life of ${seat.host}`, () => this.#live(seat));
  }

  /** When the group has done with all there is, and stays as it is for a while. */
  async finish(): Promise<void> {
    this.#isFinished = true;
    // One that is killed and stays away must be missed, for the others to have its partitions.
    if (this.#random.happens(0.5)) {
      const gone = pick(this.#random, ...this.#seats);
      this.#place.world.node(gone.host).crash();
      this.#seats = this.#seats.filter((seat) => seat !== gone);
    }
    let generation = -1;
    let sinceMs = 0;
    for (;;) {
      await pause(this.#runtime, LOOK_MS);
      for (const seat of this.#seats) this.#begin(seat);
      const { nowMs } = this.#place.world;
      if (!this.#isAtEnd() || this.#book.generation !== generation) {
        generation = this.#book.generation;
        sinceMs = nowMs;
      } else if (nowMs - sinceMs >= QUIET_MS) break;
    }
    await Promise.all(this.#seats.map(({ member }) => member!.close()));
  }

  check(host: string | null): void {
    if (host === null || !this.hosts.includes(host)) return;
    const owners = new Map<string, string>();
    for (const { host: who, member } of this.#seats) {
      if (member === null || member.generation < 0) continue;
      for (const partition of member.partitions) {
        const key = `partition ${partition} in generation ${member.generation} of ${this.name}`;
        const other = owners.get(key);
        demand(other === undefined, () => `OneOwner: ${other} and ${who} both have ${key}`);
        owners.set(key, who);
      }
    }
  }

  #drawConfig(assignor: string): MemberConfig["config"] {
    const random = this.#random;
    return {
      "group.id": this.name,
      "partition.assignment.strategy": assignor,
      "auto.offset.reset": "earliest",
      "allow.auto.create.topics": false,
      "enable.auto.commit": random.happens(0.5),
      "auto.commit.interval.ms": pick(random, 100, 1_000),
      "session.timeout.ms": this.#sessionMs,
      "heartbeat.interval.ms": pick(random, 100, 300),
      "max.poll.interval.ms": this.#intervalMs,
      "max.poll.records": pick(random, 1, 10, 500),
      "max.partition.fetch.bytes": pick(random, 200, 10_000),
      "fetch.max.wait.ms": 200,
      "request.timeout.ms": pick(random, 1_000, 3_000),
      "default.api.timeout.ms": 3_000,
      "socket.connection.setup.timeout.ms": 1_000,
      "metadata.max.age.ms": 2_000,
    };
  }

  #isAtEnd(): boolean {
    const members = this.#seats.map(({ member }) => member);
    if (members.some((member) => member === null || member.memberId === "")) return false;
    const isOwner = (member: Member): boolean =>
      member.partitions.every((partition) => this.#book.owners.get(partition) === member.memberId);
    const owned = members.reduce((sum, member) => sum + member!.partitions.length, 0);
    const isAsWritten = owned === this.#place.ledger.partitions && members.every((member) => isOwner(member!));
    return isAsWritten && this.#book.isAtEnd(members.map((member) => member!.memberId));
  }

  async #live(seat: Seat): Promise<void> {
    await pause(this.#runtime, this.#random.int(MOST_AWAY_MS));
    for (;;) {
      this.#begin(seat);
      await pause(this.#runtime, this.#random.int(MOST_PAUSE_MS));
      if (this.#isFinished) return;
      await this.#happens(seat);
    }
  }

  #begin(seat: Seat): void {
    if (!this.#seats.includes(seat) || (seat.member !== null && !seat.member.isClosed)) return;
    const { host } = seat;
    const { ledger, world } = this.#place;
    const node = world.node(host);
    const runtime = node.isAlive ? node.runtime : node.restart();
    const name = `${host}.${++seat.lives}`;
    seat.member = new Member(name, runtime, world.random(name), seat.config, { book: this.#book, ledger });
  }

  /** Something happens to a member, perhaps; it may be away afterwards. */
  async #happens(seat: Seat): Promise<void> {
    const deed = pick(this.#random, "killed", "leaves", "frozen", "slow", "none");
    if (deed === "none") return;
    const { world, deeds } = this.#place;
    const node = world.node(seat.host);
    const forMs = this.#random.int(2 * (deed === "slow" ? this.#intervalMs : this.#sessionMs));
    const name = `member: ${deed}`;
    deeds.set(name, (deeds.get(name) ?? 0) + 1);
    this.#runtime.log.info(`${seat.host} ${deed}, ${forMs} ms`);
    if (deed === "frozen") node.freeze(forMs);
    else if (deed === "slow") seat.member!.stall(forMs);
    else if (deed === "killed") node.crash();
    else await seat.member!.close();
    if (deed !== "killed" && deed !== "leaves") return;
    seat.member = null;
    await pause(this.#runtime, this.#random.int(MOST_AWAY_MS));
  }
}
