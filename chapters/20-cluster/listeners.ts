/**
 * The ports of a broker.
 *
 * @module
 */
import { type BrokerConfig } from "#ground/config/broker-config";
import { type EndPoint, formatEndPoint } from "#ground/config/listeners";
import { KafkaError } from "#ground/errors";
import { ConnectionQuotas } from "#ground/network/connection-quotas";
import { AnswerMemory } from "#ground/network/answer-memory";
import { type ReceivedRequest, SocketServer } from "#ground/network/socket-server";
import { type Runtime } from "#ground/runtime";

/** Answers a request, now or later. `listener` is the name of the one that it came through. */
export type OnRequest = (request: ReceivedRequest, listener: string) => void;

/**
 * Listens on all `listeners` of a broker. Ports are bound before the broker is ready, because it has to tell the
 * cluster where it is; requests that come so early wait.
 */
export class Listeners {
  readonly #runtime: Runtime;
  readonly #config: BrokerConfig;
  readonly #answers: AnswerMemory;
  readonly #quotas: ConnectionQuotas;
  readonly #servers: SocketServer[] = [];
  /** Requests that came before {@link serve}; null since then. */
  #early: [ReceivedRequest, string][] | null = [];
  #onRequest: OnRequest = (request, listener) => void this.#early?.push([request, listener]);

  constructor(runtime: Runtime, config: BrokerConfig) {
    this.#runtime = runtime;
    this.#config = config;
    this.#answers = new AnswerMemory(runtime.clock);
    this.#quotas = new ConnectionQuotas(runtime, {
      maxConnections: config["max.connections"],
      maxConnectionsPerIp: config["max.connections.per.ip"],
    });
  }

  /**
   * Binds all ports.
   * @returns where clients are told to find the broker: `advertised.listeners`, with real ports for those given as 0.
   * @throws KafkaError UNSUPPORTED_VERSION for a listener that isn't PLAINTEXT; when a port is taken.
   */
  async bind(): Promise<EndPoint[]> {
    const { listeners } = this.#config;
    const secured = listeners.find(({ protocol }) => protocol !== "PLAINTEXT");
    if (secured !== undefined) {
      const text = `listeners: expected only PLAINTEXT, got ${formatEndPoint(secured)} (${secured.protocol})`;
      throw new KafkaError("INVALID_CONFIG", text);
    }
    const ports = new Map<string, number>();
    for (const endPoint of listeners) ports.set(endPoint.name, await this.#listen(endPoint));
    return this.#config["advertised.listeners"].map((told) => ({ ...told, port: told.port || ports.get(told.name)! }));
  }

  /** Hands all requests to `onRequest` from now on, those first that have been waiting. */
  serve(onRequest: OnRequest): void {
    this.#onRequest = onRequest;
    const early = this.#early ?? [];
    this.#early = null;
    for (const [request, listener] of early) onRequest(request, listener);
  }

  /** Stops listening, answers what is in flight, and closes all connections. */
  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
  }

  async #listen({ name, host, port }: EndPoint): Promise<number> {
    // As in Kafka: where brokers have a port of their own, clients can't keep them out, however many there are.
    const isExempt = this.#config.listeners.length > 1 && name === this.#config["inter.broker.listener.name"];
    const server = new SocketServer(
      this.#runtime,
      {
        host,
        port,
        maxRequestBytes: this.#config["socket.request.max.bytes"],
        maxIdleMs: this.#config["connections.max.idle.ms"],
        answers: this.#answers,
        ...(isExempt ? {} : { quotas: this.#quotas }),
      },
      (request) => this.#onRequest(request, name),
    );
    this.#servers.push(server);
    return (await server.start()).port;
  }
}
