/**
 * Many nodes, many requests: connects where there is something to say, keeps the number of requests in flight in
 * bounds, and notices who doesn't answer. It knows nothing of what is in the requests.
 *
 * Source: `org.apache.kafka.clients.NetworkClient`.
 *
 * @module
 */
import { type Node } from "#ground/cluster";
import { KafkaError } from "#ground/errors";
import { BrokerConnection } from "#ground/network/broker-connection";
import { type Api, type RequestOf, type ResponseOf } from "#ground/protocol/api";
import { type Input } from "#ground/protocol/message";
import { type Runtime } from "#ground/runtime";
import { InFlightRequests } from "./in-flight-requests.ts";
import { ClusterConnectionStates } from "#sender/given/cluster-connection-states";
import {
  type NetworkClientOptions,
  networkError,
  type RequestHandler,
  type RequestOptions,
  type SentRequest,
} from "#sender/given/assembly/network-request";

interface Request extends SentRequest {
  isSent: boolean;
  /** Set when the request was given up: its answer, if one comes, is nobody's. */
  isOver: boolean;
  readonly handler: RequestHandler<never>;
}

/**
 * The connections and requests of one client. Everything that happens on the network only leaves a note and calls
 * `onEvent`; the notes are read by {@link poll}, in the client's own loop. So whoever is told of an answer never stands
 * in the middle of something else.
 */
export class NetworkClient {
  readonly #runtime: Runtime;
  readonly #options: NetworkClientOptions;
  readonly #onEvent: () => void;
  readonly #connections: ClusterConnectionStates;
  readonly #inFlight: InFlightRequests<Request>;
  /** What has happened since the last {@link poll}. */
  #events: ((now: number) => void)[] = [];
  /** All that are open, also those whose note hasn't been read yet. */
  readonly #open = new Set<BrokerConnection>();
  /** Gives up attempts to connect, when the client closes. */
  readonly #abort = new AbortController();

  /** @param onEvent - called when there is something to {@link poll} */
  constructor(runtime: Runtime, options: NetworkClientOptions, onEvent: () => void) {
    this.#runtime = runtime;
    this.#options = options;
    this.#onEvent = onEvent;
    this.#connections = new ClusterConnectionStates(options.reconnectBackoff);
    this.#inFlight = new InFlightRequests(options.maxInFlight);
  }

  /** Requests in flight, to all nodes. */
  get inFlightCount(): number {
    return this.#inFlight.total;
  }

