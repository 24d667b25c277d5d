import { KafkaError } from "#ground/errors";
import { uuidFromString, uuidToString } from "#ground/protocol/uuid";
import { type Disk } from "#ground/runtime";
import { flushed } from "./checkpoint-file.ts";

const FILE_NAME = "partition.metadata";

/**
 * The `partition.metadata` file of a partition's folder: the id of the topic that the records belong to. A topic that
 * is deleted and made again under the same name has another id, so old records are never taken for new ones.
 *
 * Source: Kafka's `PartitionMetadataFile`, KIP-516.
 */
export class PartitionMetadataFile {
  readonly #disk: Disk;
  readonly #path: string;
  #topicId: Uint8Array | null;

  /**
   * Writes the file of a new folder, as {@link assign} would; but nobody has to wait for the device meanwhile.
   * @throws DiskError
   */
  static async write(disk: Disk, folder: string, topicId: Uint8Array): Promise<void> {
    const path = `${folder}/${FILE_NAME}`;
    const temporary = `${path}.tmp`;
    disk.remove(temporary);
    await flushed(disk.open(temporary, { create: true }), contentOf(topicId));
    disk.rename(temporary, path);
    // With the file its new name is flushed.
    await flushed(disk.open(path));
  }

  /** Reads the file, if there is one. @throws KafkaError KAFKA_STORAGE_ERROR when it is malformed */
  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#path = `${folder}/${FILE_NAME}`;
    this.#topicId = disk.exists(this.#path) ? parse(disk.readFile(this.#path), this.#path) : null;
  }

  /** The topic's id, 16 bytes, or null. */
  get topicId(): Uint8Array | null {
    return this.#topicId;
  }

  /** Writes the file if there is none. @throws KafkaError INCONSISTENT_TOPIC_ID when it says another id */
  assign(topicId: Uint8Array): void {
    if (this.#topicId === null) {
      this.#disk.writeFileAtomically(this.#path, contentOf(topicId));
      this.#topicId = topicId;
    } else if (Buffer.compare(this.#topicId, topicId) !== 0) {
      const found = uuidToString(this.#topicId);
      throw new KafkaError(
        "INCONSISTENT_TOPIC_ID",
        `expected topic id ${uuidToString(topicId)} in ${this.#path}, got ${found}`,
      );
    }
  }
}

function contentOf(topicId: Uint8Array): Uint8Array {
  return Buffer.from(`version: 0\ntopic_id: ${uuidToString(topicId)}`);
}

function parse(bytes: Uint8Array, path: string): Uint8Array {
  const text = Buffer.from(bytes).toString("utf8");
  const match = /^version: 0\ntopic_id: ([\w-]{22})\n?$/.exec(text);
  if (match === null) {
    throw new KafkaError(
      "KAFKA_STORAGE_ERROR",
      `expected version 0 and a topic_id in ${path}, got ${JSON.stringify(text)}`,
    );
  }
  return uuidFromString(match[1]!);
}
