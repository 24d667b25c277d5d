import { describe, expect, test } from "vitest";
import {
  brokerPath,
  partitionStatePath,
  PERSISTENT_PATHS,
  PRODUCER_ID_BLOCK_PATH,
  topicConfigPath,
} from "#ground/coordination/layout";
import {
  decodeBroker,
  decodeClusterId,
  decodeConfig,
  decodeController,
  decodeControllerEpoch,
  decodeKnownBrokers,
  decodePartitionState,
  decodeProducerIdBlock,
  decodeTopic,
  encodeBroker,
  encodeClusterId,
  encodeConfig,
  encodeController,
  encodeControllerEpoch,
  encodeKnownBrokers,
  encodePartitionState,
  encodeProducerIdBlock,
  encodeTopic,
} from "#ground/coordination/node-data";
import { validatePath } from "#ground/coordination/paths";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (data: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(data));

/** Kafka 3's JSON, its decoded form, and our two functions. */
interface Case<Value> {
  readonly kafka: string;
  readonly value: Value;
  readonly encode: (value: Value) => Uint8Array;
  readonly decode: (data: Uint8Array) => Value;
}
const kind = <Value>(each: Case<Value>): Case<unknown> => each as unknown as Case<unknown>;

const KINDS: Record<string, Case<unknown>> = {
  broker: kind({
    kafka:
      '{"features":{},"listener_security_protocol_map":{"CLIENT":"SASL_PLAINTEXT","PLAINTEXT":"PLAINTEXT"},' +
      '"endpoints":["CLIENT://kafka-1:9093","PLAINTEXT://[::1]:9092"],"jmx_port":-1,"port":9092,"host":"::1",' +
      '"version":5,"timestamp":"1719792000000","rack":"dc1"}',
    value: {
      endpoints: ["CLIENT://kafka-1:9093", "PLAINTEXT://[::1]:9092"],
      listenerSecurityProtocolMap: { CLIENT: "SASL_PLAINTEXT", PLAINTEXT: "PLAINTEXT" },
      rack: "dc1",
      timestampMs: 1_719_792_000_000,
    },
    encode: encodeBroker,
    decode: decodeBroker,
  }),
  "broker without a plaintext listener and rack": kind({
    kafka:
      '{"features":{},"listener_security_protocol_map":{"SSL":"SSL"},"endpoints":["SSL://a:1"],"jmx_port":-1,' +
      '"port":-1,"host":null,"version":5,"timestamp":"0"}',
    value: { endpoints: ["SSL://a:1"], listenerSecurityProtocolMap: { SSL: "SSL" }, rack: null, timestampMs: 0 },
    encode: encodeBroker,
    decode: decodeBroker,
  }),
  topic: kind({
    kafka:
      '{"partitions":{"0":[1,2,3],"1":[2,3,1]},"topic_id":"Hu9zlN0TQ7-4Ll5UbcYzAA","adding_replicas":{"1":[4]},' +
      '"removing_replicas":{},"version":3}',
    value: {
      topicId: "Hu9zlN0TQ7-4Ll5UbcYzAA",
      partitions: new Map([
        [0, [1, 2, 3]],
        [1, [2, 3, 1]],
      ]),
      addingReplicas: new Map([[1, [4]]]),
      removingReplicas: new Map(),
    },
    encode: encodeTopic,
    decode: decodeTopic,
  }),
  "partition state": kind({
    kafka: '{"controller_epoch":5,"leader":1,"version":1,"leader_epoch":7,"isr":[1,2]}',
    value: { leader: 1, leaderEpoch: 7, isr: [1, 2], controllerEpoch: 5, isRecovering: false },
    encode: encodePartitionState,
    decode: decodePartitionState,
  }),
  "partition state after an unclean election": kind({
    kafka: '{"controller_epoch":5,"leader":-1,"version":1,"leader_epoch":7,"isr":[],"leader_recovery_state":1}',
    value: { leader: -1, leaderEpoch: 7, isr: [], controllerEpoch: 5, isRecovering: true },
    encode: encodePartitionState,
    decode: decodePartitionState,
  }),
  "partition state with the broker epoch of its leader, which is ours": kind({
    kafka: '{"controller_epoch":5,"leader":1,"version":1,"leader_epoch":7,"isr":[1],"leader_broker_epoch":99}',
    value: { leader: 1, leaderEpoch: 7, isr: [1], controllerEpoch: 5, isRecovering: false, leaderBrokerEpoch: 99 },
    encode: encodePartitionState,
    decode: decodePartitionState,
  }),
  "known brokers, which are ours": kind({
    kafka: '{"version":1,"brokers":[1,3],"epochs":[25,7]}',
    value: new Map([[1, 25], [3, 7]]),
    encode: encodeKnownBrokers,
    decode: decodeKnownBrokers,
  }),
  controller: kind({
    kafka: '{"version":2,"brokerid":3,"timestamp":"1719792000000","kraftControllerEpoch":-1}',
    value: { brokerId: 3, timestampMs: 1_719_792_000_000 },
    encode: encodeController,
    decode: decodeController,
  }),
  "controller epoch": kind({ kafka: "12", value: 12, encode: encodeControllerEpoch, decode: decodeControllerEpoch }),
  configuration: kind({
    kafka: '{"version":1,"config":{"retention.ms":"100","cleanup.policy":"compact"}}',
    value: { "retention.ms": "100", "cleanup.policy": "compact" },
    encode: encodeConfig,
    decode: decodeConfig,
  }),
  "producer id block": kind({
    kafka: '{"version":1,"broker":2,"block_start":"3000","block_end":"3999"}',
    value: { brokerId: 2, first: 3000, last: 3999 },
    encode: encodeProducerIdBlock,
    decode: decodeProducerIdBlock,
  }),
  "cluster id": kind({
    kafka: '{"version":"1","id":"q8WXVbWsQpWnTbTTBnGkSQ"}',
    value: "q8WXVbWsQpWnTbTTBnGkSQ",
    encode: encodeClusterId,
    decode: decodeClusterId,
  }),
};

