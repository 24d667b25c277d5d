/**
 * The table of `docs/kafka-mapping.md` with a row an exercise: what the lessons say of each at their ends.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lessons } from "./pages.ts";

const BEGIN = "<!-- exercises: written by `npm run paste-outputs`, from the lessons -->\n";
const END = "\n<!-- end of exercises -->";

/** `markdown` with the table as the lessons of the tree at `root` make it; as it is, if it has no place for one. */
export function withExercises(markdown: string, root: string): string {
  const [start, end] = [markdown.indexOf(BEGIN), markdown.indexOf(END)];
  if (start === -1 || end < start) return markdown;
  return markdown.slice(0, start + BEGIN.length) + exercisesTable(root) + markdown.slice(end);
}

function exercisesTable(root: string): string {
  const rows = lessons(root).flatMap(({ path }) => {
    const [, table = ""] = readFileSync(join(root, path), "utf8").split("\n## In Apache Kafka\n");
    return table.split("\n").filter((line) => /^\| \d+\.\d/.test(line));
  });
  return ["| exercise | Apache Kafka 4.0 | |", "|---|---|---|", ...rows].join("\n");
}
