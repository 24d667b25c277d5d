import net from "node:net";
import { describe, expect, test } from "vitest";
import { type Connection } from "#ground/runtime";
import { InPlaceReads, takeOver } from "#ground/node/in-place-reads";
import { NodeConnection } from "#ground/node/node-connection";
import { NodeTransport, type NodeTransportOptions } from "#ground/node/node-transport";
import { bytes, networkError, transportConformance } from "./transport-conformance.ts";

const HOST = "127.0.0.1";
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function moment(ms = 15): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

async function until(done: () => boolean): Promise<void> {
  for (let i = 0; !done(); i++) {
    if (i > 2_000) throw new Error("Not reached within two seconds.");
    await moment(1);
  }
}

const WAYS = [
  ["that reads in place", true],
  ["as Node has it", false],
] as const;

for (const [way, readsInPlace] of WAYS) {
  transportConformance(`node, a socket ${way}`, () => ({
    transport: new NodeTransport(silent, { readsInPlace }),
    host: HOST,
    floodBytes: 20_000_000,
    readsInPlace,
    until,
    moment,
  }));
}

describe.each(WAYS)("a real socket %s", (_, readsInPlace) => {
  /** A connection of ours, and the plain socket at its other end. */
  async function withSocket(
    body: (ours: Connection, theirs: net.Socket) => Promise<void>, options?: NodeTransportOptions,
  ): Promise<void> {
    let ours: Connection | undefined;
    const transport = new NodeTransport(silent, { readsInPlace, ...options });
    const listener = await transport.listen(HOST, 0, (connection) => (ours = connection));
    const theirs = net.connect({ port: listener.port, host: HOST, allowHalfOpen: true });
    theirs.on("error", () => {});
    try {
      await until(() => ours !== undefined);
      await body(ours!, theirs);
    } finally {
      theirs.destroy();
      ours?.close(new Error("the test is over"));
      await listener.close();
    }
  }

  test("bytes that come before the owner are kept for it, as is the end", async () => {
    await withSocket(async (ours, theirs) => {
      theirs.end("early");
      await moment();
      const heard: string[] = [];
      ours.handle({ onData: (chunk) => heard.push(String(chunk)), onClose: () => heard.push("closed") });
      await until(() => heard.length === 2);
      expect(heard).toEqual(["early", "closed"]);
    });
  });

  test("a peer that resets the connection is an error that can be retried", async () => {
    await withSocket(async (ours, theirs) => {
      let reason: Error | undefined;
      ours.handle({ onData: () => {}, onClose: (error) => (reason = error) });
      theirs.resetAndDestroy();
      await until(() => reason !== undefined);
      expect(reason).toEqual(networkError(`The connection to ${ours.remoteAddress} was reset.`));
    });
  });

  test("a peer that ends its own side only is not talked to for ever", async () => {
    await withSocket(async (ours, theirs) => {
      let closed = false;
      let released = 0;
      ours.handle({ onData: () => {}, onClose: () => (closed = true) });
      theirs.end();
      await until(() => closed);
      ours.write([bytes("anyone?")], () => released++);
      await until(() => released === 1);
    });
  });

  test("an orderly close with unread bytes does not reset the peer, which gets all answers", async () => {
    await withSocket(async (ours, theirs) => {
      let received = "";
      let failed = false;
      theirs.on("data", (chunk) => (received += String(chunk))).on("error", () => (failed = true));
      ours.handle({ onData: () => {}, onClose: () => {} });
      ours.pause();
      theirs.write("never read");
      await moment(5);
      ours.write([bytes("the last answer")]);
      ours.close();
      await until(() => theirs.readableEnded);
      expect([received, failed]).toEqual(["the last answer", false]);
    });
  });

  test.each([
    ["takes nothing", 0],
    ["takes all, but goes on talking", 2],
    ["takes nothing and goes on talking", 2],
  ])("an orderly close does not wait for ever for a peer that %s", async (what, talksEveryMs) => {
    await withSocket(async (ours, theirs) => {
      let closed = false;
      ours.handle({ onData: () => {}, onClose: () => (closed = true) });
      if (what.startsWith("takes nothing")) theirs.pause();
      else theirs.resume();
      ours.write([Buffer.alloc(10_000_000)]);
      const talk = talksEveryMs === 0 ? undefined : setInterval(() => theirs.write("still here"), talksEveryMs);
      ours.close();
      await until(() => closed).finally(() => clearInterval(talk));
    }, { lingerMs: 20 });
  });

  test("a port that is none is refused like any other", async () => {
    const transport = new NodeTransport(silent);
    await expect(transport.listen(HOST, 70_000, () => {})).rejects.toThrow("70000: a port is a number below 65536.");
    await expect(transport.connect(HOST, 70_000, 100)).rejects.toThrow("70000: a port is a number below 65536.");
  });

  test.skipIf(process.getuid?.() === 0)("a reserved port is refused with a sentence", async () => {
    await expect(new NodeTransport(silent).listen(HOST, 1, () => {})).rejects.toThrow("this user may not listen");
  });
});

test("where Node's sockets are made otherwise one day, they are used as they are", async () => {
  let heard = "";
  const server = net.createServer({ pauseOnConnect: true }, (socket) => {
    // What isn't documented may be gone.
    Object.assign((socket as unknown as { _handle: object })._handle, { useUserBuffer: undefined });
    expect(takeOver(socket, new InPlaceReads(new Uint8Array(100)), 100)).toBeNull();
    const connection = new NodeConnection(socket, 100);
    connection.handle({ onData: (chunk) => (heard += String(chunk)), onClose: () => {} });
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const client = net.connect((server.address() as net.AddressInfo).port, HOST);
  client.write("as ever");
  await until(() => heard === "as ever");
  client.destroy();
  server.close();
});
