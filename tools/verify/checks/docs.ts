/**
 * The generated docs can be built.
 *
 * @module
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildDocs } from "../../docs/build-docs.ts";
import { type Check, findings } from "../check.ts";

export const docsBuild: Check = {
  name: "docs build",
  aboutExercises: false,
  async run({ root }) {
    const out = mkdtempSync(join(tmpdir(), "katafka-docs-"));
    try {
      const { ok, output, warnings } = await buildDocs(root, out);
      if (!ok) return findings(1, [output]);
      if (!existsSync(join(out, "index.html"))) return findings(1, ["there is no index.html"]);
      return { ...findings(1, []), ...(warnings > 0 && { remark: `${warnings} warnings: see \`npm run docs\`` }) };
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  },
};
