import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { errorForCode, ERRORS } from "#ground/errors";
import { type BrokerConnection } from "#ground/network/broker-connection";
import { Produce } from "#ground/protocol/messages/00-produce";
import { Fetch } from "#ground/protocol/messages/01-fetch";
import { ListOffsets } from "#ground/protocol/messages/02-list-offsets";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { FindCoordinator } from "#ground/protocol/messages/10-find-coordinator";
import { SaslHandshake } from "#ground/protocol/messages/17-sasl-handshake";
import { ApiVersions, type ApiVersionsResponse } from "#ground/protocol/messages/18-api-versions";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { DeleteTopics } from "#ground/protocol/messages/20-delete-topics";
import { DeleteRecords } from "#ground/protocol/messages/21-delete-records";
import { DescribeConfigs } from "#ground/protocol/messages/32-describe-configs";
import { SaslAuthenticate } from "#ground/protocol/messages/36-sasl-authenticate";
import { CreatePartitions } from "#ground/protocol/messages/37-create-partitions";
import { DescribeCluster } from "#ground/protocol/messages/60-describe-cluster";
import { HANDLERS } from "#cluster/handlers/index";
import { goldenRows, type SessionFrame } from "../00-ground/protocol/golden-files.ts";
import { batchOf, valuesOf } from "../06-replication/batches.ts";
import { createTopic, produce } from "./clients.ts";
import { goldenRuns } from "./tools/golden-runs.ts";
import { SimBroker } from "./sim-broker.ts";

/** What clients may ask. */
const TOLD = HANDLERS.filter(({ isInternal }) => isInternal !== true);

let sim: SimBroker;
let client: BrokerConnection;

beforeAll(async () => {
  sim = await SimBroker.started(1, { "num.partitions": 2 });
  client = await sim.connect();
  await sim.run(createTopic(client, "orders"));
  await sim.run(produce(client, "orders", ["a", "b"]));
});

function send<A extends Parameters<BrokerConnection["send"]>[0]>(...args: Parameters<typeof client.send<A>>) {
  return sim.run(client.send<A>(...args));
}

async function idOf(name: string): Promise<Uint8Array> {
  return (await send(Metadata, { topics: [{ name }], allowAutoTopicCreation: false })).topics[0]!.topicId;
}

describe("ApiVersions", () => {
  test("tells nothing newer than what was recorded of Apache Kafka 4.0", () => {
    const index = new URL("../golden/wire/index.json", import.meta.url);
    const { rows } = JSON.parse(readFileSync(index, "utf8")) as {
      rows: { apiKey: number; highestStableVersion: number }[];
    };
    // Of ACLs there are no vectors, but Kafka's own list of what it serves.
    const listed = goldenRuns("kafka-broker-api-versions").map(({ stdout }) => stdout).join("");
    const lines = [...listed.matchAll(/\((\d+)\): (?:\d+ to )?(\d+)/g)];
    const known = new Map([
      ...lines.map(([, key, last]) => [Number(key), Number(last)] as const),
      ...rows.map(({ apiKey, highestStableVersion }) => [apiKey, highestStableVersion] as const),
    ]);
    for (const { api, versions } of TOLD) expect(versions[1], api.name).toBeLessThanOrEqual(known.get(api.key)!);
  });

  test("tells Produce from version 0, or librdkafka would send uncompressed; serves it from 3", async () => {
    const { apiKeys } = await send(ApiVersions, { clientSoftwareName: "test", clientSoftwareVersion: "1" });
    expect(apiKeys.find(({ apiKey }) => apiKey === 0)).toEqual({ apiKey: 0, minVersion: 0, maxVersion: 12 });
    expect(apiKeys).toHaveLength(TOLD.length);
    expect(HANDLERS.find(({ api }) => api.key === 0)).toMatchObject({ versions: [3, 12] });
  });

  test("tells of Kafka's features those that are here", async () => {
    const client = { clientSoftwareName: "test", clientSoftwareVersion: "1" };
    const recorded = goldenRows<SessionFrame>("sessions/raw-probes-api-versions.jsonl")
      .filter(({ kind, name }) => kind === "response" && name === "ApiVersions");
    for (const version of [3, 4]) {
      const ours = await send(ApiVersions, client, { version });
      const theirs = recorded.find((row) => row.version === version)!.json as ApiVersionsResponse;
      expect(theirs.supportedFeatures).toEqual(expect.arrayContaining(ours.supportedFeatures as unknown[]));
      expect(theirs.finalizedFeatures).toEqual(expect.arrayContaining(ours.finalizedFeatures as unknown[]));
      expect(ours.finalizedFeatures.map(({ name }) => name)).toEqual(["metadata.version"]);
      expect(ours.finalizedFeaturesEpoch).toBeGreaterThan(0);
    }
  });

  test("handlers are listed by ascending key, each once", () => {
    const keys = HANDLERS.map(({ api }) => api.key);
    expect(keys).toEqual([...new Set(keys)].sort((a, b) => a - b));
  });
});

