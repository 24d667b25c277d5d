/**
 * A process of its own, in a scratch copy full of stubs: imports every module of every chapter, and complains where a
 * stub is met on the way, as would happen to a learner before the first test.
 *
 * @module
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { onStubMet } from "#ground/errors";
import { filesUnder, hasSolution, listChapters } from "../course/chapters.ts";

const root = process.cwd();
const complaints: string[] = [];
let current = "";
onStubMet(({ exercise }) => complaints.push(`importing ${current} calls ${exercise}`));

let imported = 0;
for (const chapter of listChapters(root).filter((one) => hasSolution(root, one))) {
  for (const name of filesUnder(join(root, "chapters", chapter.folder), ".ts")) {
    current = join("chapters", chapter.folder, name);
    try {
      await import(pathToFileURL(join(root, current)).href);
      imported += 1;
    } catch (error) {
      complaints.push(`importing ${current} fails: ${(error as Error).message}`);
    }
  }
}
console.log(complaints.length === 0 ? `${imported} imported` : complaints.join("\n"));
process.exit(complaints.length === 0 ? 0 : 1);
