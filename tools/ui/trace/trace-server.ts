/**
 * Serves the page over a trace: `/trace` is the page, `/trace.json` what it shows. There is nothing to act upon.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { answer, listenOn } from "../server/http.ts";
import { PageFiles } from "../server/page-files.ts";
import { type Trace } from "./trace.ts";

/** See above. */
export class TraceServer {
  readonly #files = new PageFiles();
  readonly #trace: string;
  readonly #server: Server;
  #host = "";

  constructor(trace: Trace) {
    this.#trace = JSON.stringify(trace);
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  /** @returns the address for a browser */
  async listen(host: string, port: number): Promise<string> {
    this.#host = await listenOn(this.#server, host, port);
    return `http://${this.#host}/trace`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #serve({ method, headers, url = "/" }: IncomingMessage, response: ServerResponse): void {
    // A page from elsewhere may reach this port by a name that its owner has pointed here.
    if (headers.host !== this.#host) return answer(response, 403, `This is http://${this.#host}/trace`);
    if (method !== "GET") return answer(response, 405, "GET it.");
    const path = url.split("?")[0]!;
    if (path === "/trace.json") {
      response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" }).end(this.#trace);
    } else if (path === "/") {
      response.writeHead(302, { location: "/trace" }).end();
    } else if (!this.#files.send(path === "/trace" ? "/" : path, response)) {
      answer(response, 404, "There is nothing here.");
    }
  }
}

/** Serves until the process is told to end. Says `see: ADDRESS` on stdout. */
export async function serveTrace(trace: Trace, host: string, port: number): Promise<void> {
  const server = new TraceServer(trace);
  process.stdout.write(`see: ${await server.listen(host, port)}\n`);
  await new Promise<void>((end) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, end);
  });
  server.close();
}
