/**
 * `npm run lint`: oxlint and the project's own rules, in a second. For authors.
 *
 * @module
 */
import { ROOT } from "../course/chapters.ts";
import { noWords } from "../course/selection.ts";
import { lint as check } from "../verify/checks/lint.ts";
import { Lab } from "../verify/lab.ts";

/** @returns the exit code */
export async function lint(args: readonly string[], root: string = ROOT): Promise<number> {
  noWords(args);
  const { passed, failures } = await check.run({ root, chapters: [], learners: [], lab: new Lab(root), ci: false });
  for (const text of failures) console.log(text);
  console.log(failures.length === 0 ? `${passed} files, nothing to complain of` : `${failures.length} complaints`);
  return failures.length === 0 ? 0 : 1;
}
