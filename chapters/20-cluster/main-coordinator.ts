/**
 * The process main of the coordination service alone. Says `ready: 127.0.0.1:PORT` on stdout, once, when clients are
 * served. Everything else goes to stderr. Its sessions outlive its restart: start it again on the same port.
 *
 * @module
 */
import { resolve } from "node:path";
import { CoordinationServer } from "#ground/coordination/coordination-server";
import { TcpCoordinationListener } from "#ground/coordination/tcp-listener";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { parseCoordinatorCommandLine } from "./command-line.ts";
import { fail, giveUp, stopOnSignals } from "./main-process.ts";

const HOST = "127.0.0.1";

async function main(): Promise<void> {
  const { data, port } = parseCoordinatorCommandLine(process.argv.slice(2));
  const runtime = createNodeRuntime();
  const onFailure = (error: Error): never => giveUp("coordination service", error);
  const folder = `${resolve(data)}/coordination`;
  const server = CoordinationServer.open(runtime, folder, onFailure, { keepSessions: true });
  const listener = await TcpCoordinationListener.start(runtime, server, { host: HOST, port });
  process.stdout.write(`ready: ${HOST}:${listener.port}\n`);
  stopOnSignals(runtime, async () => {
    await server.close();
    await listener.close();
  });
}

main().catch(fail);
