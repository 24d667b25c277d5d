/**
 * From an answer to Metadata to a {@link Cluster}, and to what is wrong with topics that were asked for.
 *
 * Source: `MetadataResponse`, `Metadata.handleMetadataResponse`.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import { type Cluster } from "#ground/cluster";
import { type MetadataResponse } from "#ground/protocol/messages/03-metadata";
import {
  type ChoosePartition, type MetadataAnswer
} from "#sender/given/assembly/metadata-parts";

/**
 * Reads an answer to Metadata.
 *
 * - A topic with an error is not in the cluster, but among the errors. If the error is retriable (the topic is just
 *   being created, say), the answer is incomplete; a name that can't be, or a topic that isn't ours to see, is final.
 * - Of every other topic each partition is in the cluster, as `newest` chooses between what was known of it and the
 *   answer. But its leader is always the broker as *this* answer names it, since brokers move: one that this answer
 *   doesn't name is no leader (null).
 * - The answer is incomplete when it says no leader for some partition, or when the chosen one has none.
 * - A topic without a name (null) is passed over.
 *
 * @exercise 4.3 readMetadataAnswer
 * @param previous - what was known before
 * @param newest - told also whether the answer speaks of the same topic as what was known, or of one that was created
 *   anew under its name (`isSameTopic`)
 */
export function readMetadataAnswer(
  response: MetadataResponse,
  previous: Cluster,
  newest: ChoosePartition,
): MetadataAnswer {
  throw new NotImplementedError("4.3 readMetadataAnswer");
}
