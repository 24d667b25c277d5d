/**
 * The checks of verify, in the order in which they run: the quick ones first, those that need quiet alone.
 *
 * @module
 */
import { type Check } from "../check.ts";
import { docsBuild } from "./docs.ts";
import { alternatives, chaffCaught, complete, redMatrix } from "./exercises.ts";
import { homes } from "./homes.ts";
import { lint } from "./lint.ts";
import { pastedOutputs } from "./pasted-outputs.ts";
import { endToEnd, referenceTests, toolsTests } from "./reference-tests.ts";
import { simulationBites, simulationSweep } from "./simulation.ts";
import { stubs } from "./stubs.ts";
import { titles } from "./titles.ts";
import { types } from "./types.ts";

/** Those of one row run side by side: each of them keeps one core busy, more or less. */
export const ALL_CHECKS: readonly (readonly Check[])[] = [
  [types],
  [lint, stubs, homes],
  [referenceTests],
  [complete],
  [titles],
  [redMatrix],
  [chaffCaught],
  [alternatives],
  [toolsTests, pastedOutputs, docsBuild],
  [simulationSweep, simulationBites],
  [endToEnd],
];
