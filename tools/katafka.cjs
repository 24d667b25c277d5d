// The workshop's own tool: `node tools/katafka.cjs <command> [arguments]`, behind every npm script.
// Plain old JavaScript up to the check, so that an old Node gets a sentence and not a syntax error.
"use strict";
require("./check-setup.cjs");
require("./load.cjs");
