/**
 * Chapter 4: from batches to the brokers, and the producer as a whole.
 *
 * @module
 */
export { BatchFuture } from "./batch-sends.ts";
export { bootstrapCluster } from "./bootstrap-servers.ts";
export { PlainSerializer } from "./create-serializer.ts";
export { ExponentialBackoff } from "./exponential-backoff.ts";
export { InFlightRequests, type SentRequest } from "./in-flight-requests.ts";
export { KafkaProducer, type ProducerOptions } from "./kafka-producer.ts";
export { MetadataUpdater } from "./metadata-updater.ts";
export { Metadata, newestPartition } from "./metadata.ts";
export { NetworkClient, type RequestHandler } from "./network-client.ts";
export { ProducerIdRequest } from "./producer-id-request.ts";
export { type ProducerInterceptor, ProducerInterceptors } from "./producer-interceptors.ts";
export { type ProducerRecord } from "./producer-record.ts";
export { ProducerSequences } from "./producer-sequences.ts";
export { type UnheardFailure } from "./send-failures.ts";
export { SendFuture } from "./send-future.ts";
export { Sender, type SenderListener } from "./sender.ts";
