/**
 * DescribeLogDirs: which replicas are in which log dir of this broker, and how large they are.
 *
 * Behaviour / Version notes
 * - No topics given: all. Partitions that aren't here are left out.
 * - A dir that has failed is told with KAFKA_STORAGE_ERROR, and without what was in it.
 * - Replicas don't move from dir to dir: none is a future one.
 * - v3 has an error for all; v4 the sizes of disks. (*Simplified*: not known here, -1.)
 *
 * @module
 */
import { ERRORS } from "#ground/errors";
import { groupBy } from "#ground/group-by";
import { DescribeLogDirs, type DescribeLogDirsRequest } from "#ground/protocol/messages/35-describe-log-dirs";
import { nameOf } from "#ground/topic-partition";
import { type ApiHandler, handler } from "../handler.ts";
import { type LogDirContent } from "../log-dirs.ts";

export const describeLogDirs: ApiHandler = handler({
  api: DescribeLogDirs,
  versions: [1, 4],
  handle({ topics }, { broker }) {
    const wanted = topics === null ? null : new Set(names(topics));
    return { results: broker.logDirs().map((dir) => ({ ...toResult(dir, wanted), totalBytes: -1, usableBytes: -1 })) };
  },
});

function names(topics: NonNullable<DescribeLogDirsRequest["topics"]>): string[] {
  return topics.flatMap(({ topic, partitions }) => partitions.map((partition) => nameOf({ topic, partition })));
}

function toResult({ path, isOffline, replicas }: LogDirContent, wanted: ReadonlySet<string> | null): object {
  if (isOffline) return { errorCode: ERRORS.KAFKA_STORAGE_ERROR[0], logDir: path };
  const told = replicas.filter((one) => wanted === null || wanted.has(nameOf(one)));
  return {
    logDir: path,
    topics: Array.from(groupBy(told, ({ topic }) => topic), ([name, ofTopic]) => ({
      name,
      partitions: ofTopic.map(({ partition, sizeBytes, offsetLag }) => {
        return { partitionIndex: partition, partitionSize: sizeBytes, offsetLag };
      }),
    })),
  };
}
