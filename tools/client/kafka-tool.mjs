#!/usr/bin/env node
/**
 * Starts one of Kafka's tools on the reference: `node tools/client/kafka-tool.mjs kafka-topics …`, or by a link with the tool's
 * name, with or without Kafka's `.sh`, as `bin` in package.json makes them.
 */
import { register } from "node:module";
import { basename } from "node:path";
import { register as registerTsx } from "tsx/esm/api";

registerTsx();
register("./reference-only.mjs", import.meta.url);
const { main } = await import("../../chapters/20-cluster/main-tool.ts");
const [, program, ...args] = process.argv;
const name = basename(program).replace(/\.(sh|mjs)$/, "");
process.exitCode = await main(name === "kafka-tool" ? args : [name, ...args]);
