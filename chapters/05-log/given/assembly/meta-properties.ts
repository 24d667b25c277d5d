/**
 * The `meta.properties` file of a log dir: to which cluster and node its data belongs, and the dir's own id. It keeps a
 * broker from starting on another one's data.
 *
 * Source: Kafka's `MetaProperties` (version 1), KIP-78, KIP-858.
 *
 * @module
 */
import { parseProperties, formatProperties } from "#ground/config/properties";
import { KafkaError } from "#ground/errors";
import { uuidToString } from "#ground/protocol/uuid";
import { randomUuid, type Disk, type Random } from "#ground/runtime";

const FILE_NAME = "meta.properties";

/** To whom a log dir belongs. */
export interface MetaProperties {
  readonly clusterId: string;
  readonly nodeId: number;
  /** The dir's own id, in Kafka's text form. */
  readonly directoryId: string;
}

/**
 * Reads the `meta.properties` of a log dir, or null if there is none.
 * @throws KafkaError INVALID_CONFIG when a value is missing or the version isn't 1
 */
export function readMetaProperties(disk: Disk, dir: string): MetaProperties | null {
  const path = `${dir}/${FILE_NAME}`;
  if (!disk.exists(path)) return null;
  const values = parseProperties(Buffer.from(disk.readFile(path)).toString("utf8"), path);
  const clusterId = values["cluster.id"];
  const nodeId = Number(values["node.id"]);
  const directoryId = values["directory.id"];
  if (values["version"] !== "1" || !clusterId || !Number.isInteger(nodeId) || !directoryId) {
    throw new KafkaError("INVALID_CONFIG", `expected version=1, cluster.id, node.id and directory.id in ${path}`);
  }
  return { clusterId, nodeId, directoryId };
}

/**
 * Makes sure that a log dir belongs to this node of this cluster: reads its `meta.properties`, or writes one.
 * @throws KafkaError INCONSISTENT_CLUSTER_ID, INVALID_CONFIG when it belongs to another one
 */
export function claimLogDir(
  disk: Disk,
  dir: string,
  owner: { readonly clusterId: string; readonly nodeId: number },
  random: Random,
): MetaProperties {
  const found = readMetaProperties(disk, dir);
  if (found === null) {
    const made = { ...owner, directoryId: uuidToString(randomUuid(random)) };
    writeMetaProperties(disk, dir, made);
    return made;
  }
  if (found.clusterId !== owner.clusterId) {
    throw new KafkaError(
      "INCONSISTENT_CLUSTER_ID",
      `expected data of cluster ${owner.clusterId} in ${dir}, got that of cluster ${found.clusterId}`,
    );
  }
  if (found.nodeId !== owner.nodeId) {
    throw new KafkaError(
      "INVALID_CONFIG",
      `expected data of node ${owner.nodeId} in ${dir}, got that of ${found.nodeId}`,
    );
  }
  return found;
}

function writeMetaProperties(disk: Disk, dir: string, { clusterId, nodeId, directoryId }: MetaProperties): void {
  const values = { "node.id": String(nodeId), "directory.id": directoryId, version: "1", "cluster.id": clusterId };
  disk.writeFileAtomically(`${dir}/${FILE_NAME}`, Buffer.from(formatProperties(values)));
}
