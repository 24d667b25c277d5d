/**
 * Sizes: a file holds one idea, and a line fits a screen.
 *
 * @module
 */
import { type Source } from "./source.ts";

const MOST_LINES = 400;
/** Tests are lists of cases. */
const MOST_LINES_OF_A_TEST = 600;
const MOST_COLUMNS = 120;

/** Complaints about long files and long lines. */
export function checkSizes(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) => {
    const lines = text.split("\n");
    const most = path.startsWith("tests/") ? MOST_LINES_OF_A_TEST : MOST_LINES;
    const tooLong = lines.length > most ? [`${path}: ${lines.length} lines, ${most} at most: split it`] : [];
    const wide = lines.flatMap((line, i) => {
      const columns = [...line].length;
      return columns > MOST_COLUMNS ? [`${path}:${i + 1}: ${columns} columns, ${MOST_COLUMNS} at most`] : [];
    });
    return [...tooLong, ...wide];
  });
}
