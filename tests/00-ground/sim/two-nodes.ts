/**
 * Two nodes of a simulated world with a connection between them.
 *
 * @module
 */
import { type Connection, type ConnectionHandler } from "#ground/runtime";
import { type SimWorld } from "#ground/sim/sim-world";

/** One end of a connection, which notes what it is told and when. */
export class Peer implements ConnectionHandler {
  readonly connection: Connection;
  received = "";
  closed: string | null = null;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.handle(this);
  }

  onData(chunk: Uint8Array): void {
    this.received += Buffer.from(chunk).toString("latin1");
  }

  onClose(error?: Error): void {
    this.closed = error?.message ?? "orderly";
  }
}

/** Nodes a and b with a connection between them, and what became of other attempts of a to connect. */
export async function twoNodes(world: SimWorld): Promise<{ a: Peer; b: Peer; retry: () => Promise<string> }> {
  let b: Peer | undefined;
  let a: Peer | undefined;
  await world.node("b").runtime.transport.listen("b", 9092, (connection) => (b = new Peer(connection)));
  const connect = (): Promise<Connection> => world.node("a").runtime.transport.connect("b", 9092, 5_000);
  void connect().then((connection) => (a = new Peer(connection)));
  await world.runUntil(() => a !== undefined && b !== undefined, 1_000);
  const retry = async (): Promise<string> => {
    let outcome = "";
    const began = world.nowMs;
    connect().then(
      (connection) => {
        const tookMs = Math.round(world.nowMs - began);
        outcome = tookMs < 5 ? OPEN : `open after ${tookMs} ms`;
        void new Peer(connection);
      },
      (error: Error) => (outcome = error.message),
    );
    await world.runUntil(() => outcome !== "", 10_000);
    return outcome;
  };
  return { a: a!, b: b!, retry };
}

export const OPEN = "open";
export const REFUSED = "Can't connect to b:9092: nothing listens there (connection refused).";
export const TIMED_OUT = "Can't connect to b:9092: not open after 5000 ms.";
