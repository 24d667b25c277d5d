/**
 * `npm run bench -- growth`: what becomes of start times, memory, open files, latencies and failover when there is more
 * of everything.
 *
 *   npm run bench -- growth                                  all three parts: partitions, connections, log
 *   npm run bench -- growth --only partitions                one of them
 *   npm run bench -- growth --only partitions --sizes 1000   with other sizes: partitions, connections, or GB of log
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BadRequest, wholeNumber } from "../course/selection.ts";
import { answer } from "../run/answer.ts";
import { connectionsColumn } from "./growth/connections.ts";
import { logColumn } from "./growth/log.ts";
import { partitionsColumn } from "./growth/partitions.ts";
import { descriptorLimit } from "./growth/process-facts.ts";
import { type Column, rowsOf } from "./growth/rows.ts";
import { printTable } from "./measure.ts";

interface Part {
  readonly title: string;
  readonly sizes: readonly number[];
  /** How many descriptors one process needs for a size. */
  descriptors(size: number): number;
  measure(size: number, data: string, port: number): Promise<Column>;
}

const PARTS: Readonly<Record<string, Part>> = {
  partitions: {
    title: "partitions, three replicas each, three brokers; memory, open files, CPU: of the broker with most",
    sizes: [100, 1_000, 2_000],
    descriptors: (partitions) => 3 * partitions + 200,
    measure: partitionsColumn,
  },
  connections: {
    title: "connections that rest, to one broker",
    sizes: [100, 1_000],
    descriptors: (connections) => connections + 300,
    measure: connectionsColumn,
  },
  log: { title: "GB of log, in one broker", sizes: [1, 10], descriptors: () => 300, measure: logColumn },
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: "string" }, sizes: { type: "string" } } });
  const { only } = values;
  if (only !== undefined && !Object.hasOwn(PARTS, only)) {
    throw new BadRequest(`--only ${only}: there are ${Object.keys(PARTS).join(", ")}.`);
  }
  if (values.sizes !== undefined && only === undefined) throw new BadRequest("--sizes goes with --only PART.");
  const sizes = values.sizes?.split(",").map((size) => wholeNumber("A size", size));
  for (const [name, part] of Object.entries(PARTS)) {
    if (only === undefined || only === name) await run(part, sizes ?? part.sizes);
  }
}

async function run(part: Part, sizes: readonly number[]): Promise<void> {
  const limit = descriptorLimit();
  const columns: [string, Column][] = [];
  for (const size of sizes) {
    if (part.descriptors(size) > limit) {
      const needs = `one process may open ${limit} files, and this needs about ${part.descriptors(size)}`;
      console.warn(`SKIPPED: ${size} ${part.title}: ${needs}: ulimit -n ${part.descriptors(size)}`);
      continue;
    }
    const data = mkdtempSync(join(tmpdir(), "katafka-bench-"));
    // Ports that stay the same when a broker is started again.
    const port = 20_000 + (process.pid % 20_000);
    try {
      columns.push([size.toLocaleString("en"), await part.measure(size, data, port)]);
    } finally {
      rmSync(data, { recursive: true, force: true });
    }
  }
  if (columns.length === 0) return;
  const head = ["", ...columns.map(([size]) => size)];
  printTable(`By the number of ${part.title}`, head, rowsOf(columns.map(([, column]) => column)));
}

// After a failure a client may still wait for brokers that are gone.
process.exit(await answer(main).catch((error: unknown) => {
  console.error(error);
  return 1;
}));
