/**
 * The process behind {@link TestServer}: vitest that stays, and runs when it is asked.
 *
 * @module
 */
import { createVitest } from "vitest/node";
import { SERVED, type ServeRequest } from "./test-server.ts";

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

async function serve({ paths, changed }: ServeRequest): Promise<void> {
  for (const file of changed) vitest.invalidateFile(file);
  await vitest.runTestSpecifications(await vitest.globTestSpecifications([...paths]), true);
  process.send?.(SERVED);
}
