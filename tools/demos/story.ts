/**
 * `npm run demo`: the whole story, on this machine, in less than two minutes. Real brokers, real sockets, real files; a
 * consumer and a broker are killed while everything runs. At the end every record is counted.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Admin, orThrow } from "#cluster/admin/admin";
import { KafkaProducer } from "#sender";
import { silentRuntime } from "../chaos/clients.ts";
import { RealCluster } from "../chaos/real-cluster.ts";
import { type Stage } from "../stage.ts";
import { GroupProcesses } from "./parts/group-processes.ts";

const TOPIC = "orders";
const PARTITIONS = 6;
const MEMBERS = 3;
const RECORDS_PER_SECOND = 100;
const PRODUCERS = ["shop", "app"];
/** Generous: on a machine that is busy, a process takes its time to start. */
const LIMIT_MS = 180_000;

export default async function demo(stage: Stage): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), "katafka-story-"));
  stage.say("A cluster: three brokers and a coordination service, each a process of its own.");
  const cluster = await RealCluster.start(data);
  const story = new Story(stage, cluster);
  const end = (): void => {
    story.kill();
    cluster.kill();
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once("exit", end);
  try {
    await story.play();
    await cluster.stop();
  } finally {
    end();
    process.off("exit", end);
  }
}

/** A value that a producer was told is there. */
interface Sent {
  readonly acknowledged: Set<string>;
  /** The longest time without an acknowledgement, in ms. */
  longestSilenceMs: number;
}

class Story {
  readonly #stage: Stage;
  readonly #cluster: RealCluster;
  readonly #admin: Admin;
  readonly #group: GroupProcesses;
  readonly #sent: Sent = { acknowledged: new Set(), longestSilenceMs: 0 };
  #isOver = false;

  constructor(stage: Stage, cluster: RealCluster) {
    this.#stage = stage;
    this.#cluster = cluster;
    this.#admin = new Admin({ "bootstrap.servers": cluster.bootstrap }, { runtime: silentRuntime() });
    this.#group = new GroupProcesses(cluster.bootstrap, TOPIC, "billing");
  }

