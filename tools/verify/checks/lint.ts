/**
 * Lint: oxlint for what is wrong anywhere, and the project's own rules.
 *
 * @module
 */
import { join } from "node:path";
import { checkAmbient } from "../../lint/ambient.ts";
import { checkDirection } from "../../lint/direction.ts";
import { checkModuleState } from "../../lint/module-state.ts";
import { checkSizes } from "../../lint/sizes.ts";
import { readSources } from "../../lint/source.ts";
import { captureNode } from "../../run/capture.ts";
import { type Check } from "../check.ts";

/** The learner's chapters are not linted: they are the learner's. */
const LINTED = ["solutions", "chapters/00-ground", "chapters/20-cluster", "tests", "tools"];

export const lint: Check = {
  name: "lint",
  aboutExercises: false,
  async run({ root }) {
    const sources = readSources(root);
    const complaints = [
      ...(await oxlint(root)),
      ...checkDirection(root, sources),
      ...checkAmbient(sources),
      ...checkModuleState(sources),
      ...checkSizes(sources),
    ];
    const files = new Set(complaints.map((text) => text.split(":")[0]));
    return { passed: sources.length - files.size, failures: complaints, skipped: [] };
  },
};

async function oxlint(root: string): Promise<string[]> {
  const args = [join(root, "node_modules/oxlint/bin/oxlint"), "--format=unix", ...LINTED];
  const { code, stdout, stderr } = await captureNode(root, args);
  if (code === 0) return [];
  const lines = stdout.split("\n").filter((line) => /^\S+:\d+:\d+: /.test(line));
  return lines.length > 0 ? lines : [`oxlint: ${stdout.trim() || stderr.trim()}`];
}
