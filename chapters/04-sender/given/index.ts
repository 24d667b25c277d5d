/**
 * Chapter 4: from batches to the brokers, and the producer as a whole.
 *
 * @module
 */
export { bootstrapCluster } from "./bootstrap-servers.ts";
export { createClientParts } from "./client-parts.ts";
export { closeAll } from "./close-all.ts";
export { createInterceptors } from "./create-interceptors.ts";
export { createSerde } from "./create-serde.ts";
export { PlainSerializer } from "./create-serializer.ts";
export { ExponentialBackoff } from "#sender/exponential-backoff";
export { InFlightRequests, type SentRequest } from "#sender/in-flight-requests";
export { KafkaProducer, type ProducerOptions } from "./kafka-producer.ts";
export { type LoopStep, SenderLoop } from "./sender-loop.ts";
export { MetadataUpdater } from "./metadata-updater.ts";
export { Metadata, newestPartition } from "#sender/metadata";
export { NetworkClient, type RequestHandler } from "#sender/network-client";
export { ProducerIdRequest } from "./producer-id-request.ts";
export { type ProducerInterceptor, ProducerInterceptors } from "#sender/producer-interceptors";
export { type ProducerRecord } from "./producer-record.ts";
export { ProducerSequences } from "#sender/producer-sequences";
export { type UnheardFailure } from "./send-failures.ts";
export { SendFuture } from "./send-future.ts";
export { Sender, type SenderListener } from "#sender/sender";
