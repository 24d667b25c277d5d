// Loads the tool itself, which is TypeScript.
"use strict";
// Whoever reads our output may stop reading: `npm run status | head` is no error.
process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});
(async () => {
  const { register } = await import("tsx/esm/api");
  register();
  const { main } = await import("./main.ts");
  process.exitCode = await main(process.argv.slice(2));
})();
