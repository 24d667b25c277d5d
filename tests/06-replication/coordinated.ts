/**
 * Brokers with sessions at a coordination service, in a simulated world. A test loses answers and interferes between
 * calls where it likes.
 *
 * @module
 */
import { CoordinationError, type CoordinationSession } from "#ground/coordination/coordination";
import { CoordinationServer } from "#ground/coordination/coordination-server";
import { LocalCoordination } from "#ground/coordination/local-coordination";
import { type Runtime } from "#ground/runtime";
import { SimWorld } from "#ground/sim/sim-world";
import { prepareCluster } from "#replication";

/** After so much silence a session expires. */
export const SESSION_MS = 6_000;

/** A coordination service on one node, and brokers on others. */
export class Coordinated {
  readonly world = new SimWorld(1, { flushMs: 0 });
  server = CoordinationServer.open(this.world.node("service").runtime, "/coordination");

  /** Runs `call` to its end in simulated time. */
  run<T>(call: Promise<T>): Promise<T> {
    return this.world.settled(call);
  }

  runtimeOf(brokerId: number): Runtime {
    return this.world.node(`b${brokerId}`).runtime;
  }

  /** A session of a broker, with the nodes that a cluster has. */
  async session(brokerId: number, runtime: Runtime = this.runtimeOf(brokerId)): Promise<CoordinationSession> {
    const session = await this.run(new LocalCoordination(this.server, runtime).connect(SESSION_MS));
    await this.run(prepareCluster(session, `cluster-of-${brokerId}`));
    return session;
  }
}

type Call = "create" | "get" | "exists" | "set" | "watch" | "multi";

/** Lets the next `call` take effect and its answer get lost. */
export function loseAnswer(session: CoordinationSession, call: Call): void {
  after(session, call, () => {
    throw new CoordinationError("CONNECTION_LOSS", call);
  });
}

/** Does something right after the next `call` has taken effect, before its caller hears of it. */
export function after(session: CoordinationSession, call: Call, interfere: () => Promise<void> | void): void {
  const calls = session as unknown as Record<Call, (...args: unknown[]) => Promise<unknown>>;
  const original = calls[call];
  calls[call] = async (...args) => {
    calls[call] = original;
    const result = await original.apply(session, args);
    await interfere();
    return result;
  };
}