  /** For when all goes wrong: no member stays behind. */
  kill(): void {
    for (const member of this.#group.alive) member.kill();
  }

  async play(): Promise<void> {
    const writers: Promise<void>[] = [];
    try {
      await this.#makeTopic();
      for (const name of PRODUCERS) writers.push(this.#write(name));
      await this.#startGroup();
      await this.#killMember();
      await this.#killLeader();
      this.#isOver = true;
      await Promise.all(writers);
      await this.#count();
    } finally {
      this.#isOver = true;
      await this.#group.end();
      this.#admin.close();
    }
  }

  async #makeTopic(): Promise<void> {
    const configs = { "min.insync.replicas": "2" };
    await this.#until("the cluster makes a topic", async () => {
      const topic = { name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 3, configs };
      const outcome = (await this.#admin.createTopics([topic])).get(TOPIC);
      return outcome === null || (outcome instanceof Error && /ALREADY/.test(outcome.message));
    });
    await this.#until("all partitions have leaders", async () => {
      return (await this.#partitions()).every(({ leader }) => leader > 0);
    });
    this.#stage.say(`A topic of ${PARTITIONS} partitions, each on all three brokers; a write needs two of them:`);
    this.#stage.table(await this.#partitions());
    await this.#stage.pause();
  }

  async #startGroup(): Promise<void> {
    this.#stage.say(
      `Two producers, acks=all, write up to ${PRODUCERS.length * RECORDS_PER_SECOND} orders a second. A group of ` +
        `${MEMBERS} consumers, each a process of its own, shares the partitions:`,
    );
    for (let i = 0; i < MEMBERS; i++) this.#group.start();
    await this.#until("the group has shared the partitions", async () => {
      return this.#group.members.every(({ partitions }) => partitions.length === PARTITIONS / MEMBERS);
    });
    await this.#until("every member has read something", async () => {
      return this.#group.members.every(({ records }) => records > 0);
    });
    this.#stage.table(this.#group.table());
    await this.#stage.pause();
  }

  async #killMember(): Promise<void> {
    const [victim] = this.#group.members;
    this.#stage.say(`A member dies: kill -9 of ${victim!.name}. It says no good-bye; the group notices by itself.`);
    const begunMs = Date.now();
    victim!.kill();
    await this.#until("the others have its partitions", async () => {
      return this.#group.alive.every(({ partitions }) => partitions.length === PARTITIONS / (MEMBERS - 1));
    });
    this.#stage.table(this.#group.table());
    const seconds = ((Date.now() - begunMs) / 1_000).toFixed(1);
    this.#stage.say(
      `After ${seconds} s (session.timeout.ms is 6 s) the others have its partitions, and go on where it was.`,
    );
    await this.#stage.pause();
  }

  async #killLeader(): Promise<void> {
    const { leader } = (await this.#partitions())[0]!;
    this.#sent.longestSilenceMs = 0;
    this.#stage.say(`A leader dies: kill -9 of broker ${leader}, while orders come in. Others lead from now on:`);
    // Not `end`, which is for good: it is started again below.
    this.#cluster.brokers.get(leader)!.signal("SIGKILL");
    await this.#until("others lead", async () => {
      const partitions = await this.#partitions();
      return partitions.every(({ leader: now, isr }) => now > 0 && now !== leader && !isr.includes(String(leader)));
    });
    this.#stage.table(await this.#partitions());
    await sleep(1_000);
    const silence = (this.#sent.longestSilenceMs / 1_000).toFixed(1);
    this.#stage.say(
      `For ${silence} s nothing was acknowledged. Broker ${leader} is started again, and fetches what it missed:`,
    );
    void this.#cluster.brokers.get(leader)!.start();
    await this.#until("all replicas are in sync", async () => {
      return (await this.#partitions()).every(({ isr }) => isr.split(" ").length === 3);
    });
    this.#stage.table(await this.#partitions());
    await this.#stage.pause();
  }

  async #count(): Promise<void> {
    const { acknowledged } = this.#sent;
    await this.#until("the group has read all", async () => {
      return [...acknowledged].every((value) => this.#group.read.has(value));
    }).catch(() => {});
    const lost = [...acknowledged].filter((value) => !this.#group.read.has(value)).length;
    const twice = [...this.#group.read.values()].filter((times) => times > 1).length;
    this.#stage.say("The producers have stopped, and the group has read what is left. All in all:");
    const read = this.#group.read.size;
    this.#stage.table([{ acknowledged: acknowledged.size, "read by the group": read, lost, "read twice": twice }]);
    if (lost > 0) throw new Error(`${lost} records were acknowledged, and not read.`);
    this.#stage.say(
      "Nothing is lost. What is read twice, the member that was killed had read, but not committed: at least once is " +
        "what a group promises. Next: npm run demo payments, npm run demo clicks, npm run demo mirror, npm run demo 1.",
    );
  }

  /** Writes at an even pace until it is over, and waits for the last answer. */
  async #write(name: string): Promise<void> {
    const config = { "bootstrap.servers": this.#cluster.bootstrap, acks: "all", "linger.ms": 5 };
    const producer = new KafkaProducer(config, { runtime: silentRuntime(), onError() {} });
    let lastMs = Date.now();
    for (let i = 0; !this.#isOver; i++) {
      const value = `${name}-${i}`;
      producer.send({ topic: TOPIC, key: value, value }, (place) => {
        if (place === null) return;
        this.#sent.longestSilenceMs = Math.max(this.#sent.longestSilenceMs, Date.now() - lastMs);
        lastMs = Date.now();
        this.#sent.acknowledged.add(value);
      });
      if (!producer.isReady) await producer.ready();
      await sleep(1_000 / RECORDS_PER_SECOND);
    }
    await producer.close();
  }

  async #partitions(): Promise<{ partition: number; leader: number; replicas: string; isr: string }[]> {
    const described = orThrow(await this.#admin.describeTopics([TOPIC])).get(TOPIC)!;
    return described.partitions.map(({ partition, leader, replicas, isr }) => {
      return { partition, leader: leader ?? -1, replicas: replicas.join(" "), isr: isr.join(" ") };
    });
  }

  /** Asks again and again. @throws Error when it doesn't come to it */
  async #until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    for (const deadline = Date.now() + LIMIT_MS; Date.now() < deadline; await sleep(200)) {
      if (await isSo().catch(() => false)) return;
    }
    throw new Error(`It did not come to it within ${LIMIT_MS / 1_000} s that ${what}.`);
  }
}
