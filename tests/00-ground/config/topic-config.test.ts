import { describe, expect, test } from "vitest";
import { BROKER_CONFIG, parseBrokerConfig } from "#ground/config/broker-config";
import { type ConfigKey } from "#ground/config/config-def";
import { describeTopicConfig } from "#ground/config/describe";
import { effectiveTopicConfig, TOPIC_CONFIG, validateTopicOverrides } from "#ground/config/topic-config";
import recorded from "../../golden/config/topic-defaults.json" with { type: "json" };

const DEFAULTS = parseBrokerConfig({});

describe("the table of topic keys", () => {
  test("has the keys, types and defaults that Apache Kafka 4.0 shows", () => {
    const parsed = parseBrokerConfig({ "log.segment.bytes": 1_073_741_824 });
    const ours = describeTopicConfig(parsed, { "retention.ms": "100000" }).map(
      ({ synonyms: _, documentation: __, ...fields }) => fields,
    );
    expect(ours).toEqual(recorded.configs);
  });

  test("every synonym is a key of the broker, with the same default", () => {
    for (const [name, { synonyms = [] }] of Object.entries<ConfigKey>(TOPIC_CONFIG.keys)) {
      expect(synonyms.filter((broker) => !(broker in BROKER_CONFIG.keys))).toEqual([]);
      expect([name, effectiveTopicConfig(DEFAULTS.config, {})[name as "segment.ms"]]).toEqual([
        name,
        TOPIC_CONFIG.keys[name as "segment.ms"].default,
      ]);
    }
  });
});

describe("effectiveTopicConfig", () => {
  test("the broker's keys give the defaults, in whichever unit they are written", () => {
    const { config } = parseBrokerConfig({
      "log.retention.hours": 2,
      "log.roll.ms": 500,
      "log.cleanup.policy": "compact,delete",
      "message.max.bytes": 2_000_000,
      "log.cleaner.min.cleanable.ratio": 0.9,
    });
    expect(effectiveTopicConfig(config, {})).toMatchObject({
      "retention.ms": 7_200_000,
      "segment.ms": 500,
      "cleanup.policy": ["compact", "delete"],
      "max.message.bytes": 2_000_000,
      "min.cleanable.dirty.ratio": 0.9,
    });
  });

  test("a topic's own values win, also when they equal the default", () => {
    const { config } = parseBrokerConfig({ "log.retention.ms": 1000, "log.segment.bytes": 4096 });
    const topic = effectiveTopicConfig(config, { "retention.ms": "604800000", "segment.bytes": "8192" });
    expect(topic["retention.ms"]).toBe(604_800_000);
    expect(topic["segment.bytes"]).toBe(8192);
  });

  test("refuses what validateTopicOverrides refuses", () => {
    expect(() => effectiveTopicConfig(DEFAULTS.config, { "segment.bytes": "13" })).toThrow(
      'segment.bytes: expected an int of at least 14, got "13"',
    );
  });
});

describe("validateTopicOverrides", () => {
  test("accepts text and values", () => {
    validateTopicOverrides({ "retention.ms": "-1", "cleanup.policy": "compact", "segment.bytes": 14 });
  });

  test.each([
    [{ "no.such.config": "1" }, "Unknown topic config name: no.such.config."],
    [{ "retention.msec": "1" }, "Unknown topic config name: retention.msec. Did you mean retention.ms?"],
    [{ "log.retension.bytes": "1" }, "Unknown topic config name: log.retension.bytes. Did you mean retention.bytes?"],
    [{ "log.segment.bytes": "100" }, "Unknown topic config name: log.segment.bytes. Did you mean segment.bytes?"],
    [{ "retention.ms": "abc" }, 'retention.ms: expected a long of at least -1, got "abc"'],
    [{ "retention.ms": null }, "retention.ms: expected a long of at least -1, got null"],
    [{ "cleanup.policy": "shred" }, 'cleanup.policy: expected a list of compact, delete, got "shred"'],
    [{ "compression.gzip.level": "0" }, "compression.gzip.level: expected -1 (the library's choice) or an int"],
    [
      { "min.compaction.lag.ms": 2, "max.compaction.lag.ms": 1 },
      "min.compaction.lag.ms: expected at most max.compaction.lag.ms, 1, got 2",
    ],
  ])("refuses %j", (overrides, message) => {
    expect(() => validateTopicOverrides(overrides)).toThrow(message);
  });

  test("lists all problems at once", () => {
    expect(() => validateTopicOverrides({ nonsense: "", "segment.ms": "0", preallocate: "maybe" })).toThrow(
      /has 3 problems/,
    );
  });
});
