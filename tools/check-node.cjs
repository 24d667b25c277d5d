// Says in one sentence when Node is too old. Plain old JavaScript: an old Node must be able to read it.
"use strict";
var parts = process.versions.node.split(".").map(Number);
if (parts[0] < 20 || (parts[0] === 20 && parts[1] < 20)) {
  process.stderr.write(
    "katafka needs Node 20.20 or newer, and this is Node " + process.versions.node + ": install one from https://nodejs.org.\n"
  );
  process.exit(1);
}