describe("Metadata", () => {
  test("a topic can be asked for by its id", async () => {
    const topicId = await idOf("orders");
    const { topics } = await send(Metadata, { topics: [{ topicId, name: null }] }, { version: 12 });
    expect(topics).toMatchObject([{ errorCode: 0, name: "orders" }]);
  });

  test("what a client may do is told if it asks", async () => {
    const asked = { includeClusterAuthorizedOperations: true, includeTopicAuthorizedOperations: true };
    const answer = await send(Metadata, { topics: [{ name: "orders" }], ...asked }, { version: 9 });
    expect(answer).toMatchObject({ clusterAuthorizedOperations: 8096, topics: [{ topicAuthorizedOperations: 3576 }] });
  });

  test("brokers are told at the listener that the client came through", async () => {
    const two = await SimBroker.started(1, {
      listeners: "PLAINTEXT://broker:9092,INNER://broker:19092",
      "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,INNER:PLAINTEXT",
      "advertised.listeners": "PLAINTEXT://outside.example:1234,INNER://broker:19092",
    });
    const { brokers } = await two.run((await two.connect()).send(Metadata, { topics: [] }));
    expect(brokers).toMatchObject([{ host: "outside.example", port: 1234 }]);
  });
});

describe("Fetch", () => {
  test("by topic id", async () => {
    const topicId = await idOf("orders");
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }];
    const { responses } = await send(Fetch, { maxWaitMs: 0, topics: [{ topicId, partitions }] }, { version: 17 });
    expect(valuesOf(responses[0]!.partitions[0]!.records!)).toEqual(["a", "b"]);
  });

  test("an offset beyond all numbers is out of range, not the end of the connection", async () => {
    const partitions = [{ partition: 0, fetchOffset: 2n ** 63n - 1n, partitionMaxBytes: 1000 }];
    const { responses } = await send(Fetch, { topics: [{ topic: "orders", partitions }] }, { version: 12 });
    expect(responses[0]!.partitions[0]).toMatchObject({ errorCode: 1 });
  });

  test("an answer has 8 MiB at most, whatever is asked for; the reader goes on from there", async () => {
    await sim.run(createTopic(client, "large", {}, 12));
    const records = batchOf(["x".repeat(1_000_000)]);
    const partitionData = Array.from({ length: 12 }, (_, index) => ({ index, records }));
    await send(Produce, { acks: -1, timeoutMs: 1000, topicData: [{ name: "large", partitionData }] }, { version: 9 });
    const all = { fetchOffset: 0, partitionMaxBytes: 1 << 30 };
    const topics = [{ topic: "large", partitions: partitionData.map(({ index }) => ({ partition: index, ...all })) }];
    const request = { maxWaitMs: 5000, minBytes: 1 << 30, maxBytes: 2 ** 31 - 1, topics };
    const beforeMs = sim.world.nowMs;
    const { responses } = await send(Fetch, request, { version: 12 });
    const sizes = responses[0]!.partitions.map(({ records: got }) => got!.length);
    expect(sizes.filter((size) => size > 0)).toHaveLength(8);
    expect(sim.world.nowMs - beforeMs).toBeLessThan(1000);
  });

  test("an answer without topics is given at once", async () => {
    const beforeMs = sim.world.nowMs;
    await send(Fetch, { maxWaitMs: 30_000, minBytes: 1, topics: [] }, { version: 12 });
    expect(sim.world.nowMs - beforeMs).toBeLessThan(1000);
  });
});

