/**
 * A server in the simulator, and clients that send frames of text.
 *
 * @module
 */
import { type ReceivedRequest, SocketServer, type SocketServerOptions } from "#ground/network/socket-server";
import { type Connection } from "#ground/runtime";
import { type SimNode } from "#ground/sim/sim-node";
import { type SimWorld } from "#ground/sim/sim-world";
import { settled } from "../../support/sim.ts";

/** A client that sends frames of text and notes the frames that come back. */
export class TestClient {
  readonly answers: string[] = [];
  closed: string | null = null;
  #connection: Connection | null = null;
  #buffer = Buffer.alloc(0);

  static async connect(world: SimWorld, name = "client"): Promise<TestClient> {
    const client = new TestClient();
    const connecting = world.node(name).runtime.transport.connect("server", 9092, 10_000);
    await settled(world, connecting.then((connection) => client.#attach(connection)));
    return client;
  }

  get connection(): Connection {
    return this.#connection!;
  }

  send(...bodies: string[]): void {
    this.connection.write(bodies.map(framed));
  }

  #attach(connection: Connection): void {
    this.#connection = connection;
    connection.handle({
      onData: (chunk) => this.#read(chunk),
      onClose: (error) => (this.closed = error?.message ?? "orderly"),
    });
  }

  #read(chunk: Uint8Array): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    while (this.#buffer.length >= 4 && this.#buffer.length >= 4 + this.#buffer.readInt32BE(0)) {
      const end = 4 + this.#buffer.readInt32BE(0);
      const body = this.#buffer.subarray(4, end);
      const kinds = [...new Set(body.toString())].join("");
      this.answers.push(body.length > 100 ? `${body.length} bytes of ${kinds}` : body.toString());
      this.#buffer = this.#buffer.subarray(end);
    }
  }
}

export function framed(body: string): Buffer {
  const frame = Buffer.alloc(4 + body.length, body);
  frame.writeInt32BE(body.length);
  frame.write(body, 4);
  return frame;
}

export const OPTIONS: SocketServerOptions = { host: "server", port: 9092, maxRequestBytes: 1000, maxIdleMs: 60_000 };

export async function startServer(
  world: SimWorld, onRequest: (request: ReceivedRequest) => void, options: Partial<SocketServerOptions> = {},
): Promise<{ server: SocketServer; node: SimNode }> {
  const node = world.node("server");
  const server = new SocketServer(node.runtime, { ...OPTIONS, ...options }, onRequest);
  await server.start();
  return { server, node };
}

export function textOf(request: ReceivedRequest): string {
  return Buffer.from(request.frame).toString();
}

export function echo(request: ReceivedRequest): void {
  request.respond([framed(`re:${textOf(request)}`)]);
}
