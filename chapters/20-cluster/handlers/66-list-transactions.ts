/**
 * ListTransactions: all transactions that this broker coordinates (KIP-664). There are none yet.
 *
 * Behaviour / Version notes
 * - Names of states that there aren't are told back.
 * - v1 asks only for those that are open for longer.
 *
 * @module
 */
import { ListTransactions } from "#ground/protocol/messages/66-list-transactions";
import { type ApiHandler, handler } from "../handler.ts";

const STATES: ReadonlySet<string> = new Set([
  "Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort", "PrepareEpochFence", "Dead",
]);

export const listTransactions: ApiHandler = handler({
  api: ListTransactions,
  versions: [0, 1],
  handle({ stateFilters }) {
    return { unknownStateFilters: stateFilters.filter((state) => !STATES.has(state)), transactionStates: [] };
  },
});
