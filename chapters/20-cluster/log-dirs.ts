/**
 * What is in a broker's log dirs: DescribeLogDirs tells.
 *
 * @module
 */
import { type TopicPartition } from "#ground/topic-partition";
import { type LogManager } from "#log";

/** A replica in a log dir. */
export interface ReplicaInDir extends TopicPartition {
  readonly sizeBytes: number;
  /** By how many committed records its log is behind, as far as it knows. */
  readonly offsetLag: number;
}

/** One log dir. */
export interface LogDirContent {
  readonly path: string;
  readonly isOffline: boolean;
  readonly replicas: readonly ReplicaInDir[];
}

/** @param paths `log.dirs` */
export function logDirContents(paths: readonly string[], { all, offlineDirs }: LogManager): LogDirContent[] {
  const contents = new Map(paths.map((path) => [path, [] as ReplicaInDir[]]));
  for (const { folder, topicPartition, sizeInBytes, highWatermark, logEndOffset } of all) {
    const replica = { ...topicPartition, sizeBytes: sizeInBytes, offsetLag: Math.max(0, highWatermark - logEndOffset) };
    contents.get(folder.slice(0, folder.lastIndexOf("/")))!.push(replica);
  }
  return Array.from(contents, ([path, replicas]) => ({ path, isOffline: offlineDirs.includes(path), replicas }));
}
