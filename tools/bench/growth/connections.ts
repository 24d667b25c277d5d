/**
 * More and more connections that ask for nothing, to one broker.
 *
 * @module
 */
import { type BrokerConnection } from "#ground/network/broker-connection";
import { KafkaProducer } from "#sender";
import { connect, createTopic, startBrokers } from "../start-brokers.ts";
import { fetchLatency, produceLatency } from "./latencies.ts";
import { lookAt } from "./process-facts.ts";
import { type Column, duration, factRows } from "./rows.ts";

const TOPIC = "growth";
/** Opened side by side: a listener's queue isn't endless. */
const AT_ONCE = 50;

/** Measures with `count` connections. @param data an empty folder */
export async function connectionsColumn(count: number, data: string): Promise<Column> {
  const broker = await startBrokers(["--brokers", "1", "--port", "0", "--data", data]);
  const open: BrokerConnection[] = [];
  try {
    const startMs = performance.now();
    while (open.length < count) {
      const some = Array.from({ length: Math.min(AT_ONCE, count - open.length) }, () => connect(broker.addresses));
      open.push(...(await Promise.all(some)));
    }
    const connected = duration(performance.now() - startMs);
    await createTopic(open[0]!, TOPIC, 1);
    const producer = new KafkaProducer({ "bootstrap.servers": broker.addresses, "linger.ms": 0 });
    const facts = await lookAt([broker.pid]);
    const produced = duration(await produceLatency(producer, TOPIC));
    const fetched = duration(await fetchLatency(open.at(-1)!, TOPIC));
    await producer.close();
    return new Map([["connecting", connected], ...factRows(facts), ["produce", produced], ["fetch", fetched]]);
  } finally {
    for (const connection of open) connection.close();
    await broker.stop();
  }
}
