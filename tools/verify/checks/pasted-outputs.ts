/**
 * What lessons show was really printed, and is still printed so.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withExercises } from "../../docs/exercises-table.ts";
import { type Check } from "../check.ts";
import { realOutputs } from "../real-outputs.ts";

export const pastedOutputs: Check = {
  name: "lessons' outputs current",
  aboutExercises: false,
  async run({ root }) {
    const documents = await realOutputs(root);
    const failures = documents.flatMap(({ path, blocks, real, broken }) => [
      ...broken.map((comment) => `${path}: no \`\`\`text block follows ${comment}`),
      ...blocks.flatMap(({ kind, what, text }, i) => {
        const now = real[i]!;
        if ("problem" in now) return [`${path}: ${now.problem}`];
        return now.text === text ? [] : [`${path}: "${kind}: ${what}" is not current: npm run paste-outputs`];
      }),
    ]);
    const mapping = readFileSync(join(root, "docs/kafka-mapping.md"), "utf8");
    if (withExercises(mapping, root) !== mapping) {
      failures.push("docs/kafka-mapping.md: the table of exercises is not current: npm run paste-outputs");
    }
    const total = documents.reduce((sum, { blocks }) => sum + blocks.length, 1);
    return { passed: Math.max(0, total - failures.length), failures, skipped: [] };
  },
};
