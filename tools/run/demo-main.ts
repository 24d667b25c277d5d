/**
 * The process in which a demo plays: `node … tools/run/demo-main.ts 05 [--step]`.
 *
 * @module
 */
import { createStage, type Demo } from "../stage.ts";
import { endWhenNobodyReads } from "./answer.ts";
import { dim } from "./colours.ts";
import { tellStub } from "./missing-exercise.ts";

async function main([name, ...flags]: readonly string[]): Promise<number> {
  endWhenNobodyReads();
  const { default: play } = (await import(`../demos/${name}.ts`)) as { default: Demo };
  const step = flags.includes("--step") && process.stdin.isTTY;
  // What a demo has started ends with it (on "exit"), also when it is ended from outside.
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    process.on(signal, () => process.exit(code));
  }
  // A stub may also be met where nobody waits: in what a simulated broker does by itself.
  process.on("uncaughtException", (error) => {
    if (!tellStub(error)) console.error(error);
    process.exit(1);
  });
  try {
    await play(createStage((line) => console.log(line), step ? waitForKey : async () => {}));
    return 0;
  } catch (error) {
    if (!tellStub(error)) throw error;
    return 1;
  } finally {
    if (step) process.stdin.pause();
  }
}

function waitForKey(): Promise<void> {
  process.stdout.write(dim("  … any key"));
  process.stdin.setRawMode(true).resume();
  return new Promise((resolve) => {
    process.stdin.once("data", (key) => {
      process.stdin.setRawMode(false).pause();
      process.stdout.write("\r\u001b[2K");
      if (key.toString() === "\u0003") process.exit(130); // ctrl-C, which raw mode hands over as a key
      resolve();
    });
  });
}

process.exitCode = await main(process.argv.slice(2));
