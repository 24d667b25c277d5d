/**
 * What every implementation of {@link Coordination} must do. Each calls this from a test file of its own, with a
 * fixture that knows how to start the service and how to let time pass.
 *
 * @module
 */
import { conformanceOfMulti } from "./conformance/multi.ts";
import { conformanceOfNodes } from "./conformance/nodes.ts";
import { conformanceOfSessions } from "./conformance/sessions.ts";
import { type WithCoordination } from "./conformance/support.ts";
import { conformanceOfWatches } from "./conformance/watches.ts";

export { type Client, codeOf, type CoordinationFixture, type WithCoordination } from "./conformance/support.ts";

/** @param name - of the implementation, for the titles of the tests. */
export function coordinationConformance(name: string, withCoordination: WithCoordination): void {
  conformanceOfNodes(name, withCoordination);
  conformanceOfMulti(name, withCoordination);
  conformanceOfSessions(name, withCoordination);
  conformanceOfWatches(name, withCoordination);
}
