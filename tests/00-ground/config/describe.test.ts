import { describe, expect, test } from "vitest";
import { BROKER_CONFIG, parseBrokerConfig } from "#ground/config/broker-config";
import { CONFIG_SOURCE, describeBrokerConfig, describeTopicConfig } from "#ground/config/describe";
import { configReference } from "#ground/config/reference";
import { TOPIC_CONFIG } from "#ground/config/topic-config";

const PARSED = parseBrokerConfig({
  "log.retention.hours": "2",
  "ssl.keystore.password": "hunter2",
  listeners: "PLAINTEXT://127.0.0.1:0",
});

describe("describeBrokerConfig", () => {
  test("tells each key once, as it was given, with its source", () => {
    const all = describeBrokerConfig(PARSED);
    expect(all.map(({ name }) => name)).toEqual(Object.keys(BROKER_CONFIG.keys));
    expect(describeBrokerConfig(PARSED, ["listeners", "log.retention.ms", "no.such.key", "num.partitions"])).toEqual([
      expect.objectContaining({ name: "num.partitions", value: "1", configSource: 5, configType: 3 }),
      expect.objectContaining({
        name: "listeners",
        value: "PLAINTEXT://127.0.0.1:0",
        configSource: CONFIG_SOURCE.staticBroker,
        readOnly: true,
        synonyms: [
          { name: "listeners", value: "PLAINTEXT://127.0.0.1:0", source: 4 },
          { name: "listeners", value: "PLAINTEXT://:9092", source: 5 },
        ],
      }),
      expect.objectContaining({ name: "log.retention.ms", value: null, configSource: CONFIG_SOURCE.default }),
    ]);
  });

  test("never tells a secret", () => {
    const all = describeBrokerConfig(PARSED);
    expect(all.find(({ name }) => name === "ssl.keystore.password")).toMatchObject({ value: null, isSensitive: true });
    expect(JSON.stringify(all)).not.toContain("hunter2");
  });

  test("says of a key without effect that it has none", () => {
    const [threads] = describeBrokerConfig(PARSED, ["num.io.threads"]);
    expect(threads?.documentation).toMatch(/Accepted without effect: a Node process runs/);
  });
});

describe("describeTopicConfig", () => {
  test("names the key in effect first, then those that it hides", () => {
    expect(describeTopicConfig(PARSED, { "retention.ms": "5" }, ["retention.ms"])).toEqual([
      {
        name: "retention.ms",
        value: "5",
        readOnly: false,
        configSource: CONFIG_SOURCE.topic,
        isSensitive: false,
        synonyms: [
          { name: "retention.ms", value: "5", source: 1 },
          { name: "log.retention.hours", value: "2", source: 4 },
          { name: "log.retention.hours", value: "168", source: 5 },
        ],
        configType: 5,
        documentation: TOPIC_CONFIG.keys["retention.ms"].doc,
      },
    ]);
  });

  test("a value from the broker has the broker as its source", () => {
    const [retention] = describeTopicConfig(PARSED, {}, ["retention.ms"]);
    expect(retention).toMatchObject({ value: "7200000", configSource: CONFIG_SOURCE.staticBroker });
  });
});

describe("configReference", () => {
  test("is a Markdown table with a row for each key, sorted", () => {
    const lines = configReference(BROKER_CONFIG).trimEnd().split("\n");
    expect(lines).toHaveLength(2 + Object.keys(BROKER_CONFIG.keys).length);
    expect(lines.filter((line) => line.split(/(?<!\\)\|/).length !== 6)).toEqual([]);
    const keys = lines.slice(2).map((line) => line.split("`")[1]);
    expect(keys).toEqual(Object.keys(BROKER_CONFIG.keys).sort());
    expect(lines).toContain(
      "| `log.roll.hours` | an int of at least 1 | `168` | The same in hours; `log.roll.ms` wins. |",
    );
  });

  test("says where a topic's default comes from, and what has no effect", () => {
    const table = configReference(TOPIC_CONFIG);
    expect(table).toContain("Default from `log.retention.ms`, `log.retention.minutes`, `log.retention.hours`. |");
    expect(table).toContain("Accepted without effect: there is no tiered storage. |");
  });
});
