/** There are no transactions yet: clients that want some are told so in a way that ends their asking. */
import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BrokerProcess, temporaryFolder } from "./broker-process.ts";
import { hasKcat, run } from "./processes.ts";

const LIMIT_MS = 60_000;
/** Both clients would ask for a minute and more if they thought that it might come to be. */
const SOON_MS = 15_000;

const data = temporaryFolder();
let broker: BrokerProcess;

beforeAll(async () => {
  broker = await BrokerProcess.start(data.path);
}, LIMIT_MS);

afterAll(async () => {
  await broker.stop();
  data.remove();
}, LIMIT_MS);

test("kafkajs gives up at once", { timeout: LIMIT_MS }, async () => {
  const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ transactionalId: "t", idempotent: true, maxInFlightRequests: 1 });
  const startMs = performance.now();
  await producer.connect();
  await expect(producer.transaction()).rejects.toMatchObject({ retriable: false });
  expect(performance.now() - startMs).toBeLessThan(SOON_MS);
  await producer.disconnect();
});

test.skipIf(!hasKcat())("kcat (librdkafka) gives up at once", { timeout: LIMIT_MS }, async () => {
  const startMs = performance.now();
  const { code, stderr } = await run("kcat", ["-b", broker.address, "-P", "-t", "x", "-X", "transactional.id=t"], "a");
  expect(stderr).toContain("Transactional");
  expect(code).toBe(1);
  expect(performance.now() - startMs).toBeLessThan(SOON_MS);
});
