/**
 * Types: the reference in the tree, and the stubs in a scratch copy, where a learner's half-written chapter doesn't
 * matter.
 *
 * @module
 */
import { join } from "node:path";
import { captureNode } from "../../run/capture.ts";
import { type Check, findings } from "../check.ts";
import { Scratch } from "../scratch.ts";

const MOST_SHOWN = 20;

export const types: Check = {
  name: "types",
  aboutExercises: false,
  async run({ root }) {
    const scratch = new Scratch(root);
    try {
      scratch.resetToStubs();
      const runs = [
        { what: "the reference", cwd: root, project: "solutions" },
        { what: "the stubs", cwd: scratch.root, project: "." },
        { what: "the page of the picture", cwd: root, project: "tools/ui/page" },
      ];
      const failures = await Promise.all(
        runs.map(async ({ what, cwd, project }) => {
          const args = [join(root, "node_modules/typescript/bin/tsc"), "-p", project, "--pretty", "false"];
          const { code, stdout } = await captureNode(cwd, args);
          if (code === 0) return [];
          const lines = stdout.trim().split("\n");
          const more = lines.length > MOST_SHOWN ? `\n… and ${lines.length - MOST_SHOWN} more lines` : "";
          return [`with ${what}:\n${lines.slice(0, MOST_SHOWN).join("\n")}${more}`];
        }),
      );
      return findings(runs.length, failures.flat());
    } finally {
      scratch.remove();
    }
  },
};
