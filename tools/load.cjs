// Loads the tool itself, which is TypeScript.
"use strict";
// Whoever reads our output may stop reading: `npm run status | head` is no error.
process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});
require("tsx/cjs");
const { main } = require("./main.ts");
main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
