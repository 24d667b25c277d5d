/**
 * The process behind {@link TestServer}: vitest that stays, and runs when it is asked.
 *
 * @module
 */
import { createVitest, type TestSpecification } from "vitest/node";
import { type Only, SERVED, type ServeRequest } from "./test-server.ts";

const testTimeout = process.argv[2] ?? "";
const vitest = await createVitest("test", {
  watch: false,
  reporters: ["tools/run/reporter.ts"],
  // Reads the configuration without writing anything into node_modules.
  configLoader: "runner",
  ...(testTimeout !== "" && { testTimeout: Number(testTimeout) }),
});

process.on("message", (message) => void serve(message as ServeRequest));
// The reporter lets go of the channel; here it is what this process lives for.
process.channel?.ref();

async function serve({ paths, changed, only, untilFirstFailure }: ServeRequest): Promise<void> {
  vitest.config.bail = untilFirstFailure ? 1 : 0;
  for (const file of changed) vitest.invalidateFile(file);
  const all = await vitest.globTestSpecifications([...paths]);
  await vitest.runTestSpecifications(only === null ? all : all.flatMap((file) => chosen(file, only)), true);
  process.send?.(SERVED);
}

function chosen({ project, moduleId, pool }: TestSpecification, only: NonNullable<Only>): TestSpecification[] {
  if (typeof only === "string") {
    return [project.createSpecification(moduleId, { testNamePattern: new RegExp(only) }, pool)];
  }
  const titles = only.find(({ file }) => file === moduleId)?.titles.map(escaped);
  if (titles === undefined) return [];
  const testNamePattern = new RegExp(`(^| )(${titles.join("|")})$`);
  return [project.createSpecification(moduleId, { testNamePattern }, pool)];
}

function escaped(title: string): string {
  return title.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
