/**
 * Real outputs in lessons: a comment `<!-- output: npm run demo 1 -->` or `<!-- failure: 1.1 name of the chaff -->`
 * directly before a ```text block, which holds what was really printed.
 *
 * @module
 */

/** One block to fill in. */
export interface Pasted {
  readonly kind: "output" | "failure";
  /** The command, or the exercise's number and the name of the wrong answer. */
  readonly what: string;
  /** What the block holds now. */
  readonly text: string;
  /** Where that text stands in the lesson. */
  readonly start: number;
  readonly end: number;
}

const BLOCK = /^<!-- (output|failure): (.+?) -->\n```text\n([\s\S]*?)^```$/gm;

/** The blocks of a lesson, in order. */
export function pastedIn(markdown: string): Pasted[] {
  return [...markdown.matchAll(BLOCK)].map((match) => {
    const end = match.index + match[0].length - "```".length;
    const text = match[3]!;
    return { kind: match[1] as Pasted["kind"], what: match[2]!, text, start: end - text.length, end };
  });
}

/** Comments that look like ours but have no block after them, so that nothing would be filled in. */
export function brokenIn(markdown: string): string[] {
  const comments = [...markdown.matchAll(/^<!-- (?:output|failure): .*$/gm)].map((match) => match[0]);
  const good = new Set([...markdown.matchAll(BLOCK)].map((match) => match[0].split("\n")[0]));
  return comments.filter((comment) => !good.has(comment));
}

/** The lesson with new texts in its blocks. */
export function paste(markdown: string, blocks: readonly Pasted[], texts: readonly string[]): string {
  let result = markdown;
  for (let i = blocks.length - 1; i >= 0; i--) {
    const { start, end } = blocks[i]!;
    result = `${result.slice(0, start)}${texts[i]!}${result.slice(end)}`;
  }
  return result;
}
