/**
 * Versions that Apache Kafka 4.0 no longer has, and ACLs: there are no golden messages of these. kafkajs knows most of
 * them, so its encoders and decoders say what is right; for the others the bytes are written by hand.
 */
import { Buffer } from "node:buffer";
import { createRequire } from "node:module";
import { apiByKey } from "#ground/protocol/apis";
import { describe, expect, test } from "vitest";
import { expectBytes } from "../../support/hexdump.ts";
import { unhex } from "./golden-files.ts";

const kafkajs = createRequire(import.meta.url);

type KafkajsRequest = (values: object) => { encode(): Promise<{ buffer: Buffer }> };
interface KafkajsResponse {
  decode(body: Buffer): Promise<unknown>;
}

function kafkajsModule(api: string, version: number, kind: string): unknown {
  return kafkajs(`kafkajs/src/protocol/requests/${api}/v${version}/${kind}.js`);
}

const acl = { resourceType: 2, resourceName: "t", principal: "User:a", host: "*", operation: 3, permissionType: 3 };
const aclFilter = {
  resourceTypeFilter: 2,
  resourceNameFilter: "t",
  patternTypeFilter: 4,
  principalFilter: null,
  hostFilter: "*",
  operation: 3,
  permissionType: 3,
};
const kafkajsFilter = { ...acl, resourcePatternType: 4, principal: null };
const member = { groupId: "g", memberId: "", protocolType: "consumer" };
const joining = {
  ...member,
  sessionTimeout: 10_000,
  groupProtocols: [{ name: "range", metadata: Buffer.from("meta") }],
};
const joins = {
  ...member,
  sessionTimeoutMs: 10_000,
  protocols: [{ name: "range", metadata: Uint8Array.from(Buffer.from("meta")) }],
};

describe("requests are those of kafkajs", () => {
  test.each<[key: number, name: string, version: number, theirs: object, ours: object]>([
    [
      2, "listOffsets", 0,
      { replicaId: -1, topics: [{ topic: "t", partitions: [{ partition: 3, timestamp: -2, maxNumOffsets: 5 }] }] },
      { replicaId: -1, topics: [{ name: "t", partitions: [{ partitionIndex: 3, timestamp: -2, maxNumOffsets: 5 }] }] },
    ],
    [
      8, "offsetCommit", 0,
      { groupId: "g", topics: [{ topic: "t", partitions: [{ partition: 3, offset: 7 }] }] },
      { groupId: "g", topics: [{ name: "t", partitions: [{ partitionIndex: 3, committedOffset: 7 }] }] },
    ],
    [
      8, "offsetCommit", 1,
      {
        groupId: "g", groupGenerationId: 4, memberId: "m",
        topics: [{ topic: "t", partitions: [{ partition: 3, offset: 7, timestamp: 9, metadata: "note" }] }],
      },
      {
        groupId: "g", generationIdOrMemberEpoch: 4, memberId: "m",
        topics: [
          {
            name: "t",
            partitions: [{ partitionIndex: 3, committedOffset: 7, commitTimestamp: 9, committedMetadata: "note" }],
          },
        ],
      },
    ],
    [11, "joinGroup", 0, joining, joins],
    [11, "joinGroup", 1, { ...joining, rebalanceTimeout: 60_000 }, { ...joins, rebalanceTimeoutMs: 60_000 }],
    [
      19, "createTopics", 0,
      {
        topics: [
          { topic: "a", numPartitions: 3, replicationFactor: 2, configEntries: [{ name: "k", value: "v" }] },
          { topic: "b", replicaAssignment: [{ partition: 0, replicas: [1, 2] }] },
        ],
        timeout: 5000,
      },
      {
        topics: [
          { name: "a", numPartitions: 3, replicationFactor: 2, configs: [{ name: "k", value: "v" }] },
          {
            name: "b", numPartitions: -1, replicationFactor: -1,
            assignments: [{ partitionIndex: 0, brokerIds: [1, 2] }],
          },
        ],
        timeoutMs: 5000,
      },
    ],
    [20, "deleteTopics", 0, { topics: ["a", "b"], timeout: 5000 }, { topicNames: ["a", "b"], timeoutMs: 5000 }],
    [
      32, "describeConfigs", 0,
      { resources: [{ type: 2, name: "t", configNames: ["k"] }] },
      { resources: [{ resourceType: 2, resourceName: "t", configurationKeys: ["k"] }] },
    ],
    [29, "describeAcls", 1, kafkajsFilter, aclFilter],
    [
      30, "createAcls", 1,
      { creations: [{ ...acl, resourcePatternType: 3 }] },
      { creations: [acl] },
    ],
    [31, "deleteAcls", 1, { filters: [kafkajsFilter] }, { filters: [aclFilter] }],
  ])("%i %s v%i", async (key, name, version, theirs, ours) => {
    const expected = (await (kafkajsModule(name, version, "request") as KafkajsRequest)(theirs).encode()).buffer;
    const { request } = apiByKey(key)!;
    expectBytes(request.encodeToBytes(version, ours), expected);
    expect(request.decode(version, expected)).toMatchObject(ours);
  });
});

