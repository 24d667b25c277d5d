/**
 * What the servers of pages have in common.
 *
 * @module
 */
import { type Server, type ServerResponse } from "node:http";
import { type AddressInfo } from "node:net";

/** Listens. @returns `host:port`, with the port that is free when 0 was asked for */
export async function listenOn(server: Server, host: string, port: number): Promise<string> {
  await new Promise<void>((listening, failed) => {
    server.once("error", failed).listen(port, host, listening);
  });
  return `${host}:${(server.address() as AddressInfo).port}`;
}

/** Answers with a text. */
export function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
}

/** Ends the process with a sentence on stderr. */
export function endWith(error: unknown): never {
  const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
  const text = isTaken ? "The port is taken: choose another one with --ui-port." : (error as Error).message;
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
