/**
 * A cluster of whole brokers among faults. One seed is one run: a cluster, its settings, clients, and what goes wrong
 * meanwhile. The {@link Oracle} looks at the invariants after each event. At the end all faults are healed, and
 * progress is demanded: every partition takes records, every client is told all that it waits for, every replica is in
 * sync and the same.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type ClusterEvent } from "#ground/events";
import { FindCoordinator } from "#ground/protocol/messages/10-find-coordinator";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { pause } from "#ground/pause";
import { GROUP_METADATA_TOPIC_NAME } from "#groups";
import { type SeededRandom } from "#ground/sim/seeded-random";
import { SimWorld } from "#ground/sim/sim-world";
import { type Partition } from "#replication";
import { KafkaProducer } from "#sender";
import { Recorder } from "../../ui/trace/recorder.ts";
import { type Outcome, ScenarioFailure } from "../outcome.ts";
import { type Actor, type MakeActor, pick, type Workplace } from "./actor.ts";
import { Faults } from "./faults.ts";
import { GroupBooks } from "../groups/group-book.ts";
import { Ledger, valueOf } from "./ledger.ts";
import { Oracle } from "./oracle.ts";
import { connectTo } from "./readers.ts";
import { Registrations } from "./registrations.ts";
import { type Settings, SimulatedCluster } from "./simulated-cluster.ts";
import { type Tell, Timeline } from "./timeline.ts";
import { demand, Violation } from "./violation.ts";

const TOPIC = "orders";
const REPLICAS = 3;
const MIN_INSYNC = 2;
const CHAOS_MS = 10_000;
/** All that is awaited after the faults comes within so much, of simulated time. */
const START_LIMIT_MS = 30_000;
const PROGRESS_LIMIT_MS = 12_000;
const SETTLE_LIMIT_MS = 30_000;

/** What a scenario of a cluster is about. */
export interface Plan {
  /** Of the topic. */
  readonly partitions: number;
  /** Of `__consumer_offsets`; 0 if nobody needs it. */
  readonly offsetsPartitions: number;
  /** Who works with the cluster, by name. */
  readonly actors: Readonly<Record<string, MakeActor>>;
  /** Settings of the brokers, besides those that all scenarios have. */
  readonly settings: Settings;
}

/** Runs one seed. @param isRecorded - to be looked at as a picture @throws ScenarioFailure */
export async function runOnCluster(plan: Plan, seed: number, isRecorded: boolean): Promise<Outcome> {
  const scenario = new Scenario(plan, seed, isRecorded);
  try {
    await scenario.run();
    return scenario.outcome(null);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const text = error instanceof Violation ? `Violated: ${error.message}` : (error.stack ?? error.message);
    throw new ScenarioFailure(scenario.outcome(error), text, scenario.timeline.lines, error);
  }
}

class Scenario {
  readonly timeline: Timeline;
  readonly #recorder: Recorder | null;
  readonly #plan: Plan;
  readonly #world: SimWorld;
  readonly #random: SeededRandom;
  readonly #cluster: SimulatedCluster;
  readonly #ledger: Ledger;
  readonly #registrations: Registrations;
  readonly #oracle: Oracle;
  readonly #faults: Faults;
  readonly #actors: readonly Actor[];
  readonly #deeds = new Map<string, number>();
  readonly #about: string;
  #probes = 0;

