import { KafkaError } from "#ground/errors";
import { type Runtime } from "#ground/runtime";

/** A flood of connections is told in one line each this long. */
const LINE_EVERY_MS = 10_000;

/** How many connections there may be at a time. */
export interface ConnectionQuotaLimits {
  /** `max.connections`. Never more than the process can have, whatever is asked for (`Transport.maxConnections`). */
  readonly maxConnections: number;
  /** `max.connections.per.ip`. */
  readonly maxConnectionsPerIp: number;
}

/**
 * Counts the connections of a broker, over all its listeners but those that are exempt, and refuses those beyond its
 * limits: so that clients, by mistake or on purpose, don't take the descriptors that its files need.
 *
 * *Different*: at `max.connections` Kafka accepts no more until another client has gone, and a new one waits. Node
 * can't leave connections with the system: a new one is closed at once.
 *
 * Source: Kafka's `ConnectionQuotas`, KIP-402.
 */
export class ConnectionQuotas {
  readonly #runtime: Pick<Runtime, "clock" | "log">;
  readonly #limits: ConnectionQuotaLimits;
  readonly #isBoundBySystem: boolean;
  readonly #byIp = new Map<string, number>();
  #count = 0;
  #refused = 0;
  #nextLineMs = 0;

  constructor(runtime: Pick<Runtime, "clock" | "log" | "transport">, limits: ConnectionQuotaLimits) {
    const { maxConnections } = runtime.transport;
    this.#runtime = runtime;
    this.#isBoundBySystem = maxConnections < limits.maxConnections;
    this.#limits = { ...limits, maxConnections: Math.min(limits.maxConnections, maxConnections) };
  }

  /** Counts a new connection. @returns why there may not be one more, and it isn't counted; else null */
  tryAdd(remoteAddress: string): KafkaError | null {
    const ip = ipOf(remoteAddress);
    const ofIp = this.#byIp.get(ip) ?? 0;
    const problem = this.#problem(ip, ofIp);
    if (problem !== null) {
      this.#noteRefusal(problem);
      return new KafkaError("NETWORK_EXCEPTION", problem);
    }
    this.#byIp.set(ip, ofIp + 1);
    this.#count += 1;
    return null;
  }

  /** A connection that was counted has closed. */
  remove(remoteAddress: string): void {
    const ip = ipOf(remoteAddress);
    const left = this.#byIp.get(ip)! - 1;
    if (left === 0) this.#byIp.delete(ip);
    else this.#byIp.set(ip, left);
    this.#count -= 1;
  }

  #problem(ip: string, ofIp: number): string | null {
    const { maxConnections, maxConnectionsPerIp } = this.#limits;
    if (ofIp >= maxConnectionsPerIp) return `${ip} has ${ofIp} connections, max.connections.per.ip`;
    if (this.#count < maxConnections) return null;
    const why = this.#isBoundBySystem
      ? "all that the process can have beside its open files (ulimit -n)"
      : "max.connections";
    return `there are ${this.#count} connections, ${why}`;
  }

  #noteRefusal(problem: string): void {
    const nowMs = this.#runtime.clock.nowMs();
    this.#refused += 1;
    if (nowMs < this.#nextLineMs) return;
    const which = this.#refused === 1 ? "A new connection was" : `${this.#refused} new connections were`;
    this.#runtime.log.warn(`${which} refused: ${problem}`);
    this.#refused = 0;
    this.#nextLineMs = nowMs + LINE_EVERY_MS;
  }
}

/** The peer without its port. */
/** The IP address of `remoteAddress`, which is `host:port`. */
export function ipOf(remoteAddress: string): string {
  return remoteAddress.slice(0, remoteAddress.lastIndexOf(":"));
}
