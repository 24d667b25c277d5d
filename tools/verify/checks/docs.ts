/**
 * The docs can be built, without a warning, and no link of theirs leads nowhere.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildDocs } from "../../docs/build-docs.ts";
import { siteFaults } from "../../docs/site-faults.ts";
import { type Check, findings } from "../check.ts";

export const docsBuild: Check = {
  name: "docs build",
  aboutExercises: false,
  async run({ root }) {
    const out = mkdtempSync(join(tmpdir(), "katafka-docs-"));
    try {
      const { ok, output, warnings } = await buildDocs(root, out);
      if (!ok) return findings(1, [output]);
      if (warnings > 0) return findings(1, [output]);
      return findings(1, siteFaults(root, out));
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  },
};
