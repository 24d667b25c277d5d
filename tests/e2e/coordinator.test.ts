import { mkdirSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { type CoordinationSession } from "#ground/coordination/coordination";
import { TcpCoordination } from "#ground/coordination/tcp-coordination";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { BrokerProcess, sleep, temporaryFolder } from "./broker-process.ts";

const SLOW = 60_000;
const MAIN = "chapters/20-cluster/main-coordinator.ts";

const data = temporaryFolder();
const processes: BrokerProcess[] = [];

async function start(port = 0): Promise<BrokerProcess> {
  const service = new BrokerProcess(["--port", String(port), "--data", data.path], undefined, MAIN);
  processes.push(service);
  await service.ready();
  return service;
}

function connect(port: number, timeoutMs: number): Promise<CoordinationSession> {
  return new TcpCoordination(createNodeRuntime(), { host: "127.0.0.1", port }).connect(timeoutMs);
}

/** Waits until calls get through again. */
async function resumed(session: CoordinationSession): Promise<void> {
  for (let i = 0; i < 200 && !(await session.exists("/").catch(() => false)); i += 1) await sleep(50);
}

afterEach(async () => {
  for (const service of processes.splice(0)) await service.stop("SIGKILL");
  data.remove();
  mkdirSync(data.path);
});

describe("the coordination service as a process of its own", { timeout: SLOW }, () => {
  const SIGNALS = ["SIGTERM", "SIGKILL"] as const;
  test.each(SIGNALS)("keeps its port, sessions and nodes over %s and a restart", async (signal) => {
    const service = await start();
    const session = await connect(service.port, 30_000);
    let expired = 0;
    session.onExpired(() => (expired += 1));
    await session.create("/e", new Uint8Array([1]), { ephemeral: true });
    const ending = await service.stop(signal);
    expect(ending).toEqual(signal === "SIGTERM" ? { code: 0, signal: null } : { code: null, signal });
    const again = await start(service.port);
    expect(again.stdout).toBe(`ready: 127.0.0.1:${service.port}\n`);
    await resumed(session);
    expect(await session.get("/e")).toMatchObject({ owner: session.id, version: 0 });
    expect(expired).toBe(0);
    await session.close();
    const last = await connect(again.port, 30_000);
    expect(await last.exists("/e")).toBe(false);
    await last.close();
  });

  test("says in one sentence what is wrong with its command line", async () => {
    const service = new BrokerProcess(["--port", "x", "--data", data.path], undefined, MAIN);
    processes.push(service);
    expect((await service.ended).code).toBe(1);
    expect(service.stderr).toBe('--port: expected a whole number from 0 to 65535, got "x".\n');
    expect(service.stdout).toBe("");
  });
});
