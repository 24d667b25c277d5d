import { describe, expect, test } from "vitest";
import { type ConfigKey, type Property } from "#ground/config/config-def";
import { convert } from "#ground/config/config-value";
import { PRODUCER_CONFIG, type ProducerConfig, parseProducerConfig } from "#ground/config/producer-config";
import { KafkaError } from "#ground/errors";

const SERVERS = { "bootstrap.servers": "127.0.0.1:9092" };

const config = (input: Record<string, unknown> = {}): ProducerConfig =>
  parseProducerConfig({ ...SERVERS, ...input }).config;

const warnings = (input: Record<string, unknown>): readonly string[] =>
  parseProducerConfig({ ...SERVERS, ...input }).warnings;

function problemsOf(input: Record<string, unknown> | Property[]): string {
  try {
    parseProducerConfig(input);
    return "";
  } catch (error) {
    if (error instanceof KafkaError && error.code === "INVALID_CONFIG") return error.message;
    throw error;
  }
}

describe("the table of keys", () => {
  test("has Kafka 4.0's defaults", () => {
    expect(config()).toMatchObject({
      acks: "all",
      "batch.size": 16_384,
      "buffer.memory": 33_554_432,
      "client.id": "",
      "compression.type": "none",
      "delivery.timeout.ms": 120_000,
      "enable.idempotence": true,
      "key.serializer": null,
      "linger.ms": 5,
      "max.block.ms": 60_000,
      "max.in.flight.requests.per.connection": 5,
      "max.request.size": 1_048_576,
      "metadata.max.age.ms": 300_000,
      "metadata.max.idle.ms": 300_000,
      "metadata.recovery.strategy": "rebootstrap",
      "partitioner.adaptive.partitioning.enable": true,
      "partitioner.availability.timeout.ms": 0,
      "partitioner.class": null,
      "partitioner.ignore.keys": false,
      "reconnect.backoff.max.ms": 1_000,
      "reconnect.backoff.ms": 50,
      "request.timeout.ms": 30_000,
      retries: 2 ** 31 - 1,
      "retry.backoff.max.ms": 1_000,
      "retry.backoff.ms": 100,
      "socket.connection.setup.timeout.ms": 10_000,
      "transaction.timeout.ms": 60_000,
      "transactional.id": null,
    });
  });

  test("has every key of Kafka's that is about neither TLS nor SASL", () => {
    const kafka = `acks batch.size bootstrap.servers buffer.memory client.dns.lookup client.id compression.gzip.level
      compression.lz4.level compression.type compression.zstd.level connections.max.idle.ms delivery.timeout.ms
      enable.idempotence enable.metrics.push interceptor.classes key.serializer linger.ms max.block.ms
      max.in.flight.requests.per.connection max.request.size metadata.max.age.ms metadata.max.idle.ms
      metadata.recovery.rebootstrap.trigger.ms metadata.recovery.strategy metric.reporters metrics.num.samples
      metrics.recording.level metrics.sample.window.ms partitioner.adaptive.partitioning.enable
      partitioner.availability.timeout.ms partitioner.class partitioner.ignore.keys receive.buffer.bytes
      reconnect.backoff.max.ms reconnect.backoff.ms request.timeout.ms retries retry.backoff.max.ms retry.backoff.ms
      security.protocol send.buffer.bytes socket.connection.setup.timeout.max.ms socket.connection.setup.timeout.ms
      transaction.timeout.ms transactional.id value.serializer`.split(/\s+/);
    expect(kafka.filter((key) => !(key in PRODUCER_CONFIG.keys))).toEqual([]);
    expect(Object.keys(PRODUCER_CONFIG.keys).filter((key) => !kafka.includes(key)), "keys of ours").toEqual([]);
  });

  test("every default is a value that the key itself allows", () => {
    const wrong = Object.entries<ConfigKey>(PRODUCER_CONFIG.keys).filter(
      ([, key]) => "default" in key && key.default !== null && convert(key, key.default) === undefined,
    );
    expect(wrong).toEqual([]);
  });

  test("every key is explained in sentences", () => {
    const wrong = Object.entries<ConfigKey>(PRODUCER_CONFIG.keys).filter(
      ([, { doc, unused }]) => !doc.endsWith(".") || unused?.endsWith(".") === false,
    );
    expect(wrong).toEqual([]);
  });
});

