/**
 * Consumer groups, their members as processes: ours, and kafkajs'. What each member has done with is in its log.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import { TOPIC } from "./clients.ts";
import { Process } from "./real-cluster.ts";

const MEMBER = "tools/chaos/main-member.ts";
const MEMBERS = 2;
const LAG_LIMIT_MS = 90_000;
const LOOK_MS = 500;

/** One group. */
interface Group {
  readonly id: string;
  readonly members: readonly Process[];
  readonly logs: readonly string[];
}

/** All groups. */
export class Groups {
  readonly #groups: readonly Group[];
  readonly #bootstrap: string;

  constructor(bootstrap: string, data: string) {
    this.#bootstrap = bootstrap;
    this.#groups = ["ours", "kafkajs"].map((kind) => {
      const logs = Array.from({ length: MEMBERS }, (_, i) => `${data}/member-${kind}-${i + 1}.log`);
      const members = logs.map((log) => new Process(MEMBER, [kind, bootstrap, `${kind}-group`], log));
      return { id: `${kind}-group`, members, logs };
    });
    for (const member of this.members) void member.start();
  }

  get members(): readonly Process[] {
    return this.#groups.flatMap(({ members }) => members);
  }

  /** Resolves when the groups have committed all that there is. @throws Error when they don't come to it */
  async haveNoLag(): Promise<void> {
    const kafka = new Kafka({ brokers: this.#bootstrap.split(","), logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    const deadline = performance.now() + LAG_LIMIT_MS;
    for (;;) {
      const ends = await admin.fetchTopicOffsets(TOPIC);
      const lags = await Promise.all(this.#groups.map(({ id }) => lagOf(admin, id, ends)));
      if (lags.every((lag) => lag === 0)) break;
      const each = this.#groups.map(({ id }, i) => `${id}: ${lags[i]}`).join(", ");
      const what = `The groups still lag behind after ${LAG_LIMIT_MS} ms: ${each}`;
      if (performance.now() > deadline) throw new Error(what);
      await sleep(LOOK_MS);
    }
    await admin.disconnect();
  }

  /** Ends all members. */
  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => member.end("SIGTERM")));
  }

  /** For when all goes wrong. */
  kill(): void {
    for (const member of this.members) member.signal("SIGKILL");
  }

  /** What each group has read, with how often it has. */
  read(): { readonly id: string; readonly counts: ReadonlyMap<string, number> }[] {
    return this.#groups.map(({ id, logs }) => {
      const counts = new Map<string, number>();
      // A member that never had a partition has said nothing.
      for (const log of logs.filter((one) => existsSync(one))) {
        for (const [, value] of readFileSync(log, "utf8").matchAll(/^read: (.*)$/gm)) {
          counts.set(value!, (counts.get(value!) ?? 0) + 1);
        }
      }
      return { id, counts };
    });
  }
}

type Admin = ReturnType<Kafka["admin"]>;
type Ends = Awaited<ReturnType<Admin["fetchTopicOffsets"]>>;

async function lagOf(admin: Admin, groupId: string, ends: Ends): Promise<number> {
  const [offsets] = await admin.fetchOffsets({ groupId, topics: [TOPIC] });
  const committed = new Map(offsets!.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  return ends.reduce((sum, { partition, high }) => sum + Number(high) - Math.max(0, committed.get(partition) ?? 0), 0);
}