describe("ListOffsets", () => {
  const list = async (timestamp: number, version: number) => {
    const topics = [{ name: "orders", partitions: [{ partitionIndex: 0, timestamp }] }];
    return (await send(ListOffsets, { replicaId: -1, topics }, { version })).topics[0]!.partitions[0]!;
  };

  test("version 0 gets a list", async () => {
    expect(await list(-1, 0)).toMatchObject({ errorCode: 0, oldStyleOffsets: [2] });
    expect(await list(-2, 0)).toMatchObject({ errorCode: 0, oldStyleOffsets: [0] });
    expect(await list(99_999, 0)).toMatchObject({ errorCode: 0, oldStyleOffsets: [] });
  });

  test("the largest timestamp can't be asked for before version 7", async () => {
    expect(await list(-3, 6)).toMatchObject({ errorCode: 35 });
    expect(await list(-3, 7)).toMatchObject({ errorCode: 0, offset: 0, timestamp: 1000 });
  });

  test("a partition that is asked for twice is refused", async () => {
    const partitions = [0, 0].map((partitionIndex) => ({ partitionIndex, timestamp: -1 }));
    const answer = await send(ListOffsets, { replicaId: -1, topics: [{ name: "orders", partitions }] });
    expect(answer.topics[0]!.partitions.map(({ errorCode }) => errorCode)).toEqual([42, 42]);
  });

  test("of a topic that comes twice, what is asked for in both places is refused in both", async () => {
    const asked = (...indexes: number[]) => ({
      name: "orders",
      partitions: indexes.map((partitionIndex) => ({ partitionIndex, timestamp: -1 })),
    });
    const { topics } = await send(ListOffsets, { replicaId: -1, topics: [asked(0, 1), asked(0)] });
    expect(topics.map(({ partitions }) => partitions.map(({ errorCode }) => errorCode))).toEqual([[42, 3], [42]]);
  });

  test("a timestamp that is not supported is found before an unknown topic", async () => {
    const partitions = [{ partitionIndex: 0, timestamp: -9 }];
    const { topics } = await send(ListOffsets, { replicaId: -1, topics: [{ name: "no-such", partitions }] });
    expect(topics[0]!.partitions[0]).toMatchObject({ errorCode: ERRORS.UNSUPPORTED_VERSION[0] });
  });
});

describe("DeleteTopics", () => {
  test("by name, in an old version", async () => {
    await sim.run(createTopic(client, "old"));
    const { responses } = await send(DeleteTopics, { topicNames: ["old", "none"] }, { version: 1 });
    expect(responses.map(({ name, errorCode }) => [name, errorCode])).toEqual([["old", 0], ["none", 3]]);
    const { topics } = await send(Metadata, { topics: [{ name: "old" }], allowAutoTopicCreation: false });
    expect(topics[0]!.errorCode).toBe(3);
  });

  test("by id, and what makes no sense is refused", async () => {
    await sim.run(createTopic(client, "byid"));
    const topicId = await idOf("byid");
    const topics = [{ name: "byid", topicId }, { name: null }, { name: "orders" }, { name: "orders" }];
    const bad = await send(DeleteTopics, { topics });
    expect(bad.responses.map(({ errorCode }) => errorCode)).toEqual([42, 42, 42, 42]);
    const { responses } = await send(DeleteTopics, { topics: [{ name: null, topicId }] });
    expect(responses).toMatchObject([{ name: "byid", errorCode: 0 }]);
  });

  test("delete.topic.enable=false refuses", async () => {
    const strict = await SimBroker.started(1, { "delete.topic.enable": false });
    const other = await strict.connect();
    await strict.run(createTopic(other, "kept"));
    const errorCodes = [];
    for (const version of [1, 5]) {
      const { responses } = await strict.run(other.send(DeleteTopics, { topicNames: ["kept"] }, { version }));
      errorCodes.push(responses[0]!.errorCode);
    }
    expect(errorCodes).toEqual([42, 73]);
  });
});

describe("DeleteRecords", () => {
  test("moves the start of a partition, but not of an internal topic's", async () => {
    for (const name of ["short", "__consumer_offsets"]) await sim.run(createTopic(client, name));
    await sim.run(produce(client, "short", ["a", "b"]));
    const topics = ["short", "__consumer_offsets"].map((name) => ({
      name,
      partitions: [{ partitionIndex: 0, offset: -1 }],
    }));
    const answer = await send(DeleteRecords, { topics, timeoutMs: 1000 });
    expect(answer.topics.map(({ partitions }) => partitions[0])).toMatchObject([
      { errorCode: 0, lowWatermark: 2 },
      { errorCode: ERRORS.INVALID_TOPIC_EXCEPTION[0], lowWatermark: -1 },
    ]);
  });
});

