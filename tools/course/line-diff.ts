/**
 * A line diff, small and without git: for `npm run diff`, which must work from a zip.
 *
 * @module
 */

/** Lines that stand around a change. */
const CONTEXT = 3;

/** One line of a diff: kept, only in the first text, or only in the second. */
interface DiffLine {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** The differences between two texts, with some lines around; empty when there are none. */
export function lineDiff(first: string, second: string): string[] {
  const lines = align(first.split("\n"), second.split("\n"));
  const around = (i: number): DiffLine[] => lines.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1);
  const near = lines.map((_, i) => around(i).some(({ sign }) => sign !== " "));
  const shown: string[] = [];
  lines.forEach(({ sign, text }, i) => {
    if (near[i]) shown.push(`${sign} ${text}`.trimEnd());
    else if (near[i - 1]) shown.push("  …");
  });
  if (shown.at(-1) === "  …") shown.pop();
  return shown;
}

/** Longest common subsequence, by the textbook: files here are some hundred lines. */
function align(a: readonly string[], b: readonly string[]): DiffLine[] {
  const longest: Uint32Array[] = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const [here, below] = [longest[i]!, longest[i + 1]!];
      here[j] = a[i] === b[j] ? below[j + 1]! + 1 : Math.max(below[j]!, here[j + 1]!);
    }
  }
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ sign: " ", text: a[i]! });
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && longest[i + 1]![j]! >= longest[i]![j + 1]!)) {
      lines.push({ sign: "-", text: a[i++]! });
    } else {
      lines.push({ sign: "+", text: b[j++]! });
    }
  }
  return lines;
}
