/**
 * What the parts of the conformance suite share.
 *
 * @module
 */
import {
  type Coordination,
  CoordinationError,
  type CoordinationErrorCode,
  type CoordinationSession,
} from "#ground/coordination/coordination";

/** A process that uses the service. */
export interface Client {
  readonly coordination: Coordination;
  /** Dies, without closing its sessions. */
  die(): void;
}

/** A running, empty service. */
export interface CoordinationFixture {
  client(): Client;
  /** Lets time pass, simulated or real. */
  pass(ms: number): Promise<void>;
}

/** Runs `body` against a fresh service, and stops the service afterwards. */
export type WithCoordination = (body: (fixture: CoordinationFixture) => Promise<void>) => Promise<void>;

/** The session time-out of the tests. */
export const TIMEOUT_MS = 3000;

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (data: Uint8Array | undefined): string => new TextDecoder().decode(data);

/** The code with which a call fails; anything else than a CoordinationError fails the test. */
export async function codeOf(call: Promise<unknown>): Promise<CoordinationErrorCode | "none"> {
  try {
    await call;
    return "none";
  } catch (error) {
    if (error instanceof CoordinationError) return error.code;
    throw error;
  }
}

/** Runs a test with two sessions, each of a client of its own. */
export function withSessions(
  withCoordination: WithCoordination,
): (body: (a: CoordinationSession, b: CoordinationSession) => Promise<void>) => Promise<void> {
  return (body) =>
    withCoordination(async (fixture) => {
      const a = await fixture.client().coordination.connect(TIMEOUT_MS);
      const b = await fixture.client().coordination.connect(TIMEOUT_MS);
      await body(a, b);
    });
}
