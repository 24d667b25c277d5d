/**
 * Mixed clusters: some brokers run on the learner's code, the others on the reference. Which code a process runs on is
 * settled by the conditions that node is started with, so each broker has its own.
 *
 * @module
 */

/** Which brokers run on the learner's code, and in which chapters. */
export interface MineBrokers {
  readonly ids: readonly number[];
  /** Null: all chapters. */
  readonly chapters: readonly number[] | null;
}

/** For people: which code broker `id` runs on; null if it is like all others. */
export function codeOf(mine: MineBrokers | null, id: number): string | null {
  if (mine === null) return null;
  if (!mine.ids.includes(id)) return "on the reference";
  return mine.chapters === null ? "on your code" : `on your chapter ${mine.chapters.join(", ")}`;
}

/**
 * Node's own arguments for broker `id`.
 *
 * @param execArgv - those of this process: for each chapter `-C solution-NN`, which stands for the reference
 */
export function execArgvFor(execArgv: readonly string[], mine: MineBrokers | null, id: number): string[] {
  if (mine?.ids.includes(id) !== true) return [...execArgv];
  const isMine = (condition: string | undefined): boolean => {
    const number = /^solution-(\d+)$/.exec(condition ?? "")?.[1];
    return number !== undefined && (mine.chapters?.includes(Number(number)) ?? true);
  };
  return execArgv.filter((arg, i) => !isMine(arg) && !(arg === "-C" && isMine(execArgv[i + 1])));
}
