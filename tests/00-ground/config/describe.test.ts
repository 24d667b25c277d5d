import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BROKER_CONFIG, parseBrokerConfig } from "#ground/config/broker-config";
import {
  CONFIG_SOURCE,
  type ConfigDescription,
  describeBrokerConfig,
  describeTopicConfig,
} from "#ground/config/describe";
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
    const parsed = parseBrokerConfig({ "log.retention.hours": "2", "log.retention.ms": "7" });
    expect(describeTopicConfig(parsed, { "retention.ms": "5" }, ["retention.ms"])).toEqual([
      {
        name: "retention.ms",
        value: "5",
        readOnly: false,
        configSource: CONFIG_SOURCE.topic,
        isSensitive: false,
        synonyms: [
          { name: "retention.ms", value: "5", source: 1 },
          { name: "log.retention.ms", value: "7", source: 4 },
          { name: "log.retention.hours", value: "2", source: 4 },
          { name: "log.retention.hours", value: "168", source: 5 },
        ],
        configType: 5,
        documentation: TOPIC_CONFIG.keys["retention.ms"].doc,
      },
    ]);
  });

  test("a value from the broker has the broker as its source", () => {
    const [bytes] = describeTopicConfig(parseBrokerConfig({ "log.segment.bytes": 99 }), {}, ["segment.bytes"]);
    expect(bytes).toMatchObject({ value: "99", configSource: CONFIG_SOURCE.staticBroker });
  });

  test("of hours that count as there are no milliseconds nothing is told, as in Kafka", () => {
    const [retention] = describeTopicConfig(PARSED, {}, ["retention.ms"]);
    expect(retention).toMatchObject({ value: "7200000", configSource: CONFIG_SOURCE.default, synonyms: [] });
  });

  test("no names mean all, as null does", () => {
    expect(describeTopicConfig(PARSED, {}, [])).toEqual(describeTopicConfig(PARSED, {}, null));
    expect(describeBrokerConfig(PARSED, [])).toEqual(describeBrokerConfig(PARSED, null));
  });
});

describe("synonyms", () => {
  const recorded = JSON.parse(readFileSync(new URL("../../golden/config/synonyms.json", import.meta.url), "utf8")) as {
    topic: Record<string, string[]>;
    broker: Record<string, string[]>;
  };
  const asPrinted = (descriptions: readonly ConfigDescription[]): Record<string, string[]> => {
    const sources = new Map([[1, "DYNAMIC_TOPIC_CONFIG"], [4, "STATIC_BROKER_CONFIG"], [5, "DEFAULT_CONFIG"]]);
    return Object.fromEntries(
      descriptions.map(({ name, synonyms }) => [
        name,
        synonyms.map((synonym) => `${sources.get(synonym.source)}:${synonym.name}=${synonym.value}`),
      ]),
    );
  };

  test("of a topic's keys are the ones that Kafka lists", () => {
    const overrides = { "cleanup.policy": "compact,delete", "retention.ms": "100000", "segment.bytes": "1048576" };
    expect(asPrinted(describeTopicConfig(parseBrokerConfig({}), overrides))).toEqual(recorded.topic);
  });

  test("of a broker's keys are the ones that Kafka lists", () => {
    const parsed = parseBrokerConfig({ "node.id": 1 });
    const ours = asPrinted(describeBrokerConfig(parsed, Object.keys(recorded.broker)));
    expect(ours).toEqual(Object.fromEntries(Object.entries(recorded.broker).filter(([name]) => name in ours)));
    expect(Object.keys(ours).length).toBeGreaterThan(60);
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
