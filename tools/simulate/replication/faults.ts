/**
 * What goes wrong, drawn from the seed: each fault begins at some moment, and is over some time later.
 *
 * Power is lost *within the promise*: Kafka says nothing for records whose in-sync replicas all lose what they had not
 * flushed (KIP-966). So it is lost only while all is well, by one broker, and nothing else goes wrong until that broker
 * has left the ISRs that it was in.
 *
 * @module
 */
import { type Runtime } from "#ground/runtime";
import { type SeededRandom } from "#ground/sim/seeded-random";
import { pick } from "./actor.ts";
import { type Registrations } from "./registrations.ts";
import { COORDINATOR, hostOf, type SimulatedCluster } from "./simulated-cluster.ts";

/** Between two faults. */
const MOST_PAUSE_MS = 1_000;
const MOST_DURATION_MS = 4_000;
const SHORT_MS = 500;
/** The next coordinator begins to read in this time, from a disk that takes up to so long a call. */
const SUCCESSION_MS = 1_500;
const MOST_SLOWNESS_MS = 20;
/** Nobody waits longer for a broker that lost power to leave the ISRs. */
const POWER_LIMIT_MS = 10_000;
const LOOK_AGAIN_MS = 50;

/** What is done, in words, and how it ends. */
interface Begun {
  readonly what: string;
  /** Null for what ends by itself. */
  readonly end: (() => void) | null;
  /** It lasts so long at least; 0 if not given. */
  readonly leastMs?: number;
}

/** Name, weight, and what it does; null when it can't be done now. */
type Fault = readonly [name: string, weight: number, begin: () => Begun | null];

/** What else may be hit. */
export interface FaultsOptions {
  /** Hosts that may be cut off. */
  readonly clients: readonly string[];
  /** The names of partitions whose leaders coordinate groups; perhaps none. */
  readonly coordinated: readonly string[];
}

/** Begins and ends faults. */
export class Faults {
  /** How often each has happened, by name. */
  readonly counts = new Map<string, number>();
  readonly #cluster: SimulatedCluster;
  readonly #registrations: Registrations;
  readonly #random: SeededRandom;
  readonly #clients: readonly string[];
  readonly #coordinated: readonly string[];
  readonly #runtime: Runtime;
  readonly #faults: readonly Fault[];
  readonly #usualLatencyMs: number;
  #open = 0;
  #untilMs = 0;
  /** A broker that has lost power, and may still be taken for in sync. */
  #powerless: { readonly id: number; readonly untilMs: number } | null = null;
  #isOver = false;

  constructor(
    cluster: SimulatedCluster,
    registrations: Registrations,
    random: SeededRandom,
    { clients, coordinated }: FaultsOptions,
  ) {
    this.#cluster = cluster;
    this.#registrations = registrations;
    this.#random = random;
    this.#clients = clients;
    this.#coordinated = coordinated;
    this.#runtime = cluster.world.node("chaos").runtime;
    this.#usualLatencyMs = cluster.world.network.latencyMs;
    this.#faults = this.#all();
  }

  /** Lets things go wrong for a while. */
  start(forMs: number): void {
    this.#untilMs = this.#runtime.clock.nowMs() + forMs;
    this.#plan();
  }

  /** Ends them all. */
  heal(): void {
    const { world, ids } = this.#cluster;
    this.#isOver = true;
    this.#runtime.log.info("fault: all are over");
    world.network.heal();
    world.network.latencyMs = this.#usualLatencyMs;
    world.network.dropProbability = 0;
    this.#cluster.coordinatorNode.healDisk();
    this.#cluster.restartCoordinator();
    for (const id of ids) this.#cluster.node(id).healDisk();
    for (const id of ids) this.#cluster.restart(id);
  }