  /**
   * Whether a request to this node may be sent now. If there is no connection and one may be tried, starts to connect.
   */
  ready(node: Node, now: number): boolean {
    if (this.isReady(node.id)) return true;
    if (!this.#abort.signal.aborted && this.#connections.canConnect(node.id, now)) this.#connect(node, now);
    return false;
  }

  /** Whether a request to this node may be sent now. */
  isReady(nodeId: number): boolean {
    return this.#connections.get(nodeId).state === "ready" && this.#inFlight.canSendMore(nodeId);
  }

  /**
   * The highest version of `api` that a node speaks, and that is not above `max`, for a request that depends on it. The
   * node {@link isReady}. @throws KafkaError UNSUPPORTED_VERSION when there is none
   */
  versionFor(nodeId: number, api: Api, max?: number): number {
    return this.#connections.get(nodeId).connection!.versionFor(api, max);
  }

  /** How long until one may try to connect; Infinity while there is a connection or an attempt. */
  connectionDelayMs(nodeId: number, now: number): number {
    return this.#connections.connectionDelayMs(nodeId, now);
  }

  /** What went wrong last with a connection; null if nothing did since it last succeeded. */
  lastErrorOf(nodeId: number): Error | null {
    return this.#connections.get(nodeId).lastError;
  }

  /** Whether any of these nodes has a connection, or may soon have one: it is being made, or may be tried now. */
  isAnyWithinReach(nodes: readonly Node[], now: number): boolean {
    return nodes.some(({ id }) => {
      return this.#connections.get(id).state !== "disconnected" || this.#connections.canConnect(id, now);
    });
  }

  /**
   * The node to ask something that any node can answer: best one that is ready to take a request, else one that is
   * being connected to (waiting for it is better than opening one more connection), else one that may be connected to.
   *
   * Of those that are ready, the one with the fewest requests in flight; of those that may be connected to, the one
   * that was tried longest ago, so that all addresses get their turn. Among equals the first one from a random place of
   * the list on, round its end: else all clients would ask the first broker of the list. That place is drawn once a
   * call.
   *
   * @exercise 4.4 NetworkClient.leastLoadedNode
   * @returns null when none of them can take anything at the moment
   */
  leastLoadedNode(nodes: readonly Node[], now: number): Node | null {
    const start = nodes.length === 0 ? 0 : this.#runtime.random.int(nodes.length);
    let ready: Node | null = null;
    let connecting: Node | null = null;
    let connectable: Node | null = null;
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[(start + i) % nodes.length]!;
      const { state, lastAttemptMs } = this.#connections.get(node.id);
      if (this.isReady(node.id)) {
        if (ready === null || this.#inFlight.count(node.id) < this.#inFlight.count(ready.id)) ready = node;
      } else if (state === "connecting") {
        connecting ??= node;
      } else if (this.#connections.canConnect(node.id, now)) {
        const isOlder = connectable === null || lastAttemptMs < this.#connections.get(connectable.id).lastAttemptMs;
        if (isOlder) connectable = node;
      }
    }
    return ready ?? connecting ?? connectable;
  }

  /**
   * Sends a request to a node that {@link isReady}. Never calls `handler` before the next {@link poll}.
   *
   * @param value - large byte fields are lent until `released`
   */
  send<A extends Api>(
    nodeId: number,
    api: A,
    value: Input<RequestOf<A>>,
    handler: RequestHandler<ResponseOf<A>>,
    { timeoutMs = this.#options.requestTimeoutMs, released, version }: RequestOptions = {},
  ): void {
    const { connection } = this.#connections.get(nodeId);
    if (connection === null) throw new Error(`A request for node ${nodeId}, to which there is no connection.`);
    const sentMs = this.#runtime.clock.nowMs();
    const request: Request = { sentMs, timeoutMs, isSent: false, isOver: false, handler };
    this.#inFlight.add(nodeId, request);
    const onReleased = (): void => {
      request.isSent = true;
      released?.();
      if (handler.onSent !== undefined) this.#note((now) => this.#onSent(nodeId, request, now));
      else this.#onEvent();
    };
    const onError = (error: unknown): void => {
      this.#note((now) => this.#onRefused(nodeId, request, error as Error, now));
    };
    if (handler.onSent === undefined) {
      // Time-outs are left to `poll`, which looks at all requests at once.
      const options = { released: onReleased, timeoutMs: Infinity, version };
      connection.send(api, value, options).then(
        (response) => this.#note((now) => this.#onResponse(nodeId, request, response as never, now)),
        onError,
      );
      return;
    }
    try {
      connection.sendNoReply(api, value, { released: onReleased });
    } catch (error) {
      onError(error);
    }
  }

  /**
   * Tells the handlers what has happened: carries out the notes, in the order in which they were written, until there
   * are none, also those that come meanwhile. Then gives up ({@link disconnect}) each node that has not answered in
   * time, with REQUEST_TIMED_OUT. An answer whose note is there has come in time, however late it is read.
   *
   * @exercise 4.4 NetworkClient.poll
   */
  poll(now: number): void {
    while (this.#events.length > 0) {
      const events = this.#events;
      this.#events = [];
      for (const event of events) event(now);
    }
    for (const nodeId of this.#inFlight.nodesWithTimedOutRequests(now)) {
      const message = `Node ${nodeId} did not answer within ${this.#options.requestTimeoutMs} ms (request.timeout.ms).`;
      this.disconnect(nodeId, new KafkaError("REQUEST_TIMED_OUT", message), now);
    }
  }

  /** When to {@link poll} at the latest, whatever happens on the network; Infinity when nothing is waited for. */
  get nextTimeoutMs(): number {
    return this.#inFlight.nextTimeoutMs;
  }

  /**
   * Ends all connections. What was queued on them is still sent; requests in flight fail with the next {@link poll}.
   */
  close(): void {
    this.#abort.abort();
    for (const connection of this.#open) connection.close();
  }

  #connect({ id, host, port }: Node, now: number): void {
    this.#connections.connecting(id, now);
    const { clientId, connectTimeoutMs, requestTimeoutMs } = this.#options;
    const { signal } = this.#abort;
    BrokerConnection.connect(this.#runtime, { host, port, clientId, connectTimeoutMs, requestTimeoutMs, signal }).then(
      (connection) => {
        this.#open.add(connection);
        connection.onClose(() => this.#open.delete(connection));
        // After `close` nobody reads notes any more.
        if (signal.aborted) connection.close();
        else this.#note(() => this.#onConnected(id, connection));
      },
      (error: unknown) =>
        this.#note((later) => {
          this.#connections.warnOf(id, error as Error, this.#runtime.log);
          this.disconnect(id, error as Error, later);
        }),
    );
  }

  #onConnected(nodeId: number, connection: BrokerConnection): void {
    this.#connections.ready(nodeId, connection);
    connection.onClose((error) => {
      this.#note((now) => {
        if (this.#connections.get(nodeId).connection !== connection) return;
        this.disconnect(nodeId, error ?? new KafkaError("NETWORK_EXCEPTION"), now);
      });
    });
  }

  #onResponse(nodeId: number, request: Request, response: never, now: number): void {
    if (request.isOver) return;
    const next = this.#inFlight.completeNext(nodeId);
    if (next !== request) throw new Error(`An answer of node ${nodeId} belongs to another request than the oldest.`);
    request.isOver = true;
    request.handler.onResponse(response, now);
  }

  #onSent(nodeId: number, request: Request, now: number): void {
    if (request.isOver) return;
    this.#inFlight.remove(nodeId, request);
    request.isOver = true;
    request.handler.onSent?.(now);
  }

  /** Mostly the connection has gone, and all its requests with it; or the request could not even be encoded. */
  #onRefused(nodeId: number, request: Request, error: Error, now: number): void {
    if (request.isOver) return;
    const { connection } = this.#connections.get(nodeId);
    const failure = networkError(error);
    if (connection === null || connection.closed) this.disconnect(nodeId, failure, now);
    if (request.isOver) return;
    this.#inFlight.remove(nodeId, request);
    request.isOver = true;
    request.handler.onFailure(failure, now);
  }

  /**
   * Gives up a node's connection, whatever is in flight on it: it is closed, noted as lost ({@link
   * ClusterConnectionStates.disconnected}), and `onDisconnect` is called. All requests to the node are over: their
   * handlers are told of the failure, the oldest first ({@link networkError}). A node without a connection is only
   * noted.
   *
   * A handler may send again at once: by then all of this is done, for every request to the node.
   *
   * @exercise 4.4 NetworkClient.disconnect
   */
  disconnect(nodeId: number, error: Error, now: number): void {
    const { connection } = this.#connections.get(nodeId);
    this.#connections.disconnected(nodeId, now, error);
    connection?.close(error);
    this.#options.onDisconnect?.();
    const requests = this.#inFlight.clearAll(nodeId);
    for (const request of requests) request.isOver = true;
    for (const { handler } of requests) handler.onFailure(networkError(error), now);
  }

  #note(event: (now: number) => void): void {
    this.#events.push(event);
    this.#onEvent();
  }
}
