/**
 * `--mine` and `--mine 5,6`: which chapters shall run on the learner's code.
 *
 * @module
 */
import { BadRequest } from "../course/selection.ts";

/**
 * Takes `--mine` out of arguments.
 *
 * @param all - those that may be asked for
 * @param alone - what `--mine` alone stands for
 * @returns the chapters' numbers, none without `--mine`; and the other arguments
 */
export function takeMine(
  args: readonly string[],
  all: readonly number[],
  alone: readonly number[] = all,
): { mine: number[]; rest: string[] } {
  const rest = [...args];
  const at = rest.findIndex((arg) => arg === "--mine" || arg.startsWith("--mine="));
  if (at === -1) return { mine: [], rest };
  const [flag] = rest.splice(at, 1);
  let list = flag!.startsWith("--mine=") ? flag!.slice("--mine=".length) : undefined;
  if (list === undefined && /^\d+(,\d+)*$/.test(rest[at] ?? "")) [list] = rest.splice(at, 1);
  if (list === undefined) return { mine: [...alone], rest };
  const mine = list.split(",").map(Number);
  const unknown = mine.find((number) => !all.includes(number));
  if (unknown !== undefined) throw new BadRequest(`--mine ${list}: chapter ${unknown} is not yours to write.`);
  return { mine, rest };
}
