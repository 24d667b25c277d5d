/** What a user is told who has the wrong address, and that nothing is left of the attempt. */
import { spawn } from "node:child_process";
import { createServer as createHttpServer } from "node:http";
import net, { type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { conditions, ROOT } from "../../tools/course/chapters.ts";

const LIMIT_MS = 60_000;
const MAX_BLOCK_MS = 1_500;
/** Loading the program, and a busy machine. */
const GENEROUS_MS = 30_000;

const servers: Server[] = [];

/** Listens on a free port of this machine. */
function listen(server: Server): Promise<string> {
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

/** Runs the program against `address` to its end. */
function sendTo(address: string): Promise<{ outcome: string; tookMs: number; code: number | null; stderr: string }> {
  const limits = { "max.block.ms": MAX_BLOCK_MS, "socket.connection.setup.timeout.ms": 1_000 };
  const config = { "bootstrap.servers": address, ...limits };
  const flags = conditions(ROOT).flatMap((condition) => ["-C", condition]);
  const program = join(ROOT, "tests/e2e/producer-program.ts");
  const child = spawn(process.execPath, ["--import", "tsx", ...flags, program, JSON.stringify(config)], { cwd: ROOT });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const timer = setTimeout(() => child.kill("SIGKILL"), GENEROUS_MS);
  return new Promise((resolve) => {
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ ...(JSON.parse(stdout || "{}") as { outcome: string; tookMs: number }), code, stderr });
    });
  });
}

afterAll(() => {
  for (const server of servers) server.close();
});

describe("a producer whose bootstrap.servers are wrong", { timeout: LIMIT_MS }, () => {
  const cases: [name: string, address: () => Promise<string>, text: RegExp][] = [
    ["a name that nobody has", () => Promise.resolve("no-such-host.invalid:9092"), /no-such-host\.invalid/],
    ["a port where nobody listens", async () => {
      const server = net.createServer();
      const address = await listen(server);
      await new Promise((resolve) => server.close(resolve));
      return address;
    }, /refused|nothing listens/i],
    [
      "an HTTP server",
      () => listen(createHttpServer((_, response) => response.end("hello"))),
      /HTTP|does not answer as a Kafka broker|closed the connection/,
    ],
    // What a TLS server says to somebody who doesn't begin with a handshake: an alert, and good-bye.
    ["a TLS port", () => listen(net.createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end(Buffer.from("15030300020246", "hex")));
    })), /TLS/],
    ["a broker that never answers", () => listen(net.createServer((socket) => {
      socket.on("error", () => {});
      socket.resume();
    })), /did not answer ApiVersions within 1000 ms/],
    ["somebody who hangs up", () => listen(net.createServer((socket) => void socket.destroy())), /closed|reset/],
  ];

  test.concurrent.each(cases)("%s: a clear error in time, and nothing is left open", async (_, address, text) => {
    const { outcome, tookMs, code, stderr } = await sendTo(await address());
    const beginning = `failed: Nothing is known of topic t after ${MAX_BLOCK_MS} ms (max.block.ms). Last error:`;
    expect(outcome, stderr).toContain(beginning);
    expect(outcome).toMatch(text);
    // The time-out, a second for closing, and a machine that has other things to do.
    expect(tookMs).toBeLessThan(MAX_BLOCK_MS + 1_000 + 5_000);
    expect(code).toBe(0);
  });
});
