import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ALIASES, BROKER_CONFIG, type BrokerConfig, parseBrokerConfig } from "#ground/config/broker-config";
import { type ConfigKey, type Property } from "#ground/config/config-def";
import { convert, LONG_MAX } from "#ground/config/config-value";
import { parseOverride, readProperties } from "#ground/config/properties";
import { TOPIC_CONFIG } from "#ground/config/topic-config";
import { KafkaError } from "#ground/errors";

const GOLDEN = new URL("../../golden/config/", import.meta.url);

const config = (input: Record<string, unknown> = {}): BrokerConfig => parseBrokerConfig(input).config;

function problemsOf(input: Record<string, unknown> | Property[]): string {
  try {
    parseBrokerConfig(input);
    return "";
  } catch (error) {
    if (error instanceof KafkaError && error.code === "INVALID_CONFIG") return error.message;
    throw error;
  }
}

const ASKED_FOR = `broker.id node.id listeners advertised.listeners log.dirs log.dir zookeeper.connect
  num.network.threads num.io.threads num.recovery.threads.per.data.dir
  socket.send.buffer.bytes socket.receive.buffer.bytes socket.request.max.bytes connections.max.idle.ms
  num.partitions offsets.topic.replication.factor
  offsets.topic.num.partitions log.retention.hours log.retention.minutes log.retention.ms log.retention.bytes
  log.segment.bytes log.segment.ms log.roll.hours log.roll.ms log.retention.check.interval.ms
  log.index.interval.bytes log.index.size.max.bytes message.max.bytes auto.create.topics.enable
  default.replication.factor min.insync.replicas delete.topic.enable fetch.max.bytes queued.max.requests
  unclean.leader.election.enable producer.id.expiration.ms compression.type background.threads`.split(/\s+/);

describe("the table of keys", () => {
  test("has the keys that a server.properties is likely to hold", () => {
    expect(ASKED_FOR.filter((key) => !(key in BROKER_CONFIG.keys))).toEqual([]);
  });

  test("every default is a value that the key itself allows", () => {
    const wrong = Object.entries<ConfigKey>(BROKER_CONFIG.keys).filter(
      ([, key]) => key.default !== null && convert(key, key.default) === undefined,
    );
    expect(wrong).toEqual([]);
  });

  test("every key is explained in sentences", () => {
    const wrong = Object.entries<ConfigKey>(BROKER_CONFIG.keys).filter(
      ([, { doc, unused }]) => !doc.endsWith(".") || unused?.endsWith(".") === false,
    );
    expect(wrong).toEqual([]);
  });

  test("has Kafka 4.0's defaults", () => {
    expect(config()).toMatchObject({
      "broker.id": -1,
      "num.partitions": 1,
      "log.dirs": ["/tmp/kafka-logs"],
      "log.segment.bytes": 1_073_741_824,
      "log.roll.ms": 604_800_000,
      "log.retention.ms": 604_800_000,
      "log.retention.bytes": -1,
      "log.flush.interval.ms": LONG_MAX,
      "message.max.bytes": 1_048_588,
      "socket.request.max.bytes": 104_857_600,
      "offsets.topic.replication.factor": 3,
      "auto.create.topics.enable": true,
      "log.message.timestamp.after.max.ms": 3_600_000,
      "zookeeper.session.timeout.ms": 18_000,
      "zookeeper.connection.timeout.ms": 18_000,
    });
  });
});

