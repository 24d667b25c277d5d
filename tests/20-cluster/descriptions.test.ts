import { describe, expect, test } from "vitest";
import { ERRORS } from "#ground/errors";
import { type BrokerConnection } from "#ground/network/broker-connection";
import { InitProducerId } from "#ground/protocol/messages/22-init-producer-id";
import { CreateAcls } from "#ground/protocol/messages/30-create-acls";
import { DeleteAcls } from "#ground/protocol/messages/31-delete-acls";
import { DescribeAcls } from "#ground/protocol/messages/29-describe-acls";
import { DescribeProducers } from "#ground/protocol/messages/61-describe-producers";
import {
  DescribeTopicPartitions,
  type DescribeTopicPartitionsResponse,
} from "#ground/protocol/messages/75-describe-topic-partitions";
import { DescribeTransactions } from "#ground/protocol/messages/65-describe-transactions";
import { ListTransactions } from "#ground/protocol/messages/66-list-transactions";
import { KafkaProducer } from "#sender";
import { StringSerializer } from "#serialization";
import { createTopic } from "./clients.ts";
import { SimBroker } from "./sim-broker.ts";

const ANY_ACL = { principal: "User:alice", host: "*", operation: 3, permissionType: 3 };

async function started(): Promise<{ sim: SimBroker; client: BrokerConnection }> {
  const sim = await SimBroker.started();
  const client = await sim.connect();
  await sim.run(createTopic(client, "b", {}, 3));
  await sim.run(createTopic(client, "a", {}, 2));
  return { sim, client };
}

describe("DescribeTopicPartitions", () => {
  test("gives topics in order of their names, page by page; unknown ones with their error", async () => {
    const { sim, client } = await started();
    const topics = [{ name: "b" }, { name: "a" }, { name: "aa" }];
    const pages: string[][] = [];
    let cursor: { topicName: string; partitionIndex: number } | null = null;
    do {
      const request = { topics, responsePartitionLimit: 2, cursor };
      const answer: DescribeTopicPartitionsResponse = await sim.run(client.send(DescribeTopicPartitions, request));
      pages.push(answer.topics.map(({ name, errorCode, partitions }) => {
        return `${name} ${errorCode}: ${partitions.map(({ partitionIndex }) => partitionIndex).join(",")}`;
      }));
      cursor = answer.nextCursor;
    } while (cursor !== null);
    const [unknown] = ERRORS.UNKNOWN_TOPIC_OR_PARTITION;
    expect(pages).toEqual([["a 0: 0,1"], [`aa ${unknown}: `, "b 0: 0,1"], ["b 0: 2"]]);
  });

  test("gives all topics when none is named, with empty lists of eligible leaders", async () => {
    const { sim, client } = await started();
    const { topics } = await sim.run(client.send(DescribeTopicPartitions, { topics: [], cursor: null }));
    expect(topics.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(topics[0]!.partitions[1]).toMatchObject({
      partitionIndex: 1, leaderId: 1, leaderEpoch: 0, replicaNodes: [1], isrNodes: [1], eligibleLeaderReplicas: [],
      lastKnownElr: [], offlineReplicas: [],
    });
  });
});

test("DescribeProducers tells the producers of a partition, and what it can't find", async () => {
  const { sim, client } = await started();
  const runtime = sim.world.node("producer").runtime;
  const producer = new KafkaProducer<string, string>(
    {
      "bootstrap.servers": "broker:9092", "enable.idempotence": true,
      "key.serializer": new StringSerializer(), "value.serializer": new StringSerializer(),
    },
    { runtime },
  );
  for (const value of ["x", "y"]) await sim.run(Promise.resolve(producer.send({ topic: "a", partition: 0, value })));
  await sim.run(producer.close());
  const topics = [{ name: "a", partitionIndexes: [0, 1, 7] }];
  const answer = await sim.run(client.send(DescribeProducers, { topics }));
  const [first, second, third] = answer.topics[0]!.partitions;
  expect(first!.activeProducers).toMatchObject([{ producerEpoch: 0, lastSequence: 1, coordinatorEpoch: -1 }]);
  expect(second).toMatchObject({ errorCode: 0, activeProducers: [] });
  expect(third).toMatchObject({ errorCode: ERRORS.UNKNOWN_TOPIC_OR_PARTITION[0] });
  const { producerId } = await sim.run(client.send(InitProducerId, { transactionalId: null }));
  expect(Number(producerId)).toBeGreaterThan(Number(first!.activeProducers[0]!.producerId));
});

test("there are no transactions, and it says so", async () => {
  const { sim, client } = await started();
  const listed = await sim.run(client.send(ListTransactions, { stateFilters: ["Ongoing", "Odd"] }));
  expect(listed).toMatchObject({ errorCode: 0, transactionStates: [], unknownStateFilters: ["Odd"] });
  const { transactionStates } = await sim.run(client.send(DescribeTransactions, { transactionalIds: ["t"] }));
  expect(transactionStates).toMatchObject([
    { transactionalId: "t", errorCode: ERRORS.TRANSACTIONAL_ID_NOT_FOUND[0], topics: [] },
  ]);
});

test("there is no authorizer: ACLs are SECURITY_DISABLED", async () => {
  const { sim, client } = await started();
  const [errorCode] = ERRORS.SECURITY_DISABLED;
  const creations = [{ ...ANY_ACL, resourceType: 2, resourceName: "a" }];
  expect((await sim.run(client.send(CreateAcls, { creations }))).results).toMatchObject([{ errorCode }]);
  const any = { operation: 1, permissionType: 1 };
  const filter = { ...any, resourceTypeFilter: 1, resourceNameFilter: null, principalFilter: null, hostFilter: null };
  expect(await sim.run(client.send(DescribeAcls, filter))).toMatchObject({ errorCode, resources: [] });
  const { filterResults } = await sim.run(client.send(DeleteAcls, { filters: [filter] }));
  expect(filterResults).toMatchObject([{ errorCode, matchingAcls: [] }]);
});