describe("responses are understood by kafkajs", () => {
  test.each<[key: number, name: string, version: number, ours: object, theirs: object]>([
    [
      2, "listOffsets", 0,
      { topics: [{ name: "t", partitions: [{ partitionIndex: 3, oldStyleOffsets: [9, 5] }] }] },
      { responses: [{ topic: "t", partitions: [{ partition: 3, errorCode: 0, offsets: ["9", "5"] }] }] },
    ],
    [
      8, "offsetCommit", 1,
      { topics: [{ name: "t", partitions: [{ partitionIndex: 3, errorCode: 16 }] }] },
      { responses: [{ topic: "t", partitions: [{ partition: 3, errorCode: 16 }] }] },
    ],
    [
      11, "joinGroup", 1,
      { generationId: 4, protocolName: "range", leader: "l", memberId: "m", members: [{ memberId: "l" }] },
      { generationId: 4, groupProtocol: "range", leaderId: "l", memberId: "m", members: [{ memberId: "l" }] },
    ],
    [
      19, "createTopics", 0,
      { topics: [{ name: "b", errorCode: 36 }, { name: "a" }] },
      { topicErrors: [{ topic: "a", errorCode: 0 }, { topic: "b", errorCode: 36 }] },
    ],
    [
      20, "deleteTopics", 0,
      { responses: [{ name: "a", errorCode: 3 }] },
      { topicErrors: [{ topic: "a", errorCode: 3 }] },
    ],
    [
      32, "describeConfigs", 0,
      {
        results: [{ resourceType: 2, resourceName: "t", configs: [{ name: "k", value: "v", isDefault: true }] }],
      },
      { resources: [{ resourceName: "t", configEntries: [{ configName: "k", configValue: "v", isDefault: true }] }] },
    ],
    [
      29, "describeAcls", 1,
      { errorMessage: null, resources: [{ resourceType: 2, resourceName: "t", patternType: 4, acls: [acl] }] },
      { resources: [{ resourceName: "t", resourcePatternType: 4, acls: [{ principal: "User:a", operation: 3 }] }] },
    ],
    [30, "createAcls", 1, { results: [{ errorCode: 31, errorMessage: "no" }] },
      { creationResponses: [{ errorCode: 31, errorMessage: "no" }] }],
    [
      31, "deleteAcls", 1,
      { filterResults: [{ matchingAcls: [{ ...acl, patternType: 4 }] }] },
      { filterResponses: [{ matchingAcls: [{ resourceName: "t", resourcePatternType: 4, host: "*" }] }] },
    ],
  ])("%i %s v%i", async (key, name, version, ours, theirs) => {
    const bytes = apiByKey(key)!.response.encodeToBytes(version, ours);
    const decoded = await (kafkajsModule(name, version, "response") as KafkajsResponse).decode(Buffer.from(bytes));
    expect(decoded).toMatchObject(theirs);
  });
});

describe("written by hand", () => {
  test("9 OffsetFetch v0", () => {
    const { request, response } = apiByKey(9)!;
    const asks = { groupId: "g", topics: [{ name: "t", partitionIndexes: [3] }] };
    expectBytes(request.encodeToBytes(0, asks), "000167 00000001 000174 00000001 00000003");
    const partition = "00000003 0000000000000007 ffff 0000";
    expect(response.decode(0, unhex(`00000001 000174 00000001 ${partition}`))).toMatchObject({
      topics: [{ name: "t", partitions: [{ partitionIndex: 3, committedOffset: 7, metadata: null, errorCode: 0 }] }],
    });
  });

  test("23 OffsetForLeaderEpoch v0 and v1", () => {
    const { request, response } = apiByKey(23)!;
    const asks = { topics: [{ topic: "t", partitions: [{ partition: 3, leaderEpoch: 5 }] }] };
    for (const version of [0, 1]) {
      expectBytes(request.encodeToBytes(version, asks), "00000001 000174 00000001 00000003 00000005");
    }
    const says = { topics: [{ topic: "t", partitions: [{ partition: 3, leaderEpoch: 5, endOffset: 7 }] }] };
    const v0 = "00000001 000174 00000001 0000 00000003 0000000000000007";
    expectBytes(response.encodeToBytes(0, says), v0);
    expectBytes(response.encodeToBytes(1, says), v0.replace("00000003", "00000003 00000005"));
  });
});
