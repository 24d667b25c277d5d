/**
 * A TCP proxy that can be cut: then nothing passes, neither way, and nobody is told, as on a network that is down.
 *
 * @module
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** In front of one port. */
export class LinkProxy {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #isCut = false;

  private constructor(targetPort: number) {
    this.#server = createServer({ pauseOnConnect: true }, (socket) => this.#join(socket, targetPort));
  }

  /** @param port - where it listens, on loopback */
  static async start(port: number, targetPort: number): Promise<LinkProxy> {
    const proxy = new LinkProxy(targetPort);
    await new Promise<void>((listening, reject) => {
      proxy.#server.once("error", reject).listen(port, "127.0.0.1", listening);
    });
    return proxy;
  }

  cut(): void {
    this.#isCut = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  mend(): void {
    this.#isCut = false;
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  close(): void {
    this.#server.close();
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  #join(near: Socket, targetPort: number): void {
    const far = connect({ host: "127.0.0.1", port: targetPort });
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    for (const [from, to] of [pair, [far, near]] as const) {
      from.setNoDelay(true);
      from.on("data", (chunk) => {
        if (!to.write(chunk)) from.pause();
      });
      to.on("drain", () => {
        if (!this.#isCut) from.resume();
      });
      from.on("error", () => {});
      // A peer that is gone is gone at the other end, too, once the link is there again.
      from.once("close", () => {
        this.#pairs.delete(pair);
        to.destroy();
      });
    }
    if (!this.#isCut) for (const socket of pair) socket.resume();
    else far.pause();
  }
}

/** Free ports of loopback, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