describe("bad values", () => {
  test("the brokers have to be given", () => {
    expect(problemsOf({})).toBe("bootstrap.servers: expected a comma-separated list, but the key is missing");
  });

  test("all problems come at once, each with what was expected", () => {
    const problems = problemsOf({ ...SERVERS, acks: "2", "linger.ms": -1, "batch.size": "big" });
    expect(problems).toContain('acks: expected one of all, -1, 0, 1, got "2"');
    expect(problems).toContain("linger.ms: expected a long of at least 0, got -1");
    expect(problems).toContain('batch.size: expected an int of at least 0, got "big"');
  });

  test("what is not built is refused, not ignored", () => {
    expect(problemsOf({ ...SERVERS, "transactional.id": "t1" })).toContain("transactions are not built yet");
    expect(problemsOf({ ...SERVERS, "security.protocol": "SSL" })).toContain("neither TLS nor SASL is supported");
  });

  test("an unknown key is a warning with the one that was meant", () => {
    expect(warnings({ "linger.sm": 1 })).toEqual(["Unknown key linger.sm. Did you mean linger.ms?"]);
    expect(warnings({ "hearbeat.interval.ms": 1 })).toEqual([
      "Unknown key hearbeat.interval.ms. Did you mean heartbeat.interval.ms, a consumer's key?",
    ]);
  });

  test("unless somebody brings a component along, which may have keys of its own", () => {
    const parsed = parseProducerConfig({ ...SERVERS, "partitioner.class": "Mine", "my.key": 1 });
    expect([parsed.warnings, parsed.others]).toEqual([[], { "my.key": 1 }]);
  });
});

describe("keys that depend on each other", () => {
  test("acks: a number is as good as text", () => {
    expect([config({ acks: 1 }).acks, config({ acks: "1" }).acks, config({ acks: -1 }).acks]).toEqual(["1", "1", "-1"]);
  });

  test.each([
    [{ acks: "1" }, "acks to be all, got 1"],
    [{ acks: 0 }, "acks to be all, got 0"],
    [{ retries: 0 }, "retries to be above 0, got 0"],
  ])("idempotence gives way to %j, unless it was asked for", (input, obstacle) => {
    expect(config(input)["enable.idempotence"]).toBe(false);
    expect(warnings(input)).toEqual([`Idempotence is off: it would need ${obstacle}.`]);
    expect(problemsOf({ ...SERVERS, ...input, "enable.idempotence": true })).toBe(
      `enable.idempotence: expected ${obstacle}`,
    );
  });

  test("more than 5 in flight are a problem with idempotence, asked for or not", () => {
    const input = { ...SERVERS, "max.in.flight.requests.per.connection": 6 };
    const expected = "expected at most 5, unless enable.idempotence is false, got 6";
    const problem = `max.in.flight.requests.per.connection: ${expected}`;
    expect(problemsOf(input)).toBe(problem);
    expect(problemsOf({ ...input, "enable.idempotence": true })).toBe(problem);
    expect(problemsOf({ ...input, "max.in.flight.requests.per.connection": 5 })).toBe("");
  });

  test("idempotence that was switched off minds nothing", () => {
    const off = { "enable.idempotence": false, acks: "0", "max.in.flight.requests.per.connection": 100 };
    expect([config(off)["enable.idempotence"], warnings(off)]).toEqual([false, []]);
  });

  test("acks=-1 is all", () => {
    expect(config({ acks: "-1" })["enable.idempotence"]).toBe(true);
  });

  test("the delivery time-out leaves room for lingering and for one request", () => {
    const slow = { "linger.ms": 100_000, "request.timeout.ms": 50_000 };
    expect(config(slow)["delivery.timeout.ms"]).toBe(150_000);
    expect(problemsOf({ ...SERVERS, ...slow, "delivery.timeout.ms": 149_999 })).toBe(
      "delivery.timeout.ms: expected linger.ms and request.timeout.ms together, 150000, or more, got 149999",
    );
    expect(config({ ...slow, "delivery.timeout.ms": 150_000 })["delivery.timeout.ms"]).toBe(150_000);
  });

  test("a list of properties is as good as an object, and says where a problem comes from", () => {
    const properties: Property[] = [
      { key: "bootstrap.servers", value: "a:1", origin: "producer.properties line 1" },
      { key: "acks", value: "one", origin: "producer.properties line 2" },
    ];
    expect(problemsOf(properties)).toBe('acks: expected one of all, -1, 0, 1, got "one" (producer.properties line 2)');
  });
});
