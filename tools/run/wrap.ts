/**
 * Text in lines that fit the terminal.
 *
 * @module
 */

/** What is taken where no terminal is known: a pipe, a file, a lesson. */
const USUAL_COLUMNS = 80;
/** On a wider terminal lines stay as long as one can read with ease. */
const MOST_COLUMNS = 100;
const LEAST_COLUMNS = 40;

/** Columns that a line of ours may have. */
export function lineWidth(columns: number | undefined = process.stdout.columns): number {
  if (columns === undefined || columns === 0) return USUAL_COLUMNS;
  return Math.max(LEAST_COLUMNS, Math.min(columns, MOST_COLUMNS));
}

/** Breaks `text` at blanks into lines of at most `width` characters; keeps its own line breaks. */
export function wrap(text: string, width: number): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line !== "" && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else {
        line = line === "" ? word : `${line} ${word}`;
      }
    }
    return [...lines, line];
  });
}

/**
 * Breaks one line, such as a value or a line of a table, where it is too long: at a blank if there is one near the
 * end, else anywhere. What is carried over begins with `indent`.
 */
export function fold(line: string, width: number, indent: string = ""): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const blank = rest.lastIndexOf(" ", width);
    const at = blank > Math.max(indent.length, width / 3) ? blank : width;
    lines.push(rest.slice(0, at).trimEnd());
    rest = indent + rest.slice(at).trimStart();
  }
  return [...lines, rest];
}

/** Markdown text, such as a hint, in lines of `width`: paragraphs are put together and broken anew, code stays. */
export function reflow(markdown: string, width: number): string[] {
  const lines: string[] = [];
  let paragraph: string[] = [];
  let inCode = false;
  const end = (): void => {
    if (paragraph.length > 0) lines.push(...wrap(paragraph.join(" "), width));
    paragraph = [];
  };
  for (const line of markdown.split("\n")) {
    const isFence = line.startsWith("```");
    if (!inCode && !isFence && line.trim() !== "" && !/^ {4}/.test(line)) {
      if (/^([-*]|\d+\.) /.test(line)) end();
      paragraph.push(line.trim());
      continue;
    }
    end();
    if (isFence) inCode = !inCode;
    lines.push(line);
  }
  end();
  return lines;
}

/** `1 file`, `2 files`. */
export function countOf(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
