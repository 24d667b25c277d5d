/**
 * How long a record takes to be acknowledged, and to be read, when nothing else goes on.
 *
 * @module
 */
import { type BrokerConnection } from "#ground/network/broker-connection";
import { Fetch } from "#ground/protocol/messages/01-fetch";
import { type KafkaProducer } from "#sender";
import { median } from "../measure.ts";

const TIMES = 30;
/** The last version that names topics. */
const FETCH_VERSION = 12;

/** The median, in milliseconds, from `send` to the acknowledgement. */
export async function produceLatency(producer: KafkaProducer, topic: string): Promise<number> {
  return timed(async () => void (await producer.send({ topic, partition: 0, value: "growth" })));
}

/** The median, in milliseconds, of a fetch of records that are there. @param leader of partition 0 */
export async function fetchLatency(leader: BrokerConnection, topic: string): Promise<number> {
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 4_096 }];
  const request = { maxWaitMs: 0, minBytes: 1, maxBytes: 4_096, topics: [{ topic, partitions }] };
  return timed(async () => {
    const { responses } = await leader.send(Fetch, request, { version: FETCH_VERSION });
    const { errorCode } = responses[0]!.partitions[0]!;
    if (errorCode !== 0) throw new Error(`Fetch: error ${errorCode}`);
  });
}

async function timed(run: () => Promise<void>): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < TIMES; i++) {
    const startMs = performance.now();
    await run();
    all.push(performance.now() - startMs);
  }
  return median(all);
}
