// Loads the tool itself, which is TypeScript.
"use strict";
(async () => {
  const { register } = await import("tsx/esm/api");
  register();
  const { main } = await import("./main.ts");
  process.exitCode = await main(process.argv.slice(2));
})();
