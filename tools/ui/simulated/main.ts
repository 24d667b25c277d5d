/**
 * The process of `npm run ui -- --simulated`: it serves one page, in which everything happens. With `--mine 6` the
 * learner's chapters are put into it first. Says `see: ADDRESS` on stdout, once, when the page is served.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { endWith, listenOn } from "../server/http.ts";

const BUILT = fileURLToPath(new URL("../dist/simulated.html", import.meta.url));
/** The page has everything in it, and asks nobody for anything. */
const POLICY = [
  "default-src 'none'", "script-src 'unsafe-inline' blob:", "worker-src blob:", "style-src 'unsafe-inline'",
  "img-src data:", "frame-ancestors 'none'",
].join("; ");

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      mine: { type: "string", default: "" },
      "ui-port": { type: "string", default: "9090" },
      "ui-host": { type: "string", default: "127.0.0.1" },
    },
  });
  const mine = values.mine.split(",").filter(Boolean).map(Number);
  const page = await pageOf(mine);
  const server = createServer((request, response) => {
    if (request.method !== "GET" || request.url?.split("?")[0] !== "/") return void response.writeHead(404).end();
    const headers = { "content-type": "text/html; charset=utf-8", "content-security-policy": POLICY };
    response.writeHead(200, headers).end(page);
  });
  const address = await listenOn(server, values["ui-host"], Number(values["ui-port"]));
  const stop = (): void => process.exit(0);
  process.on("SIGINT", stop).on("SIGTERM", stop).on("SIGHUP", stop);
  process.stdout.write(`see: http://${address}/\n`);
}

async function pageOf(mine: readonly number[]): Promise<string> {
  if (mine.length === 0 && existsSync(BUILT)) return readFileSync(BUILT, "utf8");
  const { bundleSimulated } = await import("./bundle.ts");
  return bundleSimulated(mine);
}

main().catch(endWith);
