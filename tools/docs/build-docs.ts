/**
 * Builds the docs with typedoc, configured by the files beside this one.
 *
 * @module
 */
import { join } from "node:path";
import { captureNode } from "../run/capture.ts";

/** Builds the docs of the tree at `root` into `out`. */
export async function buildDocs(root: string, out: string): Promise<{ ok: boolean; output: string; warnings: number }> {
  const typedoc = join(root, "node_modules/typedoc/bin/typedoc");
  const args = [typedoc, "--options", join(root, "tools/docs/typedoc.json"), "--out", out];
  const { code, stdout, stderr } = await captureNode(root, args);
  const output = `${stdout}${stderr}`.trim();
  return { ok: code === 0, output, warnings: Number(/and (\d+) warnings?$/m.exec(output)?.[1] ?? 0) };
}
