/**
 * What a demo says when it meets an exercise that isn't written yet.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import { bold, cyan } from "./colours.ts";

/** Says which exercise is missing, if that is what went wrong. @param what - what goes on when it is written */
export function tellStub(error: unknown, what: string = "this demo"): boolean {
  const stub = stubIn(error);
  if (stub === null) return false;
  const number = stub.exercise.split(" ")[0]!;
  console.log(`\n${bold(`○ ${stub.exercise} is yours to write`)}; then ${what} goes on.`);
  console.log(`  Next: ${cyan(`npm test ${number}`)}`);
  return true;
}

function stubIn(error: unknown): NotImplementedError | null {
  if (error instanceof NotImplementedError) return error;
  return error instanceof Error && error.cause !== undefined ? stubIn(error.cause) : null;
}
