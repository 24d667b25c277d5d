import net, { type AddressInfo, type Socket } from "node:net";
import { KafkaError } from "#ground/errors";
import { type Connection, type Listener, type Logger, type Transport } from "#ground/runtime";
import { InPlaceReads, takeOver } from "./in-place-reads.ts";
import { acceptFailed, connectFailed, listenFailed } from "./network-errors.ts";
import { HIGH_WATER_BYTES, NodeConnection } from "./node-connection.ts";
import { MAX_DELAY_MS } from "./node-scheduler.ts";

/**
 * As Kafka sets its sockets: no waiting to fill packets, and a probe now and then to find peers that vanished. Who has
 * ended its own side may still read: our side ends when its owner says so.
 */
const SOCKET_OPTIONS = {
  noDelay: true,
  keepAlive: true,
  allowHalfOpen: true,
  highWaterMark: HIGH_WATER_BYTES,
} as const;

/** What a {@link NodeTransport} may be told. */
export interface NodeTransportOptions {
  /** See `Transport.maxConnections`. Default: no limit. */
  readonly maxConnections?: number;
  /** How long a connection that is ending waits for its peer. Default: 5 seconds. */
  readonly lingerMs?: number;
  /**
   * Whether sockets read to where their owners want the bytes, if Node lets them. Default: but on Windows, where the
   * system writes to a buffer before it says so, and none could be shared.
   */
  readonly readsInPlace?: boolean;
}

/** TCP of the machine. */
export class NodeTransport implements Transport {
  readonly maxConnections: number;
  readonly #log: Logger;
  readonly #lingerMs: number;
  readonly #readsInPlace: boolean;
  /** Where sockets read to whose owners have no place for the bytes. Used up within the turn of the read. */
  readonly #scratch = Buffer.allocUnsafeSlow(HIGH_WATER_BYTES);

  constructor(log: Logger, options: NodeTransportOptions = {}) {
    this.maxConnections = options.maxConnections ?? Infinity;
    this.#log = log;
    this.#lingerMs = options.lingerMs ?? 5_000;
    this.#readsInPlace = options.readsInPlace ?? process.platform !== "win32";
  }

  listen(host: string, port: number, onConnection: (connection: Connection) => void): Promise<Listener> {
    return new Promise((resolve, reject) => {
      const server = net.createServer({ ...SOCKET_OPTIONS, pauseOnConnect: this.#readsInPlace }, (socket) => {
        // A peer that has gone before we look has no address any more.
        if (socket.remoteAddress === undefined) socket.destroy();
        else onConnection(this.#accepted(socket));
      });
      server.once("error", (error) => reject(listenFailed(host, port, error)));
      try {
        server.listen(port, host, () => {
          // From here on: a connection that could not be accepted, mostly for want of file descriptors.
          server.on("error", (error) => this.#log.error(acceptFailed(host, port, error)));
          resolve(listenerOf(server));
        });
      } catch (error) {
        reject(listenFailed(host, port, error));
      }
    });
  }

  #accepted(accepted: Socket): NodeConnection {
    const reads = this.#reads();
    const socket = reads === null ? null : takeOver(accepted, reads, HIGH_WATER_BYTES);
    if (socket === null) return new NodeConnection(accepted, this.#lingerMs);
    return new NodeConnection(socket, this.#lingerMs, reads);
  }

  #reads(): InPlaceReads | null {
    return this.#readsInPlace ? new InPlaceReads(this.#scratch) : null;
  }

  connect(host: string, port: number, timeoutMs: number, signal?: AbortSignal): Promise<Connection> {
    return new Promise((resolve, reject) => {
      let socket: Socket;
      const reads = this.#reads();
      try {
        // Node's types lack the option for connect, which passes it on to the socket's stream.
        socket = net.connect({ ...SOCKET_OPTIONS, host, port, ...(reads === null ? {} : { onread: reads }) });
        // What comes before there is an owner waits.
        socket.pause();
      } catch (error) {
        reject(connectFailed(host, port, error));
        return;
      }
      const fail = (error: Error): void => {
        clearTimeout(timeout);
        signal?.removeEventListener("abort", onAbort);
        socket.destroy();
        reject(error);
      };
      const onAbort = (): void => {
        fail(new KafkaError("NETWORK_EXCEPTION", `Can't connect to ${host}:${port}: the attempt was given up.`));
      };
      const onError = (error: Error): void => fail(connectFailed(host, port, error));
      const timeout = setTimeout(() => {
        fail(new KafkaError("NETWORK_EXCEPTION", `Can't connect to ${host}:${port}: not open after ${timeoutMs} ms.`));
      }, Math.min(timeoutMs, MAX_DELAY_MS));
      socket.once("error", onError);
      if (signal?.aborted === true) onAbort();
      signal?.addEventListener("abort", onAbort);
      socket.once("connect", () => {
        clearTimeout(timeout);
        socket.off("error", onError);
        signal?.removeEventListener("abort", onAbort);
        resolve(new NodeConnection(socket, this.#lingerMs, reads));
      });
    });
  }
}

function listenerOf(server: net.Server): Listener {
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    close: () =>
      new Promise((resolve) => {
        // The call back of close() waits for the accepted connections, too; the port is free at once.
        server.close();
        setImmediate(resolve);
      }),
  };
}