  constructor(plan: Plan, seed: number, isRecorded: boolean) {
    const world = new SimWorld(seed);
    const random = world.random("scenario");
    const settings = { ...drawSettings(random), ...plan.settings };
    const cluster = new SimulatedCluster(world, pick(random, 3, 3, 4, 5), settings);
    const recorder = isRecorded ? new Recorder(cluster) : null;
    this.#recorder = recorder;
    this.timeline = new Timeline(recorder === null ? null : (event) => recorder.onEvent(event));
    const tell: Tell = (node, kind, subject, before, after) =>
      this.timeline.add({ timeMs: world.nowMs, node, kind, subject, before, after });
    const groups = new GroupBooks();
    this.#plan = plan;
    this.#ledger = new Ledger(TOPIC, plan.partitions);
    this.#ledger.follow(GROUP_METADATA_TOPIC_NAME, plan.offsetsPartitions, groups.replay);
    const partitions = [...this.#ledger.logs.values()];
    this.#world = world;
    this.#random = random;
    this.#cluster = cluster;
    this.#registrations = new Registrations(cluster, partitions, tell);
    this.#oracle = new Oracle(cluster, this.#ledger, this.#registrations, MIN_INSYNC, tell);
    const place: Workplace = { world, cluster, ledger: this.#ledger, groups, deeds: this.#deeds };
    this.#actors = Object.entries(plan.actors).map(([name, make]) => make(place, name, world.random(name)));
    const hosts = this.#actors.flatMap((actor) => actor.hosts);
    const coordinated = [...this.#ledger.logs.keys()].filter((log) => !log.startsWith(`${TOPIC}-`));
    this.#faults = new Faults(cluster, this.#registrations, world.random("faults"), { clients: hosts, coordinated });
    const abouts = this.#actors.map(({ name, about }) => `${name}: ${about}`);
    this.#about = [`${cluster.ids.length} brokers, ${JSON.stringify(settings)}`, ...abouts].join("\n  ");
    const check = (host: string | null): void => {
      this.#oracle.check(host);
      for (const actor of this.#actors) actor.check?.(host);
    };
    const checkAndKeep = (host: string | null): void => {
      try {
        check(host);
      } finally {
        recorder!.afterEvent(host);
      }
    };
    const afterEvent = recorder === null ? check : checkAndKeep;
    world.observe({ afterEvent, onLine: (line) => this.timeline.onLine(line) });
  }

  /** @param error - what has ended the run too early; null: nothing */
  outcome(error: Error | null): Outcome {
    const { steps, traceHash, nowMs } = this.#world;
    const faults = new Map([...this.#faults.counts, ...this.#deeds]);
    const recording = this.#recorder?.end(error === null ? null : violationOf(error, nowMs));
    return { about: this.#about, steps, faults, traceHash, ...(recording !== undefined && { recording }) };
  }

  async run(): Promise<void> {
    this.#cluster.start();
    const allServe = () => this.#cluster.ids.every((id) => this.#cluster.isServing(id));
    await this.#until("all brokers serve", START_LIMIT_MS, allServe);
    await this.#world.settled(this.#createTopics(), START_LIMIT_MS);
    await this.#until("the topic is there", START_LIMIT_MS, () => this.#isInSyncEverywhere());
    for (const actor of this.#actors) actor.start();
    this.#faults.start(CHAOS_MS);
    await this.#world.run(CHAOS_MS);
    this.#faults.heal();
    await this.#demandProgress("every partition takes records");
    await this.#until("all replicas are in sync", SETTLE_LIMIT_MS, () => this.#isInSyncEverywhere());
    // With one broker dead for good, two are enough.
    if (this.#random.happens(0.3)) await this.#goOnWithout(pick(this.#random, ...this.#cluster.ids));
    await this.#demandEnds();
    await this.#until("all replicas are in sync again", SETTLE_LIMIT_MS, () => this.#isInSyncEverywhere());
    await this.#until("all replicas end at the same offset", SETTLE_LIMIT_MS, () => this.#isEqualEverywhere());
    for (const name of this.#ledger.logs.keys()) this.#demandSameBytes(name);
  }

  async #goOnWithout(id: number): Promise<void> {
    const what = `broker ${id} is killed, and stays dead`;
    const tell = (before: string, after: string): void => {
      this.timeline.add({ timeMs: this.#world.nowMs, node: "chaos", kind: "fault", subject: "fault", before, after });
    };
    tell("", what);
    this.#cluster.crash(id);
    await this.#demandProgress(`without broker ${id} every partition takes records`);
    this.#cluster.restart(id);
    tell(what, "over");
  }

  async #demandProgress(what: string): Promise<void> {
    const name = `probe-${++this.#probes}`;
    const producer = new KafkaProducer(
      { "bootstrap.servers": this.#cluster.bootstrap, "delivery.timeout.ms": 60_000, "request.timeout.ms": 2_000 },
      { runtime: this.#world.node(name).runtime, onError: () => {} },
    );
    const open = new Set(Array.from({ length: this.#plan.partitions }, (_, partition) => partition));
    for (const partition of [...open]) {
      const value = valueOf(name, partition);
      this.#ledger.sent(value);
      producer.send({ topic: TOPIC, partition, value }, (metadata) => {
        if (metadata !== null) open.delete(partition);
      });
    }
    await this.#until(what, PROGRESS_LIMIT_MS, () => open.size === 0);
    await this.#world.settled(producer.close());
  }

  /** Whoever works with the cluster is told all that it waits for: writers first, so that readers know the end. */
  async #demandEnds(): Promise<void> {
    for (const actor of this.#actors) {
      let isOver = false;
      void actor.finish().then(() => (isOver = true));
      await this.#until(`${actor.name} comes to its end`, SETTLE_LIMIT_MS, () => isOver);
    }
  }

  async #createTopics(): Promise<void> {
    const { runtime } = this.#world.node("creator");
    const configs = [{ name: "segment.bytes", value: String(pick(this.#random, 600, 2_000, 1 << 30)) }];
    const topics = [{ name: TOPIC, numPartitions: this.#plan.partitions, replicationFactor: REPLICAS, configs }];
    for (;;) {
      try {
        const connection = await connectTo(runtime, pick(this.#random, ...this.#cluster.ids), "creator");
        const asked = connection.send(CreateTopics, { topics, timeoutMs: 5_000 });
        // Whoever asks first has the offsets topic made.
        if (this.#plan.offsetsPartitions > 0) await connection.send(FindCoordinator, { coordinatorKeys: ["nobody"] });
        await asked.finally(() => connection.close());
        return;
      } catch {
        await pause(runtime, 100);
      }
    }
  }

  /** @throws Violation when it doesn't come to it */
  async #until(what: string, limitMs: number, isThere: () => boolean): Promise<void> {
    const deadlineMs = this.#world.nowMs + limitMs;
    await this.#world.runUntil(() => isThere() || this.#world.nowMs >= deadlineMs, limitMs + 1_000);
    demand(isThere(), () => `Progress: ${what}, within ${limitMs} ms. ${this.#state()}`);
  }

  #isInSyncEverywhere(): boolean {
    return [...this.#ledger.logs.keys()].every((name) => {
      const state = this.#registrations.of(name);
      return state !== null && state.leader >= 0 && state.isr.length === REPLICAS;
    });
  }

  #isEqualEverywhere(): boolean {
    return [...this.#ledger.logs].every(([name, { end }]) => {
      const replicas = this.#oracle.replicasOf(name);
      const isWhole = ({ logEndOffset, highWatermark }: Partition): boolean =>
        logEndOffset === end && highWatermark === end;
      return replicas.length === REPLICAS && replicas.every(({ partition }) => isWhole(partition));
    });
  }

  /** Between the latest start and the end all replicas hold the same batches. */
  #demandSameBytes(name: string): void {
    const replicas = this.#oracle.replicasOf(name);
    const start = Math.max(...replicas.map(({ partition }) => partition.logStartOffset));
    const texts = replicas.map(({ id, partition }) =>
      this.#cluster.node(id).look(() => bytesFrom(partition, start).toString("base64")),
    );
    demand(new Set(texts).size === 1, () => `LogMatching: the replicas of ${name} differ. ${this.#state()}`);
  }

  #state(): string {
    const lines = [...this.#ledger.logs.keys()].map((name) => {
      const { leader = -1, leaderEpoch = -1, isr = [] } = this.#registrations.of(name) ?? {};
      const replicas = this.#oracle.replicasOf(name).map(({ id, partition }) => {
        const { role, leaderEpoch: epoch, logEndOffset, highWatermark } = partition;
        return `${id} is ${role} in epoch ${epoch}, has ${logEndOffset}, knows ${highWatermark}`;
      });
      return `${name}: leader ${leader} in epoch ${leaderEpoch}, ISR ${isr.join(" ")}; ${replicas.join("; ")}`;
    });
    const serving = this.#cluster.ids.filter((id) => this.#cluster.isServing(id));
    return `Brokers that serve: ${serving.join(" ")}.\n  ${lines.join("\n  ")}`;
  }
}

/** As an event: its subject is the name of the invariant, with which the message begins. */
function violationOf({ message }: Error, timeMs: number): ClusterEvent {
  const [first = ""] = message.split("\n");
  const subject = /^(?:[\w-]+-\d+: )?([^,:(]*)/.exec(first)![1]!.trim();
  return { timeMs, node: "all brokers", kind: "violation", subject, before: "", after: first };
}

function bytesFrom({ log, logEndOffset }: Partition, start: number): Buffer {
  const parts: Uint8Array[] = [];
  for (let at = start; at < logEndOffset; ) {
    const { records, nextOffset } = log.read(at, 1 << 20);
    parts.push(new Uint8Array(records));
    at = nextOffset;
  }
  return Buffer.concat(parts);
}

function drawSettings(random: SeededRandom): Settings {
  return {
    "auto.create.topics.enable": false,
    "default.replication.factor": REPLICAS,
    "min.insync.replicas": MIN_INSYNC,
    "zookeeper.session.timeout.ms": pick(random, 1_000, 2_000, 3_000),
    "replica.lag.time.max.ms": pick(random, 1_000, 3_000, 30_000),
    "replica.fetch.wait.max.ms": pick(random, 100, 500),
    "replica.fetch.backoff.ms": pick(random, 50, 200),
    "replica.fetch.max.bytes": pick(random, 500, 1 << 20),
    "replica.socket.timeout.ms": pick(random, 1_000, 3_000),
    "replica.high.watermark.checkpoint.interval.ms": pick(random, 200, 5_000),
    "log.flush.offset.checkpoint.interval.ms": pick(random, 500, 60_000),
  };
}
