/**
 * The coordination service over the simulated network, and clients on nodes of their own.
 *
 * @module
 */
import { type CoordinationSession } from "#ground/coordination/coordination";
import { CoordinationServer } from "#ground/coordination/coordination-server";
import { TcpCoordination } from "#ground/coordination/tcp-coordination";
import { TcpCoordinationListener, type TcpListenerOptions } from "#ground/coordination/tcp-listener";
import { type SimNode } from "#ground/sim/sim-node";
import { SimWorld } from "#ground/sim/sim-world";
import { settled } from "../../support/sim.ts";

export const TIMEOUT_MS = 3000;
export const ADDRESS = { host: "service", port: 2181 };
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (data: Uint8Array | undefined): string => new TextDecoder().decode(data);

/** A world with the service on the node "service". */
export class TcpWorld {
  readonly world: SimWorld;
  readonly service: SimNode;
  server!: CoordinationServer;
  listener!: TcpCoordinationListener;

  private constructor(seed: number) {
    this.world = new SimWorld(seed);
    this.service = this.world.node("service");
  }

  /** Runs `body`, and the world until it has ended. */
  static async run(
    body: (fixture: TcpWorld) => Promise<void>, options: Partial<TcpListenerOptions> = {}, seed = 1,
  ): Promise<TcpWorld> {
    const fixture = new TcpWorld(seed);
    await settled(fixture.world, fixture.start(options).then(() => body(fixture)));
    return fixture;
  }

  async start(options: Partial<TcpListenerOptions> = {}): Promise<void> {
    const { runtime } = this.service;
    this.server = CoordinationServer.open(runtime, "/coordination", () => {}, { keepSessions: true });
    this.listener = await TcpCoordinationListener.start(runtime, this.server, { ...ADDRESS, ...options });
  }

  async stop(): Promise<void> {
    await this.server.close();
    await this.listener.close();
  }

  connect(name: string, timeoutMs = TIMEOUT_MS): Promise<CoordinationSession> {
    return new TcpCoordination(this.world.node(name).runtime, ADDRESS).connect(timeoutMs);
  }

  /** Lets time pass that nobody's crash or freeze takes part in. */
  pass(ms: number): Promise<void> {
    const { clock, scheduler } = this.world.node("time").runtime;
    return new Promise((resolve) => scheduler.at(clock.nowMs() + ms, resolve));
  }

  /** The lines that the service has logged. */
  get logged(): string[] {
    return this.world.trace.flatMap((line) => / service log \w+ (.*)/.exec(line)?.[1] ?? []);
  }
}
