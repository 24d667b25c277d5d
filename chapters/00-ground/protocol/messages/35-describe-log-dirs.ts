import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, int64, string } from "../schema.ts";

export const DescribeLogDirs = api({
  key: 35,
  name: "DescribeLogDirs",
  versions: [1, 4],
  flexibleFrom: 2,
  request: {
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
          offsetLag: int64(),
          isFutureKey: bool(),
        }),
      }),
      totalBytes: int64({ since: 4, default: -1 }),
      usableBytes: int64({ since: 4, default: -1 }),
    }),
  },
});

export type DescribeLogDirsRequest = RequestOf<typeof DescribeLogDirs>;
export type DescribeLogDirsResponse = ResponseOf<typeof DescribeLogDirs>;
