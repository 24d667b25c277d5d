import { afterEach, describe, expect, test } from "vitest";
import { KafkaError } from "#ground/errors";
import { type Connection, type Listener, type Transport } from "#ground/runtime";

/** A network to try a {@link Transport} on. */
export interface TransportHarness {
  readonly transport: Transport;
  /** A host to listen on and to connect to. */
  readonly host: string;
  /** More than the buffers between two ends hold. */
  readonly floodBytes: number;
  /** Whether it reads to where the owner wants the bytes. */
  readonly readsInPlace: boolean;
  /** Lets time pass until `done`; throws when that takes too long. */
  until(done: () => boolean): Promise<void>;
  /** Lets a moment pass, long enough for bytes to go to and fro. */
  moment(): Promise<void>;
}

/** What every {@link Transport} does, the machine's and the simulated one. */
export function transportConformance(name: string, make: () => TransportHarness): void {
  describe(`${name}: a transport`, () => {
    let listeners: Listener[] = [];
    let peers: Peer[] = [];

    afterEach(async () => {
      for (const peer of peers) peer.connection.close(new Error("the test is over"));
      for (const listener of listeners) await listener.close();
      listeners = [];
      peers = [];
    });

    async function settled<T>(harness: TransportHarness, promise: Promise<T>): Promise<T> {
      let over = false;
      promise.then(() => (over = true), () => (over = true));
      await harness.until(() => over);
      return promise;
    }

    /** Two ends of an open connection. */
    async function pair(
      harness: TransportHarness, roomBytes = 0,
    ): Promise<{ client: Peer; server: Peer; listener: Listener }> {
      let server: Peer | undefined;
      const listener = await settled(
        harness,
        harness.transport.listen(harness.host, 0, (connection) => {
          server = new Peer(connection, roomBytes);
          peers.push(server);
        }),
      );
      listeners.push(listener);
      const connecting = harness.transport
        .connect(harness.host, listener.port, 5_000)
        .then((connection) => new Peer(connection, roomBytes));
      const client = await settled(harness, connecting);
      peers.push(client);
      await harness.until(() => server !== undefined);
      return { client, server: server!, listener };
    }

    test("bytes arrive in the order of the writes and of their parts, in both directions", async () => {
      const harness = make();
      const { client, server, listener } = await pair(harness);
      expect(client.connection.write([bytes("one "), bytes(""), bytes("two ")])).toBe(true);
      client.connection.write([bytes("three")]);
      client.connection.write([]);
      server.connection.write([bytes("answer")]);
      await harness.until(() => server.text.length === 13 && client.text.length === 6);
      expect([server.text, client.text]).toEqual(["one two three", "answer"]);
      expect(client.connection.remoteAddress).toBe(`${harness.host}:${listener.port}`);
      expect(server.connection.remoteAddress).toMatch(/^[\w.]+:\d+$/);
      expect(client.connection.bytesQueued).toBe(0);
    });

    test("bytes go to where the owner wants them, if it says so, in the order of the writes", async () => {
      const harness = make();
      const { client, server } = await pair(harness, 10_000);
      const sent = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
      for (const [from, to] of [[server, client], [client, server]] as const) {
        for (let at = 0; at < sent.length; at += 30_000) {
          from.connection.write([sent.subarray(at, at + 30_000)]);
          if (at % 60_000 === 0) await harness.moment();
        }
        await harness.until(() => to.byteCount === sent.length);
        expect(to.content.equals(sent)).toBe(true);
        expect(to.reads > 0).toBe(harness.readsInPlace);
      }
    });

    test("nothing is read to where it was wanted while paused, and nothing after a close", async () => {
      const harness = make();
      const { client, server } = await pair(harness, 10_000);
      client.connection.write([Buffer.alloc(100)]);
      await harness.until(() => server.byteCount === 100);
      server.connection.pause();
      client.connection.write([Buffer.alloc(50_000, 1)]);
      await harness.moment();
      expect(server.byteCount).toBe(100);
      server.connection.resume();
      await harness.until(() => server.byteCount === 50_100);
      client.connection.write([Buffer.alloc(50_000, 2)]);
      server.connection.close();
      await harness.until(() => server.closes.length === 1);
      expect(server.byteCount).toBe(50_100);
    });

    test("a part is lent until it is released: once a write, in order, when its bytes have left", async () => {
      const harness = make();
      const { client, server } = await pair(harness);
      const released: number[] = [];
      const size = 900_000;
      for (const [i, fill] of ["a", "b", "c"].entries()) {
        const part = Buffer.alloc(size / 3, fill);
        client.connection.write([part], () => {
          released.push(i);
          part.fill("!");
        });
      }
      expect(released).toEqual([]);
      await harness.until(() => server.byteCount === size && released.length === 3);
      expect(released).toEqual([0, 1, 2]);
      expect(server.text.replace(/(.)\1+/g, "$1")).toBe("abc");
    });

    test("a writer that is too fast is told to wait, and told when to go on", async () => {
      const harness = make();
      const { client, server } = await pair(harness);
      server.connection.pause();
      let written = 0;
      const part = Buffer.alloc(harness.floodBytes / 20);
      while (client.connection.write([part])) if (++written > 100) throw new Error("no end of it");
      for (let i = 0; i < 20; i++) client.connection.write([part]);
      await harness.moment();
      expect(server.byteCount).toBe(0);
      expect(client.drains).toBe(0);
      expect(client.connection.bytesQueued).toBeGreaterThan(0);
      server.connection.resume();
      await harness.until(() => client.drains === 1);
      expect(client.connection.bytesQueued).toBe(0);
      await harness.until(() => server.byteCount === (written + 21) * part.length);
      expect(client.drains).toBe(1);
    });

    test("nothing is delivered while paused, and nothing is lost", async () => {
      const harness = make();
      const { client, server } = await pair(harness);
      client.connection.write([bytes("first")]);
      await harness.until(() => server.text === "first");
      server.connection.pause();
      client.connection.write([bytes(" second")]);
      await harness.moment();
      expect(server.text).toBe("first");
      server.connection.resume();
      await harness.until(() => server.text === "first second");
    });

    test("an orderly close sends what is queued first; both ends hear of it once, without an error", async () => {
      const harness = make();
      const { client, server } = await pair(harness);
      client.connection.write([Buffer.alloc(2_000_000, "x")]);
      client.connection.close();
      client.connection.close();
      expect(client.closes).toEqual([]);
      await harness.until(() => server.closes.length + client.closes.length === 2);
      expect(server.byteCount).toBe(2_000_000);
      await harness.moment();
      expect([client.closes, server.closes]).toEqual([["orderly"], ["orderly"]]);
    });

    test("an end that closes hears no more, though the other goes on talking", async () => {
      const harness = make();
      const { client, server } = await pair(harness);
      server.connection.write([Buffer.alloc(1_000_000)]);
      client.connection.close();
      const received = client.byteCount;
      await harness.until(() => client.closes.length === 1 && server.closes.length === 1);
      expect(client.byteCount).toBe(received);
    });

    test("a close with an error drops everything, and that error is what the owner hears", async () => {
      const harness = make();
      const { client, server } = await pair(harness);
      server.connection.pause();
      let released = 0;
      for (let i = 0; i < 10; i++) client.connection.write([Buffer.alloc(1_000_000)], () => released++);
      await harness.moment();
      client.connection.close();
      client.connection.close(new Error("too slow"));
      server.connection.resume();
      await harness.until(() => client.closes.length === 1 && server.closes.length === 1);
      expect(client.closes).toEqual(["too slow"]);
      expect(server.byteCount).toBeLessThan(10_000_000);
      await harness.moment();
      expect(released).toBe(10);
    });

    test("a connection can be closed by whoever is told that a part is released", async () => {
      const harness = make();
      const { client, server } = await pair(harness);
      let released = 0;
      client.connection.write([bytes("first")], () => {
        released++;
        client.connection.close(new Error("that will do"));
      });
      for (let i = 0; i < 3; i++) client.connection.write([Buffer.alloc(500_000)], () => released++);
      await harness.until(() => client.closes.length === 1 && server.closes.length === 1);
      expect([client.closes, released]).toEqual([["that will do"], 4]);
    });

    test("what is written when the end has come is dropped, and released", async () => {
      const harness = make();
      const { client, server } = await pair(harness);
      server.connection.close();
      await harness.until(() => client.closes.length === 1);
      let released = 0;
      client.connection.write([bytes("late")], () => released++);
      server.connection.write([bytes("late")], () => released++);
      expect(released).toBe(0);
      await harness.until(() => released === 2);
      await harness.moment();
      expect([released, client.text, server.text]).toEqual([2, "", ""]);
    });

    test("a port where nothing listens refuses, and one may try again", async () => {
      const harness = make();
      const { listener } = await pair(harness);
      await listener.close();
      const refused = harness.transport.connect(harness.host, listener.port, 5_000);
      await expect(settled(harness, refused)).rejects.toThrow(
        networkError(`Can't connect to ${harness.host}:${listener.port}: nothing listens there (connection refused).`),
      );
    });

    test("an attempt to connect can be given up, before it begins and while it lasts", async () => {
      const harness = make();
      const { listener } = await pair(harness);
      const givenUp = networkError(`Can't connect to ${harness.host}:${listener.port}: the attempt was given up.`);
      const attempt = (signal: AbortSignal): Promise<Connection> =>
        settled(harness, harness.transport.connect(harness.host, listener.port, 5_000, signal));
      await expect(attempt(AbortSignal.abort())).rejects.toThrow(givenUp);
      const controller = new AbortController();
      const attempting = attempt(controller.signal);
      controller.abort();
      await expect(attempting).rejects.toThrow(givenUp);
      // Too late to give up: it is open.
      const late = new AbortController();
      const open = new Peer(await attempt(late.signal));
      peers.push(open);
      late.abort();
      await harness.moment();
      expect(open.closes).toEqual([]);
    });

    test("a port that is taken is refused with a sentence; after close it is free, connections live on", async () => {
      const harness = make();
      const { client, server, listener } = await pair(harness);
      const again = (): Promise<Listener> => harness.transport.listen(harness.host, listener.port, () => {});
      await expect(settled(harness, again())).rejects.toThrow(
        expect.objectContaining({
          code: "INVALID_CONFIG",
          message: `Can't listen on ${harness.host}:${listener.port}: the port is in use by another process.`,
        }),
      );
      await listener.close();
      listeners.push(await settled(harness, again()));
      client.connection.write([bytes("still here")]);
      await harness.until(() => server.text === "still here");
    });

    test("an address of another machine can't be listened on", async () => {
      const harness = make();
      // 192.0.2.0/24 is kept for documentation: no machine has it.
      const listening = harness.transport.listen("192.0.2.1", 9092, () => {});
      await expect(settled(harness, listening)).rejects.toThrow(expect.objectContaining({ code: "INVALID_CONFIG" }));
    });
  });
}

