/**
 * How our commands and programs end: with an exit code, and with a sentence when what was asked for makes no sense.
 *
 * @module
 */
import { BadRequest } from "../course/selection.ts";
import { Interrupted } from "./run-tests.ts";

/** Runs `main`; what is wrong with the request is said in its own words, not with a stack. @returns the exit code */
export async function answer(main: () => number | void | Promise<number | void>): Promise<number> {
  try {
    return (await main()) ?? 0;
  } catch (error) {
    if (error instanceof Interrupted) return 130;
    if (!isForThePerson(error)) throw error;
    console.error(error.message);
    return 2;
  }
}

/** Who reads may have had enough, as in `npm run demo 5 | head -3`: then nothing more is said, and no stack shown. */
export function endWhenNobodyReads(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
}

/** What was asked for makes no sense, or an option is unknown. */
function isForThePerson(error: unknown): error is Error {
  const code = (error as { code?: unknown } | null)?.code;
  return error instanceof BadRequest || (typeof code === "string" && code.startsWith("ERR_PARSE_ARGS"));
}
