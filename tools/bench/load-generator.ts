/**
 * The other side of `npm run bench -- broker`: a process that produces or consumes as fast as the broker lets it. It
 * builds its batches once, and never looks into what it reads, so that the broker is measured and not the client.
 *
 * Takes one JSON argument, a {@link LoadTask}; prints one JSON line, a {@link LoadResult}.
 *
 * @module
 */
import { BrokerConnection } from "#ground/network/broker-connection";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { Produce } from "#ground/protocol/messages/00-produce";
import { Fetch } from "#ground/protocol/messages/01-fetch";
import { RecordBatchBuilder } from "#serialization";
import { type LoadResult, type LoadTask } from "./load-task.ts";

/** Requests on the way at a time, as `max.in.flight.requests.per.connection`. */
const IN_FLIGHT = 5;
const FETCH_BYTES = 1 << 20;
const FIRST_VERSION_WITHOUT_NAMES = 13;

async function main(): Promise<void> {
  const task = JSON.parse(process.argv[2]!) as LoadTask;
  const runtime = createNodeRuntime();
  const timeouts = { connectTimeoutMs: 10_000, requestTimeoutMs: 60_000 };
  const options = { host: "127.0.0.1", port: task.port, clientId: "bench", ...timeouts };
  const connection = await BrokerConnection.connect(runtime, options);
  const startCpu = process.cpuUsage();
  const startMs = performance.now();
  const work = task.kind === "produce" ? produceAll : consumeAll;
  const { records, bytes } = await work(connection, task);
  const ms = performance.now() - startMs;
  const { user, system } = process.cpuUsage(startCpu);
  const result: LoadResult = { records, bytes, ms, cpuMs: (user + system) / 1000 };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  connection.close();
}

type Amount = Pick<LoadResult, "records" | "bytes">;

async function produceAll(connection: BrokerConnection, task: LoadTask): Promise<Amount> {
  const { batch, count } = buildBatch(task);
  const requests = Math.ceil(task.totalRecords / count);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < requests) {
      const index = next++ % task.partitions;
      const topicData = [{ name: task.topic, partitionData: [{ index, records: batch }] }];
      const { responses } = await connection.send(Produce, { acks: task.acks, timeoutMs: 30_000, topicData });
      const { errorCode } = responses[0]!.partitionResponses[0]!;
      if (errorCode !== 0) throw new Error(`produce: error ${errorCode}`);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return { records: requests * count, bytes: requests * batch.length };
}

/** Reads every partition from its start; one fetch a partition is under way at a time. */
async function consumeAll(connection: BrokerConnection, task: LoadTask): Promise<Amount> {
  let records = 0;
  let bytes = 0;
  const { batch, count } = buildBatch(task);
  const worker = async (partition: number): Promise<void> => {
    for (let fetchOffset = 0; ; ) {
      const topics = [{ topic: task.topic, partitions: [{ partition, fetchOffset, partitionMaxBytes: FETCH_BYTES }] }];
      const request = { maxWaitMs: 0, minBytes: 1, maxBytes: FETCH_BYTES, topics };
      const { responses } = await connection.send(Fetch, request, { version: FIRST_VERSION_WITHOUT_NAMES - 1 });
      const { errorCode, records: got, highWatermark } = responses[0]!.partitions[0]!;
      if (errorCode !== 0) throw new Error(`fetch: error ${errorCode}`);
      // All batches are alike, so their number says where the next one begins.
      const read = (got!.length / batch.length) * count;
      records += read;
      bytes += got!.length;
      fetchOffset += read;
      if (fetchOffset >= Number(highWatermark)) return;
    }
  };
  await Promise.all(Array.from({ length: task.partitions }, (_, partition) => worker(partition)));
  return { records, bytes };
}

function buildBatch({ valueBytes, batchBytes }: LoadTask): { batch: Uint8Array; count: number } {
  const builder = new RecordBatchBuilder({ capacity: batchBytes });
  const value = Buffer.alloc(valueBytes, "v");
  const nowMs = Date.now();
  while (builder.hasRoomFor(nowMs, null, value)) builder.append(nowMs, null, value);
  const { count } = builder;
  return { batch: builder.build(), count };
}

await main();
