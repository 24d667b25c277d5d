/**
 * Builds the docs, in a process of its own.
 *
 * @module
 */
import { captureNode } from "../run/capture.ts";

/**
 * Builds the docs of the tree at `root` into `out`.
 *
 * @param files - of the code, only these; none: all
 */
export async function buildDocs(
  root: string, out: string, files: readonly string[] = [],
): Promise<{ ok: boolean; output: string; warnings: number }> {
  const args = ["--import", "tsx", "tools/docs/site.ts", root, out, ...files];
  const { code, stdout, stderr } = await captureNode(root, args);
  const output = `${stdout}${stderr}`.trim();
  return { ok: code === 0, output, warnings: Number(/ (\d+) warnings?$/m.exec(output)?.[1] ?? 0) };
}
