/**
 * Chapter 4: from batches to the brokers, and the producer as a whole.
 *
 * @module
 */
export { bootstrapCluster } from "./assembly/bootstrap-servers.ts";
export { createClientParts } from "./assembly/client-parts.ts";
export { closeAll } from "./assembly/close-all.ts";
export { createInterceptors } from "./assembly/create-interceptors.ts";
export { createSerde } from "./assembly/create-serde.ts";
export { PlainSerializer } from "./assembly/create-serializer.ts";
export { ExponentialBackoff } from "#sender/exponential-backoff";
export { InFlightRequests, type SentRequest } from "#sender/in-flight-requests";
export { KafkaProducer, type ProducerOptions } from "./assembly/kafka-producer.ts";
export { type LoopStep, SenderLoop } from "./sender-loop.ts";
export { MetadataUpdater } from "./metadata-updater.ts";
export { Metadata, newestPartition } from "#sender/metadata";
export { NetworkClient, type RequestHandler } from "#sender/network-client";
export { ProducerIdRequest } from "./producer-id-request.ts";
export { type ProducerInterceptor, ProducerInterceptors } from "#sender/producer-interceptors";
export { type ProducerRecord } from "./assembly/producer-record.ts";
export { ProducerSequences } from "#sender/producer-sequences";
export { type UnheardFailure } from "./assembly/send-failures.ts";
export { SendFuture } from "./assembly/send-future.ts";
export { Sender, type SenderListener } from "#sender/sender";
