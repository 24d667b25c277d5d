import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "#cluster/main-cluster-control";
import { KafkaProducer } from "#sender";
import { hasZooKeeper, ZooKeeperServer } from "../support/zookeeper.ts";
import { BrokerProcess, pidOf, temporaryFolder, until } from "./broker-process.ts";
import { leaderOf } from "./leaders.ts";
import { hasKcat, run } from "./processes.ts";

const LIMIT = { timeout: 180_000 };
const hasAll = hasZooKeeper() && hasKcat();

describe.skipIf(!hasAll)("npm start with a ZooKeeper of three servers", LIMIT, () => {
  const data = temporaryFolder();
  let servers: ZooKeeperServer[];
  let cluster: BrokerProcess | undefined;

  beforeAll(async () => {
    servers = await ZooKeeperServer.ensemble();
  });
  afterAll(async () => {
    await cluster?.stop();
    await Promise.all(servers.map((server) => server.stop()));
    data.remove();
  });

  async function leadingServer(): Promise<ZooKeeperServer | undefined> {
    const modes = await Promise.all(servers.map((server) => server.mode()));
    return servers[modes.indexOf("leader")];
  }

  test("the ZooKeeper loses its leader, then the cluster loses one: the records live", async () => {
    await until(async () => (await leadingServer()) !== undefined, "a leader of the ZooKeeper");
    const connect = `zookeeper://${servers.map(({ address }) => address).join(",")}/katafka`;
    cluster = new BrokerProcess(["--port", "0", "--data", data.path, "--coordinator", connect]);
    await cluster.ready();
    const producer = new KafkaProducer({ "bootstrap.servers": cluster.address, acks: "all" });
    await producer.send({ topic: "orders", value: "r0" });
    const leader = await leaderOf(cluster.address, "orders");
    (await leadingServer())!.kill("SIGKILL");
    await producer.send({ topic: "orders", value: "r1" });
    process.kill(await pidOf(data.path, leader), "SIGKILL");
    await producer.send({ topic: "orders", value: "r2" });
    await producer.close();
    expect(await leaderOf(cluster.address, "orders")).not.toBe(leader);
    const { stdout } = await run("kcat", ["-C", "-b", cluster.address, "-t", "orders", "-e", "-q"]);
    expect(stdout.trim().split("\n")).toEqual(["r0", "r1", "r2"]);
    expect(await ask(data.path, "start coordinator")).toMatch(/^The coordinator is the ZooKeeper 127/);
    expect(await ask(data.path, `start ${leader}`)).toMatch(/is ready/);
    expect(await cluster.stop("SIGINT")).toEqual({ code: 0, signal: null });
  });
});
