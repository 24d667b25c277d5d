import { existsSync, readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrokerConnection } from "#ground/network/broker-connection";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { createTopic, fetch, fetchAll, produce } from "../20-cluster/clients.ts";
import { propertySeed } from "../support/property.ts";
import { BrokerProcess, sleep, temporaryFolder } from "./broker-process.ts";
import { BAD_NAMES, HostileFrames } from "./hostile-frames.ts";

const FRAMES = 20_000;
const ATTACKERS = 16;
const LIMIT_MS = 180_000;
/** What the broker may hold more than before, once all is over: buffers of sockets, the heap's own slack. */
const SLACK_BYTES = 64 << 20;

const data = temporaryFolder();
let broker: BrokerProcess;

beforeAll(async () => {
  // Names from the recordings must not become topics: what those take is memory by right, and would hide a leak.
  broker = await BrokerProcess.start(data.path, ["--override", "auto.create.topics.enable=false"]);
}, LIMIT_MS);

afterAll(async () => {
  await broker.stop();
  data.remove();
}, LIMIT_MS);

/**
 * Sends `count` frames, each once the broker has reacted to the one before: answered it, closed the connection, or
 * waited for more. On a new connection whenever the last one is gone.
 */
async function attack(frames: HostileFrames, count: number): Promise<void> {
  let socket = await open();
  for (let sent = 1; sent <= count; sent++) {
    if (socket.destroyed || !socket.writable) socket = await open();
    socket.write(frames.next());
    await reaction(socket);
    // Now and then it vanishes in the middle of something.
    if (sent % 97 === 0) socket.destroy();
  }
  socket.destroy();
}

function open(): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(broker.port, "127.0.0.1", () => resolve(socket));
    // Connections that are cut off are what this is about.
    socket.on("error", () => resolve(socket));
  });
}

/** Waits for bytes, for the end, or for a few milliseconds. */
function reaction(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(over, 5);
    function over(): void {
      clearTimeout(timer);
      socket.off("data", over).off("close", over);
      resolve();
    }
    socket.on("data", over).on("close", over);
  });
}

/** A client that does its work all the while. */
class GoodClient {
  sent = 0;
  slowestMs = 0;
  readonly #client: BrokerConnection;
  #isOver = false;
  #work: Promise<void> | null = null;

  constructor(client: BrokerConnection) {
    this.#client = client;
  }

  start(): void {
    this.#work = this.#loop();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#work;
  }

  async #loop(): Promise<void> {
    while (!this.#isOver) {
      const startMs = performance.now();
      const value = `${this.sent}`;
      expect(await produce(this.#client, "good", [value])).toEqual({ errorCode: 0, baseOffset: this.sent });
      expect((await fetch(this.#client, "good", this.sent)).values).toEqual([value]);
      this.sent += 1;
      this.slowestMs = Math.max(this.slowestMs, performance.now() - startMs);
      await sleep(20);
    }
  }
}

/** Memory once it has come to rest: the least that is seen in a while with some ordinary work. */
async function restingBytes(client: BrokerConnection): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < 40; i++) {
    await client.send(Metadata, { topics: null });
    await sleep(100);
    least = Math.min(least, broker.residentBytes);
  }
  return least;
}

describe("hostile bytes", { timeout: LIMIT_MS }, () => {
  test(`${FRAMES} frames leave the broker serving, and its memory where it was`, async () => {
    const client = await broker.connect();
    // Its records say that they are of 1970: by age they would go soon.
    await createTopic(client, "good", { "retention.ms": "-1" });
    await createTopic(client, "victim");
    const good = new GoodClient(client);
    const frames = new HostileFrames(propertySeed(), "victim");
    const rounds: number[] = [];
    good.start();
    // The first quarter warms up: code is compiled, buffers find their size.
    for (const share of [0.25, 0.25, 0.5]) {
      await Promise.all(Array.from({ length: ATTACKERS }, () => attack(frames, (FRAMES * share) / ATTACKERS)));
      rounds.push(await restingBytes(client));
    }
    await good.stop();
    // No handler met anything that it had not foreseen.
    expect(broker.stderr).not.toContain("    at ");
    expect(await fetchAll(client, "good")).toEqual(Array.from({ length: good.sent }, (_, i) => `${i}`));
    expect(good.sent).toBeGreaterThan(20);
    // A bomb keeps the one thread busy for a while; nothing else may.
    expect(good.slowestMs).toBeLessThan(10_000);
    const [before, , after] = rounds as [number, number, number];
    expect(after - before, `memory after each round: ${rounds.join(", ")}`).toBeLessThan(SLACK_BYTES);
    client.close();
  });

  test("a name that leads out of the data folder makes nothing anywhere", async () => {
    const above = readdirSync(dirname(data.path));
    const client = await broker.connect();
    const topics = BAD_NAMES.map((name) => ({ name, numPartitions: 1, replicationFactor: 1 }));
    const made = await client.send(CreateTopics, { topics });
    expect(made.topics.map(({ errorCode }) => errorCode)).toEqual(BAD_NAMES.map(() => 17));
    for (const name of BAD_NAMES) {
      const { topics: asked } = await client.send(Metadata, { topics: [{ name }], allowAutoTopicCreation: true });
      expect(asked[0]!.errorCode).toBe(17);
    }
    client.close();
    // The offsets topic may be there: a frame of chance can ask for a group's coordinator.
    const folders = readdirSync(join(data.path, "broker-1")).filter((name) => !name.startsWith("__consumer_offsets-"));
    expect(folders.filter((name) => name.endsWith("-0")).sort()).toEqual(["good-0", "victim-0"]);
    expect(readdirSync(dirname(data.path)).filter((name) => !above.includes(name))).toEqual([]);
    expect(existsSync("/etc/x-0")).toBe(false);
  });

  test("a thousand sockets that each claim 100 MiB cost nothing", async () => {
    const before = broker.residentBytes;
    const claim = Buffer.from([0x06, 0x40, 0x00, 0x00, 0x00, 0x03]);
    const sockets: Socket[] = [];
    for (let i = 0; i < 1000; i++) {
      const socket = await open();
      socket.write(claim);
      sockets.push(socket);
    }
    await sleep(300);
    expect(broker.residentBytes - before).toBeLessThan(100 << 20);
    const client = await broker.connect();
    expect((await client.send(Metadata, { topics: [] })).brokers).toHaveLength(1);
    client.close();
    for (const socket of sockets) socket.destroy();
  });
});
