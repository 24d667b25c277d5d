/**
 * `npm run docs`: the docs site, under docs/api: lessons, guides, and the code of the reference and the given chapters.
 *
 * @module
 */
import { join } from "node:path";
import { ROOT } from "../course/chapters.ts";
import { noWords } from "../course/selection.ts";
import { buildDocs } from "../docs/build-docs.ts";

/** @returns the exit code */
export async function docs(args: readonly string[], root: string = ROOT): Promise<number> {
  noWords(args);
  const { ok, output } = await buildDocs(root, join(root, "docs/api"));
  if (output !== "") console.log(output);
  if (ok) console.log("Open docs/api/index.html in a browser.");
  return ok ? 0 : 1;
}
