// Loads the tool itself, which is TypeScript.
"use strict";
require("tsx/cjs");
const { main } = require("./main.ts");
main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
