import http from "node:http";
import net from "node:net";
import { afterAll, expect, test } from "vitest";
import { BrokerConnection } from "#ground/network/broker-connection";
import { type ReceivedRequest, SocketServer } from "#ground/network/socket-server";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { apiByKey } from "#ground/protocol/apis";
import { decodeRequestHeader, encodeResponse } from "#ground/protocol/frames";
import { ApiVersions } from "#ground/protocol/messages/18-api-versions";
import { Produce } from "#ground/protocol/messages/00-produce";

// The rest of this folder runs in the simulator. Here both sides meet on the loopback device, and nothing may be left.

const HOST = "127.0.0.1";
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const runtime = createNodeRuntime({ log });
const before = openHandles();

/** What keeps this process alive, without the test runner's own pipes. */
function openHandles(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /TCP|Timeout|GetAddrInfo/.test(name)).sort();
}

async function until(done: () => boolean): Promise<void> {
  for (let i = 0; !done(); i++) {
    if (i > 2_000) throw new Error("Not reached within two seconds.");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** A timer of the test runner may have been there before and be gone by now: what counts is what has come to it. */
function isMoreThanBefore(): boolean {
  const rest = [...before];
  return openHandles().some((name) => {
    const at = rest.indexOf(name);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

afterAll(async () => {
  await until(() => !isMoreThanBefore());
});

function connect(port: number, connectTimeoutMs = 2_000): Promise<BrokerConnection> {
  const options = { host: HOST, port, clientId: "t", connectTimeoutMs, requestTimeoutMs: 2_000 };
  return BrokerConnection.connect(runtime, options);
}

test("large requests go through, in order, and are released; close leaves nothing", async () => {
  const sizes: number[] = [];
  const serverOptions = { host: HOST, port: 0, maxRequestBytes: 2e6, maxIdleMs: 5_000 };
  const server = new SocketServer(runtime, serverOptions, (request) => {
    const { apiKey, apiVersion, correlationId, bodyAt } = decodeRequestHeader(request.frame, apiByKey);
    if (apiKey === ApiVersions.key) {
      const apiKeys = [{ apiKey: Produce.key, minVersion: 3, maxVersion: 12 }];
      request.respond(encodeResponse(ApiVersions, apiVersion, correlationId, { apiKeys }));
      return;
    }
    const { topicData } = Produce.request.decode(apiVersion, request.frame.subarray(bodyAt));
    const { index, records } = topicData[0]!.partitionData[0]!;
    sizes.push(records!.length);
    const responses = [{ name: "t", partitionResponses: [{ index, baseOffset: sizes.length }] }];
    runtime.scheduler.soon(() => request.respond(encodeResponse(Produce, apiVersion, correlationId, { responses })));
  });
  const { port } = await server.start();
  const connection = await connect(port);
  let released = 0;
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) => {
      const records = Buffer.alloc(100_000 + i, i);
      const topicData = [{ name: "t", partitionData: [{ index: i, records }] }];
      return connection.send(Produce, { acks: -1, timeoutMs: 1_000, topicData }, { released: () => released++ });
    }),
  );
  expect(sizes).toEqual(Array.from({ length: 40 }, (_, i) => 100_000 + i));
  expect(answers.map(({ responses }) => responses[0]!.partitionResponses[0]!.index)).toEqual([...sizes.keys()]);
  expect(released).toBe(40);
  let closed = false;
  connection.onClose(() => (closed = true));
  await server.close();
  await until(() => closed);
  expect(server.connectionCount).toBe(0);
});

test("a client that closes its sending half still gets the answers that come later, and then the end", async () => {
  const serverOptions = { host: HOST, port: 0, maxRequestBytes: 100, maxIdleMs: 5_000 };
  const requests: ReceivedRequest[] = [];
  const server = new SocketServer(runtime, serverOptions, (request) => requests.push(request));
  const { port } = await server.start();
  const client = net.connect({ host: HOST, port, allowHalfOpen: true });
  let received = "";
  client.on("data", (chunk) => (received += String(chunk)));
  client.end("\0\0\0\u0004one.\0\0\0\u0004two.");
  await until(() => requests.length === 2);
  // By now the end has come, too.
  await new Promise((resolve) => setTimeout(resolve, 30));
  requests[1]!.respond([Buffer.from("2")]);
  requests[0]!.respond([Buffer.from("1")]);
  await until(() => client.readableEnded);
  expect(received).toBe("12");
  await until(() => server.connectionCount === 0);
  await server.close();
});

test("a real HTTP server is recognized", async () => {
  const server = http.createServer().listen(0, HOST);
  await until(() => server.listening);
  await expect(connect((server.address() as net.AddressInfo).port)).rejects.toThrow("looks like HTTP");
  server.close();
});

test("a real silent peer is given up", async () => {
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => sockets.push(socket)).listen(0, HOST);
  await until(() => server.listening);
  const { port } = server.address() as net.AddressInfo;
  await expect(connect(port, 50)).rejects.toThrow("did not answer ApiVersions within 50 ms");
  for (const socket of sockets) socket.destroy();
  server.close();
});
