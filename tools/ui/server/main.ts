/**
 * The process of the picture in the browser: `npm start -- --ui` and `npm run ui` start it. Says `see: ADDRESS` (to
 * `npm start`: `ready: ADDRESS`) on stdout, once, when the page is served.
 *
 * @module
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { nativeCrc32c } from "#ground/node/native-crc32c";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { endWith } from "./http.ts";
import { ForeignCluster } from "./foreign-cluster.ts";
import { ObservedCluster } from "./observed-cluster.ts";
import { readTrace } from "../trace/trace-file.ts";
import { serveTrace } from "../trace/trace-server.ts";
import { UiServer } from "./ui-server.ts";
import { UiSession } from "./ui-session.ts";

/** Of the topics that the page makes. */
const PARTITIONS = 4;
const PAGE = fileURLToPath(new URL("../dist", import.meta.url));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: "string", default: "data" },
      "bootstrap-server": { type: "string" },
      trace: { type: "string" },
      "ui-port": { type: "string", default: "9090" },
      "ui-host": { type: "string", default: "127.0.0.1" },
    },
  });
  const [host, port] = [values["ui-host"], Number(values["ui-port"])];
  if (values.trace !== undefined) return serveTrace(readTrace(resolve(values.trace)), host, port);
  const servers = values["bootstrap-server"];
  const crc32c = nativeCrc32c();
  const session = new UiSession(
    servers === undefined ? new ObservedCluster(resolve(values.data)) : new ForeignCluster(servers),
    () => createNodeRuntime({ crc32c }),
    PARTITIONS,
  );
  await session.look().catch((error: unknown) => {
    if (servers !== undefined) throw error;
    throw new Error(`No cluster of several brokers runs over ${resolve(values.data)}. Start one: npm start -- --ui`);
  });
  const server = new UiServer(session, PAGE);
  let isStopping = false;
  const stop = (): void => {
    // Ctrl-C at a terminal comes from there, from npm and from `npm run ui`.
    if (isStopping) return;
    isStopping = true;
    server.close();
    void session.stop().finally(() => process.exit(0));
  };
  process.on("SIGINT", stop).on("SIGTERM", stop).on("SIGHUP", stop).on("disconnect", stop);
  // "see:" is for people, when they have started it themselves.
  const word = process.send === undefined ? "see" : "ready";
  process.stdout.write(`${word}: ${await server.listen(host, port)}\n`);
}

main().catch(endWith);
