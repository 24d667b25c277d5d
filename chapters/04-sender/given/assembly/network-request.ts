/**
 * How a client of the network is set up, and how one asks it to send something.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { type ExponentialBackoff } from "#sender/exponential-backoff";

/** What is to be known of a request that is on its way. */
export interface SentRequest {
  /** When it was sent. */
  readonly sentMs: number;
  /** How long its answer may take (`request.timeout.ms`). */
  readonly timeoutMs: number;
  /** Whether the network has taken all its bytes. Becomes true, once. */
  isSent: boolean;
}

/** How a client connects and waits. */
export interface NetworkClientOptions {
  /** `client.id`. */
  readonly clientId: string;
  /** `max.in.flight.requests.per.connection`. */
  readonly maxInFlight: number;
  /** `request.timeout.ms`. */
  readonly requestTimeoutMs: number;
  /** `socket.connection.setup.timeout.ms`. */
  readonly connectTimeoutMs: number;
  /** `reconnect.backoff.ms`, `reconnect.backoff.max.ms`. */
  readonly reconnectBackoff: ExponentialBackoff;
  /** Called when a connection is lost or can't be made: perhaps the broker is dead, and others lead its partitions. */
  readonly onDisconnect?: () => void;
}

/** What becomes of a request. Exactly one of these is called, once, by `NetworkClient.poll`. */
export interface RequestHandler<Response> {
  onResponse(response: Response, now: number): void;
  /** No answer came, and none will: whether the broker has done what was asked, nobody knows. */
  onFailure(error: KafkaError, now: number): void;
  /** Set for a request that gets no answer (Produce with acks 0), and called when the network has taken it. */
  onSent?(now: number): void;
}

/** How one request is sent. */
export interface RequestOptions {
  /** Default: `request.timeout.ms`. */
  readonly timeoutMs?: number;
  /** Called once when the network no longer needs the bytes of the request. */
  readonly released?: () => void;
  /** Default: the highest that both sides speak. */
  readonly version?: number;
}

/** Whoever waits for an answer gets one of Kafka's errors, whatever ended the connection. */
export function networkError(error: Error): KafkaError {
  return error instanceof KafkaError ? error : new KafkaError("NETWORK_EXCEPTION", error.message, { cause: error });
}