/** One end of a connection, which notes all that it is told. */
class Peer {
  readonly connection: Connection;
  byteCount = 0;
  /** How often bytes came to where they were wanted. */
  reads = 0;
  drains = 0;
  readonly closes: string[] = [];
  readonly #chunks: Buffer[] = [];
  #room: Uint8Array | null = null;

  /** @param roomBytes - every other time it is asked, it wants so many bytes to go to a place of its own. */
  constructor(connection: Connection, roomBytes = 0) {
    this.connection = connection;
    connection.handle({
      onData: (chunk) => this.#onData(chunk),
      readInto: () => (this.#room = this.#room === null && roomBytes > 0 ? new Uint8Array(roomBytes) : null),
      onRead: (count) => {
        this.reads++;
        this.#onData(this.#room!.subarray(0, count));
      },
      onDrain: () => this.drains++,
      onClose: (error) => this.closes.push(error?.message ?? "orderly"),
    });
  }

  get content(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.content.toString();
  }

  #onData(chunk: Uint8Array): void {
    this.#chunks.push(Buffer.from(chunk));
    this.byteCount += chunk.length;
  }
}

export function bytes(content: string): Uint8Array {
  return Buffer.from(content);
}

/** An error matcher for what a lost or refused connection is. */
export function networkError(message: string): object {
  const isRetriable = new KafkaError("NETWORK_EXCEPTION").retriable;
  return expect.objectContaining({ code: "NETWORK_EXCEPTION", retriable: isRetriable, message }) as object;
}
