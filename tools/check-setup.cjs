// Says in one sentence when Node is too old, or nothing is installed yet. Plain old JavaScript: an old Node must be
// able to read it.
"use strict";
var exists = require("fs").existsSync;
var join = require("path").join;

function refuse(sentence) {
  process.stderr.write(sentence + "\n");
  process.exit(1);
}

var parts = process.versions.node.split(".").map(Number);
if (parts[0] < 20 || parts[0] === 21 || (parts[0] === 20 && parts[1] < 20) || (parts[0] === 22 && parts[1] < 12)) {
  refuse(
    "katafka needs Node 20.20 or newer (of Node 22, at least 22.12); this is Node " +
      process.versions.node +
      ". See https://nodejs.org"
  );
}
if (!exists(join(__dirname, "..", "node_modules", "tsx"))) {
  refuse("Nothing is installed yet: run `npm ci` first.");
}