describe("node data", () => {
  test.each(Object.entries(KINDS))("%s is written and read as Kafka 3 does", (_, { kafka, value, encode, decode }) => {
    expect(json(encode(value))).toEqual(JSON.parse(kafka));
    expect(decode(bytes(kafka))).toEqual(value);
    expect(decode(encode(value))).toEqual(value);
  });

  test("a topic of before reassignments were in the node is read", () => {
    const topic = decodeTopic(bytes('{"version":3,"topic_id":"x","partitions":{"0":[1]}}'));
    expect(topic.addingReplicas.size + topic.removingReplicas.size).toBe(0);
  });

  test.each<[string, (data: Uint8Array) => unknown, string, string]>([
    ["no JSON", decodePartitionState, "{", "partition state: expected a JSON object, got {"],
    ["no object", decodePartitionState, "[]", "partition state: expected a JSON object, got []"],
    ["a missing field", decodePartitionState, "{}", "expected leader to be a whole number, got nothing"],
    ["a fraction", decodeController, '{"brokerid":1.5}', "controller: expected brokerid to be a whole number, got 1.5"],
    ["text in a list", decodePartitionState, '{"leader":1,"leader_epoch":1,"isr":["1"]}', "expected isr to be a list"],
    ["an unsafe long", decodeProducerIdBlock, '{"broker":1,"block_start":"9e30"}', "block_start to be the text of"],
    ["a number in a config", decodeConfig, '{"config":{"a":1}}', "expected config to be an object of strings"],
    ["no epoch", decodeControllerEpoch, "", "controller epoch: expected a whole number, got "],
    ["not a list", decodeTopic, '{"topic_id":"x","partitions":{"0":1}}', "expected partitions to be an object"],
    ["not text", decodeBroker, '{"endpoints":[1]}', "expected endpoints to be a list of strings, got [1]"],
  ])("%s is refused, and the field is named", (_, decode, text, message) => {
    expect(() => decode(bytes(text))).toThrow(message);
  });
});

describe("layout", () => {
  test("is Kafka 3's", () => {
    expect(brokerPath(1)).toBe("/brokers/ids/1");
    expect(partitionStatePath("orders", 12)).toBe("/brokers/topics/orders/partitions/12/state");
    expect(topicConfigPath("orders")).toBe("/config/topics/orders");
    expect(PRODUCER_ID_BLOCK_PATH).toBe("/latest_producer_id_block");
    for (const path of PERSISTENT_PATHS) validatePath(path);
  });
});
