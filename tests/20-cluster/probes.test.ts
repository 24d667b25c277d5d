import { describe, expect, test } from "vitest";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { FindCoordinator } from "#ground/protocol/messages/10-find-coordinator";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { uuidFromString } from "#ground/protocol/uuid";
import { answerJson, comparable, frameOf, type Probe, probesOf } from "./probes.ts";
import { type RawClient, SimBroker } from "./sim-broker.ts";

/** The id that the topic gs.probe had when the probes were recorded. */
const RECORDED_ID = uuidFromString("7vu9wo60SkSGVoAjnKZz9g");

/** Where brokers and clients were when the probes were recorded. */
const ADDRESSES: ReadonlySet<string> = new Set(["host", "port", "clientHost"]);

/** A broker with the topics that the recorded one had. */
async function brokerWithTopics(config: Record<string, unknown>): Promise<{ sim: SimBroker; probeId: Uint8Array }> {
  const sim = await SimBroker.started(1, config);
  const admin = await sim.connect();
  // The recorded timestamps lie in the future of the simulation.
  const anyTime = { name: "message.timestamp.after.max.ms", value: "9223372036854775807" };
  const topics = [
    { name: "gs.probe", configs: [anyTime] },
    { name: "gs.probec", configs: [anyTime, { name: "cleanup.policy", value: "compact" }] },
    { name: "gs.probes", configs: [anyTime, { name: "max.message.bytes", value: "500" }] },
  ].map((topic) => ({ ...topic, numPartitions: 1, replicationFactor: 1 }));
  await sim.run(admin.send(CreateTopics, { topics }));
  if ("offsets.topic.replication.factor" in config) {
    await sim.run(admin.send(FindCoordinator, { coordinatorKeys: ["g"] }));
    await sim.world.run(1000);
  }
  const metadata = await sim.run(admin.send(Metadata, { topics: [{ name: "gs.probe" }] }));
  admin.close();
  return { sim, probeId: metadata.topics[0]!.topicId };
}

/** Sends probes one after the other, each on the connection that it belongs to. */
class Prober {
  readonly #sim: SimBroker;
  /** What the recorded requests name, and what it is here. */
  readonly #ids: [recorded: Uint8Array, ours: Uint8Array][];
  readonly #clients = new Map<number, RawClient>();

  constructor({ sim, probeId }: { sim: SimBroker; probeId: Uint8Array }) {
    this.#sim = sim;
    this.#ids = [[RECORDED_ID, probeId]];
  }

  /** Our answer in comparable form; null when the broker closed the connection. */
  async answer(probe: Probe): Promise<unknown> {
    const client = await this.#client(probe.conn);
    const frame = this.#withOurIds(frameOf(probe));
    const answer = await client.ask(frame);
    // What is done in the background, such as creating a topic, is done before the next probe.
    await this.#sim.world.run(20);
    if (answer === null) return null;
    const json = answerJson(frame, answer, probe.response?.decodedAsVersion);
    this.#noteSession(probe.response?.json, json);
    this.#noteMember(probe.response?.json, json);
    return withoutIds(comparable(json, ADDRESSES));
  }

  /** Sends a probe that gets no answer. @returns whether the connection was closed for it. */
  async tell(probe: Probe): Promise<boolean> {
    const client = await this.#client(probe.conn);
    const before = client.answers.length;
    client.send(frameOf(probe));
    await this.#sim.world.run(1000);
    expect(client.answers.length).toBe(before);
    return client.isClosed;
  }

  async #client(conn: number): Promise<RawClient> {
    let client = this.#clients.get(conn);
    if (client === undefined || client.isClosed) client = await this.#sim.connectRaw();
    this.#clients.set(conn, client);
    return client;
  }

  /** A fetch session has another id here. */
  #noteSession(recorded: unknown, ours: unknown): void {
    const [was, is] = [sessionIdOf(recorded), sessionIdOf(ours)];
    if (was !== 0 && is !== 0) this.#ids.push([int32(was), int32(is)]);
  }

  /** A member has another id here, as long. */
  #noteMember(recorded: unknown, ours: unknown): void {
    const [was, is] = [memberIdOf(recorded), memberIdOf(ours)];
    if (was !== is && was.length === is.length) this.#ids.push([Buffer.from(was), Buffer.from(is)]);
  }

  #withOurIds(frame: Uint8Array): Uint8Array {
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.length);
    for (const [recorded, ours] of this.#ids) {
      for (let at = bytes.indexOf(recorded); at >= 0; at = bytes.indexOf(recorded, at + 1)) frame.set(ours, at);
    }
    return frame;
  }
}

function sessionIdOf(json: unknown): number {
  return typeof json === "object" && json !== null && "sessionId" in json ? Number(json.sessionId) : 0;
}

function memberIdOf(json: unknown): string {
  return typeof json === "object" && json !== null && "memberId" in json ? String(json.memberId) : "";
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** Member ids end by chance, and differ from then on: what comes before is left. */
function withoutIds(json: unknown): unknown {
  const text = JSON.stringify(json).replace(/-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"/g, '-some-id"');
  return JSON.parse(text) as unknown;
}

/** Replays a recording. `different` are probes to which we answer differently, and why. */
async function replay(
  session: string,
  different: Readonly<Record<string, string>>,
  config: Record<string, unknown> = {},
): Promise<void> {
  const prober = new Prober(await brokerWithTopics(config));
  const met = new Set<string>();
  for (const probe of probesOf(session)) {
    met.add(probe.purpose);
    if (probe.purpose in different) continue;
    if (probe.purpose === "produce-acks-0-no-response") {
      expect(await prober.tell(probe), probe.purpose).toBe(false);
      continue;
    }
    const recorded = probe.response === null ? null : comparable(probe.response.json, ADDRESSES);
    expect({ [probe.purpose]: await prober.answer(probe) }).toEqual({ [probe.purpose]: withoutIds(recorded) });
  }
  expect(Object.keys(different).filter((purpose) => !met.has(purpose))).toEqual([]);
}

describe("answers as Apache Kafka 4.0 does", () => {
  test("produce, fetch, list offsets, epochs, delete records", async () => {
    await replay("raw-probes-produce-fetch", {
      "produce-null-records": "Kafka's handler fails and never answers; we say INVALID_RECORD",
    });
  });

  test("metadata, create, delete, describe", async () => {
    const topics = "the recorded broker had more topics";
    await replay("raw-probes-metadata", {
      "metadata-null-list": topics,
      "metadata-v0-empty-means-all": topics,
      "create-collision-period-underscore": "Kafka overlooks a collision within one request; we don't",
      "describe-topic-partitions": "not served: clients take Metadata instead",
      "incremental-alter-bad": "not served yet",
    });
  });

  test("groups and their offsets", async () => {
    const newProtocol = "groups of the new protocol (KIP-848) are not served";
    const oneBroker = { "offsets.topic.replication.factor": 1, "group.initial.rebalance.delay.ms": 0 };
    const notServed = probesOf("raw-probes-groups").filter(({ purpose }) => /^cgh?-/.test(purpose));
    await replay(
      "raw-probes-groups",
      {
        ...Object.fromEntries(notServed.map(({ purpose }) => [purpose, newProtocol])),
        "find-coordinator-txn": "transactions are not served yet",
      },
      oneBroker,
    );
  });

  test("api versions, unknown requests, damaged frames", async () => {
    const derived = "we serve fewer APIs";
    await replay("raw-probes-api-versions", {
      "apiversions-v0": derived,
      "apiversions-v1": derived,
      "apiversions-v2": derived,
      "apiversions-v3": derived,
      "apiversions-v4": derived,
    });
  });
});
