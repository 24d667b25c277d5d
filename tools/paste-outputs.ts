/**
 * `npm run paste-outputs`: fills the outputs in that the lessons show, and writes the generated pages of `docs/`.
 * `npm run paste-outputs 20`: of one chapter's lesson alone. For authors.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listChapters, ROOT } from "./course/chapters.ts";
import { paste } from "./course/pasted.ts";
import { oneWord, select } from "./course/selection.ts";
import { configurationPage } from "./docs/configuration-page.ts";
import { withExercises } from "./docs/exercises-table.ts";
import { realOutputs } from "./verify/real-outputs.ts";

/** @returns the exit code: 0 when every block could be filled in */
export async function pasteOutputs(args: readonly string[] = [], root: string = ROOT): Promise<number> {
  const word = oneWord(args);
  const only = word === undefined ? null : select(root, listChapters(root), word)!.chapters;
  const isWanted = (path: string): boolean => only?.some(({ folder }) => path.includes(`/${folder}/`)) ?? true;
  let problems = 0;
  for (const { path, markdown, blocks, real, broken } of await realOutputs(root, isWanted)) {
    for (const comment of broken) console.log(`${path}: no \`\`\`text block follows ${comment}`);
    const texts = blocks.map((block, i) => {
      const now = real[i]!;
      if ("text" in now) return now.text;
      console.log(`${path}: ${now.problem}`);
      problems += 1;
      return block.text;
    });
    problems += broken.length;
    const filled = paste(markdown, blocks, texts);
    if (filled !== markdown) writeFileSync(join(root, path), filled);
    console.log(`${path}: ${blocks.length} outputs${filled === markdown ? ", all current" : ", filled in"}`);
  }
  writeFileSync(join(root, "docs/configuration.md"), configurationPage());
  const mapping = join(root, "docs/kafka-mapping.md");
  writeFileSync(mapping, withExercises(readFileSync(mapping, "utf8"), root));
  return problems === 0 ? 0 : 1;
}
