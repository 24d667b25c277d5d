import { describe, expect, test } from "vitest";
import { type Connection } from "#ground/runtime";
import { encodeJson } from "#ground/coordination/transaction-codec";
import { expectNothingLeaks } from "../../support/sim.ts";
import { framed } from "../network/server-fixtures.ts";
import { codeOf } from "./conformance.ts";
import { ADDRESS, bytes, TcpWorld } from "./tcp-fixtures.ts";

interface Stranger {
  readonly connection: Connection;
  closed(): boolean;
}

/** A client that sends what it likes. */
async function connect(fixture: TcpWorld): Promise<Stranger> {
  const { transport } = fixture.world.node("stranger").runtime;
  const connection = await transport.connect(ADDRESS.host, ADDRESS.port, 1000);
  let closed = false;
  connection.handle({ onData: () => {}, onClose: () => (closed = true) });
  return { connection, closed: () => closed };
}

const frame = (message: unknown): Buffer => framed(Buffer.from(encodeJson(message)).toString());
const write = (step: unknown): Buffer => frame({ type: "write", steps: [step] });
const OPEN = { type: "open", timeoutMs: 1000, password: "secret" };

describe("the service closes the connection, with a line that says why, and serves the others", () => {
  const BAD: [string, readonly Uint8Array[], string][] = [
    ["a size that is too large", [Buffer.from("7fffffff", "hex")], "Expected the size of a frame"],
    ["a negative size", [Buffer.from("ffffffff", "hex")], "Expected the size of a frame"],
    ["HTTP", [bytes("GET / HTTP/1.1\r\n\r\n")], "HTTP"],
    ["no JSON", [framed("{type:")], "Expected a message in JSON."],
    ["JSON that is nested too deeply", [framed("[".repeat(1_000_000))], "Expected a message in JSON."],
    ["no object", [framed("[[[]]]")], "Expected the message to be an object, got [[[]]]."],
    ["no type", [framed('{"a":1}')], "Expected type to be a client's message, got nothing."],
    ["a type of Object's", [frame({ type: "toString" })], 'Expected type to be a client\'s message, got "toString".'],
    ["a call before a session", [frame({ type: "get", path: "/" })], 'Expected a session, got "get".'],
    ["a second session", [frame(OPEN), frame(OPEN)], "The connection has a session already."],
    ["a time-out that is text", [frame({ ...OPEN, timeoutMs: "1" })], 'Expected timeoutMs to be a number, got "1".'],
    ["an empty step", [write(null)], "Expected a step to be an object, got null."],
    ["steps that are none", [frame({ type: "write", steps: "" })], 'Expected steps to be a list, got "".'],
    ["a step of another type", [write({ type: "x", path: "/" })], 'create, set, delete or check, got "x"'],
    ["data that is text", [write({ type: "set", path: "/", data: "x" })], 'Expected data to be bytes, got "x"'],
    ["another kind of watch", [frame({ type: "watch", path: "/", kind: 1, watch: 1 })], "data or children, got 1."],
    ["a path that is none", [frame({ type: "get", path: { base64: "" } })], "Expected path to be a string, got"],
  ];
  test.each(BAD)("after %s", async (_, parts, line) => {
    await TcpWorld.run(async (fixture) => {
      const other = await fixture.connect("other");
      const { connection, closed } = await connect(fixture);
      connection.write(parts);
      await fixture.pass(500);
      expect(fixture.logged.filter((each) => each.includes("stranger"))).toEqual([expect.stringContaining(line)]);
      expect(closed()).toBe(true);
      expect(await other.exists("/")).toBe(true);
    });
  });

  test("that has asked for no session for 10 seconds", async () => {
    await TcpWorld.run(async (fixture) => {
      const { closed } = await connect(fixture);
      await fixture.pass(9_900);
      expect(closed()).toBe(false);
      await fixture.pass(200);
      expect(closed()).toBe(true);
      expect(fixture.logged.join("\n")).toContain("No session was asked for within 10000 ms.");
    });
  });

  test("that is one too many", async () => {
    await TcpWorld.run(
      async (fixture) => {
        const session = await fixture.connect("client");
        const { connection } = await connect(fixture);
        const third = await connect(fixture);
        await fixture.pass(5);
        expect(third.closed()).toBe(true);
        expect(fixture.logged.join("\n")).toContain("There are 2 connections already.");
        expect(await session.exists("/")).toBe(true);
        connection.close();
        await fixture.pass(5);
        expect(await codeOf(fixture.connect("client"))).toBe("none");
      },
      { maxConnections: 2 },
    );
  });

  test("of a client that doesn't read its answers", async () => {
    await TcpWorld.run(async (fixture) => {
      const session = await fixture.connect("client");
      await session.create("/big", new Uint8Array(1_000_000));
      const { connection, closed } = await connect(fixture);
      connection.write([frame(OPEN)]);
      await fixture.pass(10);
      connection.pause();
      for (let i = 0; i < 20; i += 1) connection.write([frame({ type: "get", path: "/big" })]);
      await fixture.pass(100);
      expect(fixture.logged.join("\n")).toMatch(/The peer has left \d+ bytes unread/);
      connection.resume();
      await fixture.pass(10);
      expect(closed()).toBe(true);
    });
  });
});

test("a session that is asked for by a client that goes at once leaves nothing behind", async () => {
  await TcpWorld.run(async (fixture) => {
    fixture.service.slowDisk(0, 100);
    const { connection } = await connect(fixture);
    connection.write([frame({ ...OPEN, timeoutMs: 60_000 })]);
    await fixture.pass(20);
    connection.close(new Error("gone"));
    await fixture.pass(1000);
    expect(fixture.logged.filter((line) => line.includes("has expired"))).toHaveLength(1);
  });
});

test("a session lives on for as long as is asked for when its connection is closed", async () => {
  await TcpWorld.run(
    async (fixture) => {
      const other = await fixture.connect("other");
      await (await fixture.connect("client")).create("/e", bytes(""), { ephemeral: true });
      fixture.world.node("client").crash();
      await fixture.pass(950);
      expect(await other.exists("/e")).toBe(true);
      await fixture.pass(100);
      expect(await other.exists("/e")).toBe(false);
    },
    { resumeWithinMs: 1000 },
  );
});

test("the port can be taken again at once, and nothing leaks", async () => {
  const { service } = await TcpWorld.run(async (fixture) => {
    await fixture.connect("client");
    await connect(fixture);
    for (let i = 0; i < 3; i += 1) {
      await fixture.stop();
      await fixture.start();
    }
    await fixture.stop();
  });
  expectNothingLeaks(service);
});
