/**
 * Lint: oxlint for what is wrong anywhere, and the project's own rules.
 *
 * @module
 */
import { join } from "node:path";
import { givenFolders } from "../../course/chapters.ts";
import { checkAmbient } from "../../lint/ambient.ts";
import { checkDirection } from "../../lint/direction.ts";
import { checkModuleState } from "../../lint/module-state.ts";
import { checkSizes } from "../../lint/sizes.ts";
import { readSources } from "../../lint/source.ts";
import { captureNode } from "../../run/capture.ts";
import { type Check } from "../check.ts";

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
  // Not what the learner writes: it is the learner's.
  const linted = ["solutions", ...givenFolders(root), "tests", "tools"];
  const args = [join(root, "node_modules/oxlint/bin/oxlint"), "--format=unix", ...linted];
  const { code, stdout, stderr } = await captureNode(root, args);
  if (code === 0) return [];
  const lines = stdout.split("\n").filter((line) => /^\S+:\d+:\d+: /.test(line));
  return lines.length > 0 ? lines : [`oxlint: ${stdout.trim() || stderr.trim()}`];
}