describe("several keys for one thing", () => {
  test("retention: milliseconds win over minutes, minutes over hours", () => {
    const retention = { "log.retention.hours": "1", "log.retention.minutes": "2", "log.retention.ms": "3" };
    expect(config(retention)["log.retention.ms"]).toBe(3);
    const { "log.retention.ms": _, ...coarser } = retention;
    expect(config(coarser)["log.retention.ms"]).toBe(120_000);
    expect(config({ "log.retention.hours": 1 })["log.retention.ms"]).toBe(3_600_000);
  });

  test("retention: -1 means for ever in every unit, 0 is refused", () => {
    for (const key of ["log.retention.ms", "log.retention.minutes", "log.retention.hours"]) {
      expect(config({ [key]: -1 })["log.retention.ms"]).toBe(-1);
      expect(problemsOf({ [key]: 0 })).toBe(`${key}: expected -1 (for ever) or a whole number of at least 1, got 0`);
    }
  });

  test("rolling: log.roll.ms wins over log.roll.hours, and log.segment.ms is taken for it with a warning", () => {
    expect(config({ "log.roll.hours": 2 })["log.roll.ms"]).toBe(7_200_000);
    expect(config({ "log.roll.hours": 2, "log.roll.ms": 5 })["log.roll.ms"]).toBe(5);
    const misnamed = parseBrokerConfig({ "log.segment.ms": 7 });
    expect(misnamed.config["log.roll.ms"]).toBe(7);
    expect(misnamed.warnings).toEqual(["log.segment.ms is not a key of Kafka's; it is taken as log.roll.ms."]);
    expect(config({ "log.segment.ms": 7, "log.roll.ms": 5 })["log.roll.ms"]).toBe(5);
  });

  test("flushing and jitter fall back as well", () => {
    expect(config({ "log.flush.scheduler.interval.ms": 9 })["log.flush.interval.ms"]).toBe(9);
    expect(config({ "log.roll.jitter.hours": 1 })["log.roll.jitter.ms"]).toBe(3_600_000);
  });

  test("log.dirs wins over log.dir", () => {
    expect(config({ "log.dir": "/a" })["log.dirs"]).toEqual(["/a"]);
    expect(config({ "log.dir": "/a", "log.dirs": "/b, /c" })["log.dirs"]).toEqual(["/b", "/c"]);
  });

  test("node.id is the newer name of broker.id; if both are given they must be equal", () => {
    expect(config({ "node.id": 3 })).toMatchObject({ "broker.id": 3, "node.id": 3 });
    expect(config({ "broker.id": 3 })).toMatchObject({ "broker.id": 3, "node.id": 3 });
    expect(config({ "broker.id": 3, "node.id": 3 })["node.id"]).toBe(3);
    expect(problemsOf({ "broker.id": 3, "node.id": 4 })).toBe("node.id: expected broker.id, 3, got 4");
  });
});

describe("defaults of the program", () => {
  const others = ALIASES.flatMap((group) => group.flatMap((ours) => group.map((given) => [ours, given] as const)));

  test.each(others)("one for %s gives way to %s", (ours, given) => {
    const { type }: ConfigKey = BROKER_CONFIG.keys[given];
    const [mine, theirs] = type === "string" && !given.startsWith("log") ? ["PLAINTEXT", "PLAINTEXT"] : ["7", "8"];
    const alone = parseBrokerConfig({ [given]: theirs });
    const both = parseBrokerConfig({ [given]: theirs }, { [ours]: mine });
    expect(both).toEqual(alone);
    expect(parseBrokerConfig({}, { [ours]: theirs })).toEqual(parseBrokerConfig({ [ours]: theirs }));
  });

  test("every group of keys that sets one topic's key is known, so that none beats another", () => {
    const groups = Object.values<ConfigKey>(TOPIC_CONFIG.keys).map(({ synonyms }) => synonyms ?? []);
    expect(ALIASES).toEqual(expect.arrayContaining(groups.filter(({ length }) => length > 1)));
  });

  test("node.id alone wins over our broker.id, and is shown under both names", () => {
    const { config, given, explicit } = parseBrokerConfig({ "node.id": "2" }, { "broker.id": 1 });
    expect(config).toMatchObject({ "broker.id": 2, "node.id": 2 });
    expect(given).toMatchObject({ "broker.id": 2, "node.id": 2 });
    expect([...explicit].sort()).toEqual(["broker.id", "node.id"]);
  });

  test("log.dir wins over our log.dirs", () => {
    const { config } = parseBrokerConfig({ "log.dir": "/theirs" }, { "log.dirs": ["/ours"] });
    expect(config["log.dirs"]).toEqual(["/theirs"]);
  });
});

describe("Kafka's own server.properties", () => {
  const read = (name: string) => readProperties(readFileSync(new URL(name, GOLDEN), "utf8"), name);

  test.each(["server-4.0.properties", "server-3.9-zookeeper.properties"])("%s has no key that is unknown", (name) => {
    expect(parseBrokerConfig(read(name)).warnings.filter((text) => text.includes("Unknown"))).toEqual([]);
  });

  test("the controller's listener is not a broker's: neither opened nor told, with a word about it", () => {
    const { config, warnings } = parseBrokerConfig(read("server-4.0.properties"));
    expect(config.listeners).toEqual([{ name: "PLAINTEXT", protocol: "PLAINTEXT", host: "", port: 9092 }]);
    expect(config["advertised.listeners"].map(({ name, port }) => `${name}:${port}`)).toEqual(["PLAINTEXT:9092"]);
    expect(warnings).toEqual([expect.stringContaining("Listener CONTROLLER is not opened")]);
  });

  test("a controller's listener needs no entry in the map of protocols", () => {
    const input = { listeners: "PLAINTEXT://a:1,C://a:2", "controller.listener.names": "C" };
    expect(config(input).listeners.map(({ name }) => name)).toEqual(["PLAINTEXT"]);
  });

  test("a controller that is no broker is refused", () => {
    const input = { listeners: "CONTROLLER://:9093", "controller.listener.names": "CONTROLLER" };
    expect(problemsOf(input)).toBe("listeners: expected one of a broker, not only, got CONTROLLER");
  });
});

