/**
 * What brokers ask each other besides the APIs that clients know. None of it is told by ApiVersions.
 *
 * Envelope and AllocateProducerIds are Kafka's own. FetchImage, ControlledShutdown and OfflineReplicas are ours.
 * (*Different*: the controller of Kafka 3 pushes UpdateMetadata and LeaderAndIsr. Kafka 4's brokers fetch the log of
 * the metadata, as these fetch the image, and say in a heartbeat that they shut down, and which log dirs have failed.)
 *
 * @module
 */
import { api } from "#ground/protocol/api";
import { array, bytes, int16, int32, int64, int8, string, uuid } from "#ground/protocol/schema";

/** A broker tells the controller that it is about to stop. */
export const ControlledShutdown = api({
  key: 10_002,
  name: "ControlledShutdown",
  versions: [0, 0],
  flexibleFrom: 0,
  request: { brokerId: int32(), brokerEpoch: int64({ default: -1 }) },
  response: {
    errorCode: int16(),
    remainingPartitions: array({ topicName: string(), partitionIndex: int32() }),
  },
});

/** A broker tells the controller which of its replicas it can't use, because a log dir has failed: all of them. */
export const OfflineReplicas = api({
  key: 10_003,
  name: "OfflineReplicas",
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    brokerId: int32(),
    brokerEpoch: int64({ default: -1 }),
    /** As `replicaName` names them. */
    replicas: array(string()),
  },
  response: { errorCode: int16() },
});

/** A client's request that only the controller can answer, as it came, and who sent it (KIP-590). */
export const Envelope = api({
  key: 58,
  name: "Envelope",
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    /** Header and body. */
    requestData: bytes(),
    /** Null for a client that has not said who it is. */
    requestPrincipal: bytes({ nullable: true }),
    /** The client's IP address: 4 or 16 bytes; empty when it isn't known. */
    clientHostAddress: bytes(),
  },
  response: {
    /** Header and body, for the client. */
    responseData: bytes({ nullable: true }),
    errorCode: int16(),
  },
});

/** A broker asks the controller for producer ids to give out (KIP-730). */
export const AllocateProducerIds = api({
  key: 67,
  name: "AllocateProducerIds",
  versions: [0, 0],
  flexibleFrom: 0,
  request: { brokerId: int32(), brokerEpoch: int64({ default: -1 }) },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerIdStart: int64(),
    producerIdLen: int32(),
  },
});

/** A broker asks the controller for an image that is newer than its own. The answer waits until there is one. */
export const FetchImage = api({
  key: 10_001,
  name: "FetchImage",
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    brokerId: int32(),
    controllerEpoch: int32(),
    version: int64(),
    maxWaitMs: int32(),
  },
  response: {
    errorCode: int16(),
    /** One image, or none when there is no newer one yet. */
    images: array({
      clusterId: string(),
      controllerId: int32(),
      controllerEpoch: int32(),
      version: int64(),
      brokers: array({
        brokerId: int32(),
        brokerEpoch: int64(),
        endPoints: array({ name: string(), protocol: string(), host: string(), port: int32() }),
        rack: string({ nullable: true }),
        inControlledShutdown: int8(),
        /** As `replicaName` names them. */
        offlineReplicas: array(string()),
      }),
      topics: array({
        name: string(),
        topicId: uuid(),
        partitions: array({
          replicas: array(int32()),
          addingReplicas: array(int32()),
          removingReplicas: array(int32()),
          isr: array(int32()),
          leader: int32(),
          leaderEpoch: int32(),
          leaderBrokerEpoch: int64(),
          partitionEpoch: int32(),
        }),
        configs: array({ name: string(), value: string() }),
      }),
      /** What is set for brokers while they run: by id, and under an empty name for all. */
      brokerConfigs: array({ broker: string(), configs: array({ name: string(), value: string() }) }),
    }),
  },
});
