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
export { InFlightRequests } from "#sender/in-flight-requests";
export { KafkaProducer, type ProducerOptions } from "./assembly/kafka-producer.ts";
export { type LoopStep, SenderLoop } from "./sender-loop.ts";
export { MetadataUpdater } from "#sender/metadata-updater";
export { Metadata, newestPartition } from "#sender/metadata";
export { NetworkClient } from "#sender/network-client";
export { type RequestHandler, type SentRequest } from "./assembly/network-request.ts";
export { ProducerIdRequest } from "./assembly/producer-id-request.ts";
export { type ProducerInterceptor } from "./assembly/producer-interceptor.ts";
export { ProducerInterceptors } from "#sender/producer-interceptors";
export { type ProducerRecord } from "./assembly/producer-record.ts";
export { ProducerSequences } from "#sender/producer-sequences";
export { type UnheardFailure } from "./assembly/send-failures.ts";
export { SendFuture } from "./assembly/send-future.ts";
export { Sender } from "#sender/sender";
export { type SenderListener } from "./assembly/sender-parts.ts";
