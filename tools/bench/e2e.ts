/**
 * `npm run bench -- e2e`: how long a record is on its way, from `send` to the loop of who reads it. Writer and reader
 * are processes of their own, as is the broker; 100 B records, three partitions. A client gets a tenth of what it can
 * send: waiting in a queue is not what is measured.
 *
 *   npm run bench -- e2e                      the table
 *   npm run bench -- e2e --only katafka       clients whose name has this in it
 *   npm run bench -- e2e --rate 5000          so many records a second
 *   npm run bench -- e2e --seconds 20         so long; before that come some seconds that don't count
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BadRequest, wholeNumber } from "../course/selection.ts";
import { answer } from "../run/answer.ts";
import { CLIENTS } from "./e2e/clients.ts";
import { measureEndToEnd } from "./e2e/measure.ts";
import { perSecond, printTable } from "./measure.ts";
import { connect, createTopic, startBrokers } from "./start-brokers.ts";

const PARTITIONS = 3;
/** A tenth of what `npm run bench -- producer` shows for kafkajs, and for katafka. */
const RATES = [18_000, 170_000];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", default: "" },
      rate: { type: "string" },
      seconds: { type: "string", default: "10" },
    },
  });
  const names = Object.keys(CLIENTS).filter((name) => name.includes(values.only));
  if (names.length === 0) throw new BadRequest(`--only ${values.only}: there are ${Object.keys(CLIENTS).join(", ")}.`);
  const seconds = wholeNumber("The number of seconds", values.seconds);
  const rates = values.rate === undefined ? RATES : [wholeNumber("The rate", values.rate)];
  const data = mkdtempSync(join(tmpdir(), "katafka-bench-"));
  const broker = await startBrokers(["--brokers", "1", "--port", "0", "--data", data]);
  try {
    for (const rate of rates) {
      const rows: string[][] = [];
      for (const client of names) {
        // A tenth for one is all that the other can do.
        if (client === "kafkajs" && values.rate === undefined && rate > RATES[0]!) continue;
        const topic = `e2e-${Object.keys(CLIENTS).indexOf(client)}-${rate}`;
        const admin = await connect(broker.addresses);
        await createTopic(admin, topic, PARTITIONS).finally(() => admin.close());
        const load = { client, address: broker.addresses, topic, recordsPerSecond: rate, seconds, valueBytes: 100 };
        const { p50, p99, p999, max } = await measureEndToEnd(load);
        rows.push([client, ...[p50, p99, p999, max].map((ms) => ms.toFixed(2))]);
      }
      const title = `${perSecond(rate)} records/s of 100 B for ${seconds} s: from send to receive, in ms`;
      printTable(title, ["client", "p50", "p99", "p99.9", "max"], rows);
    }
  } finally {
    await broker.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

process.exitCode = await answer(main);
