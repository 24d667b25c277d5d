/**
 * The `partition.metadata` file of a partition's folder: the id of the topic that the records belong to. A topic that is
 * deleted and made again under the same name has another id, so old data is never taken for new.
 *
 * Source: Kafka's `PartitionMetadataFile`, KIP-516.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { uuidFromString, uuidToString } from "#ground/protocol/uuid";
import { type Disk } from "#ground/runtime";

const FILE_NAME = "partition.metadata";

/**
 * The topic id in a partition's folder (16 bytes), or null if there is no file.
 * @throws KafkaError KAFKA_STORAGE_ERROR when the file is malformed
 */
export function readPartitionMetadata(disk: Disk, folder: string): Uint8Array | null {
  const path = `${folder}/${FILE_NAME}`;
  if (!disk.exists(path)) return null;
  const text = Buffer.from(disk.readFile(path)).toString("utf8");
  const match = /^version: 0\ntopic_id: ([\w-]{22})\n?$/.exec(text);
  if (match === null) {
    throw new KafkaError("KAFKA_STORAGE_ERROR", `expected version 0 and a topic_id in ${path}, got ${JSON.stringify(text)}`);
  }
  return uuidFromString(match[1]!);
}

/** Writes the topic id into a partition's folder. */
export function writePartitionMetadata(disk: Disk, folder: string, topicId: Uint8Array): void {
  const text = `version: 0\ntopic_id: ${uuidToString(topicId)}`;
  disk.writeFileAtomically(`${folder}/${FILE_NAME}`, Buffer.from(text));
}