  #plan(): void {
    this.#after(this.#random.int(MOST_PAUSE_MS), () => {
      if (this.#isOver || this.#runtime.clock.nowMs() >= this.#untilMs) return;
      if (this.#mayGoOn()) this.#begin();
      this.#plan();
    });
  }

  #mayGoOn(): boolean {
    if (this.#powerless === null) return true;
    const { id, untilMs } = this.#powerless;
    const isLate = this.#runtime.clock.nowMs() >= untilMs;
    if (this.#registrations.isDoubtful(id) && !isLate) return false;
    this.#powerless = null;
    return true;
  }

  #begin(): void {
    const total = this.#faults.reduce((sum, [, weight]) => sum + weight, 0);
    let drawn = this.#random.int(total);
    const [name, , begin] = this.#faults.find(([, weight]) => (drawn -= weight) < 0)!;
    const begun = begin();
    if (begun === null) return;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    const { end, leastMs = 0 } = begun;
    this.#runtime.log.info(`fault: ${end === null ? "at once: " : ""}${begun.what}`);
    if (end === null) return;
    this.#open += 1;
    const forMs = this.#random.int(this.#random.happens(0.5) ? SHORT_MS : MOST_DURATION_MS);
    this.#after(leastMs + forMs, () => {
      this.#open -= 1;
      if (this.#isOver) return;
      this.#runtime.log.info(`fault: over: ${begun.what}`);
      end();
    });
  }

  #all(): readonly Fault[] {
    const { network } = this.#cluster.world;
    const some = (): number => pick(this.#random, ...this.#cluster.ids);
    const someHost = (): string => pick(this.#random, ...this.#cluster.ids.map(hostOf), COORDINATOR, ...this.#clients);
    const between = (what: string, begin: (a: string, b: string) => void): Begun | null => {
      const [a, b] = [hostOf(some()), someHost()];
      if (a === b) return null;
      const [from, to] = this.#random.happens(0.5) ? [a, b] : [b, a];
      begin(from, to);
      return { what: `${what} ${from} to ${to}`, end: () => network.mend(from, to) };
    };
    const faults: Fault[] = [
      ["crash", 6, () => this.#crash(some())],
      ["stop", 2, () => this.#stop(some())],
      ["freeze", 4, () => this.#freeze(some())],
      ["partition", 4, () => between("nothing passes", (a, b) => network.partition(a, b))],
      ["one-way cut", 3, () => between("nothing passes one way,", (a, b) => network.cut(a, b))],
      ["isolation", 2, () => this.#isolate(some())],
      ["delay", 2, () => this.#delay()],
      ["drop", 2, () => this.#drop()],
      ["full disk", 2, () => this.#fill(some())],
      ["slow disk", 2, () => this.#slow(some())],
      ["power loss", 4, () => this.#losePower(some())],
      ["coordinator restart", 3, () => this.#restartCoordinator()],
      ["coordinator frozen", 1, () => this.#freezeCoordinator()],
      ["clock jump", 1, () => this.#jump(some())],
    ];
    if (this.#coordinated.length > 0) faults.push(["slow succession", 6, () => this.#succeed()]);
    return faults;
  }

  #crash(id: number): Begun | null {
    if (!this.#cluster.node(id).isAlive) return null;
    this.#cluster.crash(id);
    return { what: `broker ${id} is killed`, end: () => this.#cluster.restart(id) };
  }

  /** A group's coordinator ends, and whoever comes after it reads its log slowly: members don't wait for that. */
  #succeed(): Begun | null {
    const name = pick(this.#random, ...this.#coordinated);
    const ms = 1 + this.#random.int(MOST_SLOWNESS_MS);
    const id = this.#registrations.of(name)?.leader ?? -1;
    const stopped = id < 0 ? null : this.#stop(id);
    if (stopped === null) return null;
    const others = this.#cluster.ids.filter((other) => other !== id).map((other) => this.#cluster.node(other));
    for (const node of others) node.slowDisk(ms);
    const what = `${stopped.what}, which leads ${name}; the disks of the others take ${ms} ms a call`;
    return { what, end: () => others.forEach((node) => node.healDisk()), leastMs: SUCCESSION_MS };
  }

  #stop(id: number): Begun | null {
    if (!this.#cluster.isServing(id)) return null;
    this.#runtime.scheduler.spawn(`stop of broker ${id}`, async () => {
      await this.#cluster.stop(id);
      if (this.#isOver) this.#cluster.restart(id);
      else this.#after(this.#random.int(MOST_DURATION_MS), () => this.#cluster.restart(id));
    });
    return { what: `broker ${id} is to end in order`, end: null };
  }

  #freeze(id: number): Begun | null {
    const forMs = this.#random.int(MOST_DURATION_MS);
    if (!this.#cluster.node(id).isAlive) return null;
    this.#cluster.node(id).freeze(forMs);
    this.#open += 1;
    this.#after(forMs, () => (this.#open -= 1));
    return { what: `broker ${id} is frozen for ${forMs} ms`, end: null };
  }

  #isolate(id: number): Begun {
    const { network } = this.#cluster.world;
    const others = [...this.#cluster.ids.filter((other) => other !== id).map(hostOf), COORDINATOR, ...this.#clients];
    for (const other of others) network.partition(hostOf(id), other);
    const end = (): void => others.forEach((other) => network.mend(hostOf(id), other));
    return { what: `broker ${id} is cut off`, end };
  }

  #delay(): Begun {
    const { network } = this.#cluster.world;
    network.latencyMs = 1 + this.#random.int(100);
    const end = (): void => void (network.latencyMs = this.#usualLatencyMs);
    return { what: `each packet takes some ${network.latencyMs} ms`, end };
  }

  #drop(): Begun {
    const { network } = this.#cluster.world;
    network.dropProbability = this.#random.next() / 20;
    return { what: "connections break", end: () => void (network.dropProbability = 0) };
  }

  #fill(id: number): Begun {
    const bytes = this.#random.int(3_000);
    this.#cluster.node(id).fillDisk(bytes);
    return { what: `broker ${id} has room for ${bytes} bytes`, end: () => this.#cluster.node(id).healDisk() };
  }

  #slow(id: number): Begun {
    const ms = 1 + this.#random.int(20);
    this.#cluster.node(id).slowDisk(ms);
    return { what: `the disk of broker ${id} takes ${ms} ms a call`, end: () => this.#cluster.node(id).healDisk() };
  }

  #losePower(id: number): Begun | null {
    const isCalm = this.#open === 0 && this.#cluster.ids.every((one) => this.#cluster.isServing(one));
    if (!isCalm || !this.#registrations.areInSyncWithout(id)) return null;
    this.#registrations.lostPower(id);
    this.#cluster.losePower(id);
    this.#powerless = { id, untilMs: this.#runtime.clock.nowMs() + POWER_LIMIT_MS };
    this.#after(this.#random.int(MOST_DURATION_MS), () => this.#cluster.restart(id));
    this.#watch(id);
    return { what: `broker ${id} loses power`, end: null };
  }

  /** Says when nobody takes the broker for in sync any more. */
  #watch(id: number): void {
    this.#after(LOOK_AGAIN_MS, () => {
      if (this.#powerless?.id !== id) return;
      if (this.#registrations.isDoubtful(id)) this.#watch(id);
      else this.#runtime.log.info(`broker ${id}, which lost power, is in sync nowhere, or again`);
    });
  }

  #restartCoordinator(): Begun | null {
    if (!this.#cluster.coordinatorNode.isAlive) return null;
    const isPower = this.#random.happens(0.5);
    if (isPower) this.#cluster.losePowerOfCoordinator();
    else this.#cluster.crashCoordinator();
    const what = `the coordinator ${isPower ? "loses power" : "is killed"}`;
    return { what, end: () => this.#cluster.restartCoordinator() };
  }

  #freezeCoordinator(): Begun | null {
    if (!this.#cluster.coordinatorNode.isAlive) return null;
    const forMs = this.#random.int(MOST_DURATION_MS);
    this.#cluster.coordinatorNode.freeze(forMs);
    this.#open += 1;
    this.#after(forMs, () => (this.#open -= 1));
    return { what: `the coordinator is frozen for ${forMs} ms`, end: null };
  }

  #jump(id: number): Begun {
    const byMs = this.#random.int(120_000) - 60_000;
    this.#cluster.node(id).setWallClockOffset(byMs);
    return { what: `the wall clock of broker ${id} is wrong by ${byMs} ms`, end: null };
  }

  #after(ms: number, run: () => void): void {
    this.#runtime.scheduler.at(this.#runtime.clock.nowMs() + ms, run);
  }
}
