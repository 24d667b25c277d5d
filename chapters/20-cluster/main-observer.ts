/**
 * A broker's process tells what it knows, over HTTP on the loopback address: `/state` as JSON, `/metrics` for
 * Prometheus under Kafka's names. It begins to listen when the process that started it asks for it, so nobody looking
 * costs nothing.
 *
 * @module
 */
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo } from "node:net";
import { type Broker } from "./broker.ts";
import { type BrokerState } from "./broker-state.ts";
import { metricsOf } from "./broker-metrics.ts";

const LOOPBACK = "127.0.0.1";

/** The answer to `/state`. */
export interface ObservedState extends BrokerState {
  readonly rssBytes: number;
  /** Since the process started. */
  readonly cpuMs: number;
}

/** Listens. @param port 0: one that is free. @returns the port */
export async function observe(broker: Broker, port: number = 0): Promise<number> {
  const server = createServer((request, response) => {
    // Another page in the same browser may reach this port by a name of its own: only the address itself will do.
    if (request.headers.host?.startsWith(`${LOOPBACK}:`) !== true) return void answer(response, 403, "text/plain", "");
    serve(broker, request.url ?? "/", response).catch((error: unknown) => {
      answer(response, 500, "text/plain", String(error));
    });
  });
  await new Promise<void>((listening, failed) => {
    server.once("error", failed).listen(port, LOOPBACK, listening);
  });
  // It doesn't keep the process.
  server.unref();
  return (server.address() as AddressInfo).port;
}

async function serve(broker: Broker, path: string, response: ServerResponse): Promise<void> {
  if (path === "/state") {
    const state = broker.state();
    if (state === null) return isStarting(response);
    const seen: ObservedState = { ...state, ...ownProcess() };
    return answer(response, 200, "application/json", JSON.stringify(seen));
  }
  if (path === "/metrics") {
    const metrics = await metricsOf(broker);
    if (metrics === null) return isStarting(response);
    return answer(response, 200, metrics.contentType, metrics.text);
  }
  answer(response, 404, "text/plain", "There are /state and /metrics.\n");
}

function isStarting(response: ServerResponse): void {
  answer(response, 503, "text/plain", "The broker is starting.\n");
}

function ownProcess(): Omit<ObservedState, keyof BrokerState> {
  const { user, system } = process.cpuUsage();
  return { rssBytes: process.memoryUsage.rss(), cpuMs: Math.round((user + system) / 1000) };
}

function answer(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(text);
}
