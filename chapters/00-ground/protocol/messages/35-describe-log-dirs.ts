import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, int64, string } from "../schema.ts";

/**
 * Reads how large each partition is in each log directory (KIP-113).
 *
 * What came with which version:
 * - 2: flexible
 * - 3: a top-level error
 * - 4: the size of the disk (KIP-827)
 */
export const DescribeLogDirs = api({
  key: 35,
  name: "DescribeLogDirs",
  versions: [1, 4],
  flexibleFrom: 2,
  request: {
    /** null: all. */
    topics: array({
      topic: string(),
      partitions: array(int32()),
    }, { nullable: true }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16({ since: 3 }),
    results: array({
      errorCode: int16(),
      logDir: string(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          partitionSize: int64(),
          /** How far a copy being moved is behind. */
          offsetLag: int64(),
          /** Whether it is a copy that will replace the present one, in another directory. */
          isFutureKey: bool(),
        }),
      }),
      /** Of the disk; −1: not known. */
      totalBytes: int64({ since: 4, default: -1 }),
      usableBytes: int64({ since: 4, default: -1 }),
    }),
  },
});

/** A decoded DescribeLogDirs request. */
export type DescribeLogDirsRequest = RequestOf<typeof DescribeLogDirs>;

/** A decoded DescribeLogDirs response. */
export type DescribeLogDirsResponse = ResponseOf<typeof DescribeLogDirs>;