describe("a misspelt key is told its right name", () => {
  test.each([
    ["log.retension.bytes", "Did you mean log.retention.bytes?"],
    ["autu.commit.interval.ms", "Did you mean auto.commit.interval.ms, a consumer's key?"],
    ["hearbeat.interval.ms", "Did you mean heartbeat.interval.ms, a consumer's key?"],
    [
      "max.in.flights.requests.per.session",
      "Did you mean max.in.flight.requests.per.connection, a producer's key?",
    ],
  ])("%s", (key, told) => {
    expect(parseBrokerConfig({ [key]: 1 }).warnings).toEqual([`Unknown key ${key}. ${told}`]);
  });
});

describe("listeners", () => {
  test("clients are told the listeners, unless there are advertised ones", () => {
    const own = config({ listeners: "PLAINTEXT://127.0.0.1:9092" });
    expect(own["advertised.listeners"]).toEqual(own.listeners);
    expect(own["inter.broker.listener.name"]).toBe("PLAINTEXT");
    const told = config({ listeners: "PLAINTEXT://:9092", "advertised.listeners": "PLAINTEXT://kafka:19092" });
    expect(told["advertised.listeners"]).toEqual([
      { name: "PLAINTEXT", protocol: "PLAINTEXT", host: "kafka", port: 19092 },
    ]);
  });

  test("an empty host is told as localhost", () => {
    expect(config()["advertised.listeners"][0]?.host).toBe("localhost");
  });

  test.each([
    [{ listeners: "9092" }, 'listeners: expected NAME://host:port, got "9092"'],
    [
      { listeners: "PLAINTEXT://0.0.0.0:9092" },
      "advertised.listeners: expected an address that clients can connect to, got 0.0.0.0",
    ],
    [
      { listeners: "PLAINTEXT://a:1", "advertised.listeners": "SSL://a:1" },
      "advertised.listeners: expected names among PLAINTEXT, got SSL",
    ],
    [
      { listeners: "PLAINTEXT://a:1,SSL://a:1" },
      "listeners: expected each address once, got PLAINTEXT://a:1,SSL://a:1",
    ],
    [
      { "inter.broker.listener.name": "internal" },
      "inter.broker.listener.name: expected one of PLAINTEXT, got INTERNAL",
    ],
  ])("%j is refused", (input, problem) => {
    expect(problemsOf(input)).toContain(problem);
  });
});

describe("checks across keys", () => {
  test.each([
    [{ "log.dirs": "/a,/a" }, 'log.dirs: expected different directories, got ["/a","/a"]'],
    [{ "log.dirs": "/a,,/b" }, "log.dirs: expected at least one directory, none empty"],
    [{ "log.dirs": "" }, "log.dirs: expected at least one directory, none empty"],
    [{ "queued.max.request.bytes": 5 }, "queued.max.request.bytes: expected socket.request.max.bytes, 104857600, or"],
    [{ "replica.lag.time.max.ms": 5 }, "replica.lag.time.max.ms: expected replica.fetch.wait.max.ms, 500, or more"],
    [{ "group.max.session.timeout.ms": 5 }, "group.max.session.timeout.ms: expected group.min.session.timeout.ms or"],
  ])("%j is refused", (input, problem) => {
    expect(problemsOf(input)).toContain(problem);
  });

  test("ill-typed keys and contradictions come in one error, each with its place", () => {
    const file = readProperties("num.partitions=none\nlog.dirs=/a,/a\nbroker.id=1\n", "server.properties");
    expect(problemsOf([...file, parseOverride("node.id=2")])).toBe(
      "The configuration has 3 problems:\n" +
        '  num.partitions: expected an int of at least 1, got "none" (server.properties line 1)\n' +
        "  node.id: expected broker.id, 1, got 2 (--override)\n" +
        '  log.dirs: expected different directories, got ["/a","/a"] (server.properties line 2)',
    );
  });

  test("an override wins over the file", () => {
    const file = readProperties("num.partitions=3", "server.properties");
    expect(parseBrokerConfig([...file, parseOverride("num.partitions=6")]).config["num.partitions"]).toBe(6);
  });
});
