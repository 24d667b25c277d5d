/**
 * Every API that the broker serves, by key. What is here is told by ApiVersions; nothing else is.
 *
 * @module
 */
import { type ApiHandler } from "../handler.ts";
import { produce } from "./00-produce.ts";
import { fetch } from "./01-fetch.ts";
import { listOffsets } from "./02-list-offsets.ts";
import { metadata } from "./03-metadata.ts";
import { findCoordinator } from "./10-find-coordinator.ts";
import { saslHandshake } from "./17-sasl-handshake.ts";
import { apiVersions } from "./18-api-versions.ts";
import { createTopics } from "./19-create-topics.ts";
import { deleteTopics } from "./20-delete-topics.ts";
import { deleteRecords } from "./21-delete-records.ts";
import { initProducerId } from "./22-init-producer-id.ts";
import { offsetForLeaderEpoch } from "./23-offset-for-leader-epoch.ts";
import { describeConfigs } from "./32-describe-configs.ts";
import { saslAuthenticate } from "./36-sasl-authenticate.ts";
import { createPartitions } from "./37-create-partitions.ts";
import { electLeaders } from "./43-elect-leaders.ts";
import { alterPartition } from "./56-alter-partition.ts";
import { envelope } from "./58-envelope.ts";
import { describeCluster } from "./60-describe-cluster.ts";
import { allocateProducerIds } from "./67-allocate-producer-ids.ts";
import { fetchImage } from "./10001-fetch-image.ts";
import { controlledShutdown } from "./10002-controlled-shutdown.ts";

export const HANDLERS: readonly ApiHandler[] = [
  produce,
  fetch,
  listOffsets,
  metadata,
  findCoordinator,
  saslHandshake,
  apiVersions,
  createTopics,
  deleteTopics,
  deleteRecords,
  initProducerId,
  offsetForLeaderEpoch,
  describeConfigs,
  saslAuthenticate,
  createPartitions,
  electLeaders,
  alterPartition,
  envelope,
  describeCluster,
  allocateProducerIds,
  fetchImage,
  controlledShutdown,
];