describe("CreateTopics and CreatePartitions", () => {
  test("-1 takes the broker's defaults, in every version", async () => {
    for (const [i, version] of [0, 3, 7].entries()) {
      await send(CreateTopics, { topics: [{ name: `d${i}`, numPartitions: -1, replicationFactor: -1 }] }, { version });
      const { topics } = await send(Metadata, { topics: [{ name: `d${i}` }] });
      expect(topics[0]!.partitions).toHaveLength(2);
    }
  });

  test("more partitions: the ones that there are keep their records", async () => {
    await sim.run(createTopic(client, "grown"));
    await sim.run(produce(client, "grown", ["x"]));
    const { results } = await send(CreatePartitions, { topics: [{ name: "grown", count: 3, assignments: null }] });
    expect(results).toMatchObject([{ name: "grown", errorCode: 0 }]);
    expect((await send(Metadata, { topics: [{ name: "grown" }] })).topics[0]!.partitions).toHaveLength(3);
    expect(await sim.run(produce(client, "grown", ["y"]))).toEqual({ errorCode: 0, baseOffset: 1 });
  });
});

describe("DescribeConfigs", () => {
  test("tells a broker's settings, as they are for every broker, and no secrets", async () => {
    const resources = [{ resourceType: 4, resourceName: "1", configurationKeys: null }];
    const { configs } = (await send(DescribeConfigs, { resources, includeSynonyms: true })).results[0]!;
    const numPartitions = configs.find(({ name }) => name === "num.partitions");
    expect(numPartitions).toMatchObject({ value: "2", readOnly: true, configSource: 4 });
    expect(configs.filter(({ isSensitive }) => isSensitive).every(({ value }) => value === null)).toBe(true);
    expect(configs.length).toBeGreaterThan(50);
  });

  test("an empty list of keys means all, as null does", async () => {
    for (const [resourceType, resourceName] of [[2, "orders"], [4, "1"]] as const) {
      const resources = [[], null].map((configurationKeys) => ({ resourceType, resourceName, configurationKeys }));
      const { results } = await send(DescribeConfigs, { resources });
      expect(results[0]!.configs).toEqual(results[1]!.configs);
      expect(results[0]!.configs.length).toBeGreaterThan(30);
    }
  });

  test.each([
    ["another broker", { resourceType: 4, resourceName: "7" }, 42],
    ["a topic that isn't there", { resourceType: 2, resourceName: "none" }, 3],
    ["a topic that can't be", { resourceType: 2, resourceName: "a/b" }, 17],
    ["a resource of another type", { resourceType: 16, resourceName: "x" }, 42],
  ])("refuses %s", async (_, resource, errorCode) => {
    const { results } = await send(DescribeConfigs, { resources: [{ ...resource, configurationKeys: null }] });
    expect(results[0]!.errorCode).toBe(errorCode);
  });
});

describe("SaslHandshake and SaslAuthenticate", () => {
  test("on a plaintext listener there is nothing to log in to: both say so, and the connection stays", async () => {
    const { errorCode } = await send(SaslHandshake, { mechanism: "PLAIN" });
    expect(errorCode).toBe(ERRORS.ILLEGAL_SASL_STATE[0]);
    const authenticated = await send(SaslAuthenticate, { authBytes: new Uint8Array(1) });
    expect(authenticated).toMatchObject({ errorCode: ERRORS.ILLEGAL_SASL_STATE[0] });
    expect((await send(DescribeCluster, {})).errorCode).toBe(0);
  });
});

describe("FindCoordinator and DescribeCluster", () => {
  test.each([1, 3, 4, 6])("of transactions it says at once that there are none (version %i)", async (version) => {
    const keys = version < 4 ? { key: "t" } : { coordinatorKeys: ["t"] };
    const answer = await send(FindCoordinator, { ...keys, keyType: 1 }, { version });
    const { errorCode, nodeId } = version < 4 ? answer : answer.coordinators[0]!;
    expect({ errorCode, nodeId }).toEqual({ errorCode: 53, nodeId: -1 });
    expect(errorForCode(errorCode)!.retriable).toBe(false);
  });

  test("DescribeCluster tells about brokers, not about controllers", async () => {
    const brokers = [{ brokerId: 1, host: "broker", port: 9092 }];
    expect(await send(DescribeCluster, {})).toMatchObject({ errorCode: 0, controllerId: 1, brokers });
    expect(await send(DescribeCluster, { endpointType: 2 })).toMatchObject({ errorCode: 114 });
    expect(await send(DescribeCluster, { endpointType: 9 })).toMatchObject({ errorCode: 42 });
  });
});
