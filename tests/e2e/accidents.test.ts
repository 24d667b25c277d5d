import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ROOT } from "../../tools/course/chapters.ts";
import { createTopic, fetchAll, produce } from "../20-cluster/clients.ts";
import { BrokerProcess, nodeArgumentsFor, temporaryFolder } from "./broker-process.ts";
import { type Printed, run } from "./processes.ts";

const SLOW = 120_000;
const TOPICS = ["orders", "payments"];
const VALUES = Array.from({ length: 100 }, (_, i) => `${i}`);

let data = temporaryFolder();
const processes: BrokerProcess[] = [];

beforeEach(() => {
  data = temporaryFolder();
});
afterEach(async () => {
  for (const broker of processes.splice(0)) await broker.stop("SIGKILL");
  data.remove();
});

async function start(): Promise<BrokerProcess> {
  const broker = await BrokerProcess.start(data.path);
  processes.push(broker);
  return broker;
}

/** Starts a broker that is expected to refuse; gives what it says. */
async function refusal(): Promise<string> {
  const broker = new BrokerProcess(["--brokers", "1", "--port", "0", "--data", data.path]);
  processes.push(broker);
  const { code } = await broker.ended;
  expect([code, broker.stdout]).toEqual([1, ""]);
  expect(broker.stderr).not.toContain("    at ");
  return broker.stderr;
}

/** Two topics with 100 records each, of a broker that was ended in order. */
async function makeTopics(): Promise<void> {
  const broker = await start();
  const client = await broker.connect();
  for (const topic of TOPICS) {
    await createTopic(client, topic);
    for (const value of VALUES) await produce(client, topic, [value]);
  }
  client.close();
  await broker.stop();
}

const journal = (): string => join(data.path, "coordination/journal-1");
const folders = (): string[] => readdirSync(join(data.path, "broker-1")).filter((name) => /-0/.test(name));

/** How large a log's first segment is, in whichever folder it is now. */
function logBytes(folder: string): number {
  return statSync(join(data.path, "broker-1", folder, "00000000000000000000.log")).size;
}

describe("the coordination journal", { timeout: SLOW }, () => {
  test("with a flipped bit in its middle is refused with place and way out; flipped back, all is there", async () => {
    await makeTopics();
    const whole = readFileSync(journal());
    const damaged = Buffer.from(whole);
    damaged[whole.length >> 1]! ^= 1;
    writeFileSync(journal(), damaged);
    const text = await refusal();
    expect(text).toMatch(/journal-1: expected an entry with a matching checksum at byte \d+, but it is damaged/);
    expect(text).toContain(`Put back a copy of ${data.path}/coordination`);
    expect(readFileSync(journal())).toEqual(damaged);
    expect(folders()).toEqual(TOPICS.map((topic) => `${topic}-0`));
    writeFileSync(journal(), whole);
    const client = await (await start()).connect();
    for (const topic of TOPICS) expect(await fetchAll(client, topic)).toEqual(VALUES);
    client.close();
  });

  test("cut in half: what it has forgotten is kept under other names, and so is what was cut off", async () => {
    await makeTopics();
    const before = folders().map(logBytes);
    const whole = readFileSync(journal());
    // After the first topic, and within what made the second one.
    const half = whole.subarray(0, whole.indexOf("/brokers/topics/payments") + 50);
    writeFileSync(journal(), half);
    const broker = await start();
    expect(broker.stderr).toContain("payments-0 does not belong to this broker any more: it is kept as");
    expect(broker.stderr).toMatch(/cut \d+ bytes of an unfinished write off the journal; they are kept in/);
    const client = await broker.connect();
    expect(await fetchAll(client, "orders")).toEqual(VALUES);
    client.close();
    await broker.stop();
    expect(folders()).toEqual(["orders-0", expect.stringMatching(/^payments-0\.[0-9a-f]{32}-stray$/)]);
    expect(folders().map(logBytes)).toEqual(before);
    expect(readdirSync(join(data.path, "coordination"))).toContainEqual(expect.stringMatching(/^cut-journal-1-at-/));
  });
});

/** The beginning of a command that may mount file systems that only it sees. */
const UNSHARE = ["unshare", "--user", "--map-root-user", "--mount"] as const;

/** Runs a broker beside a small file system of its own, which `prepare` mounts at $DISK and changes. */
function startOnOwnDisk(prepare: string, args: string): Promise<Printed> {
  const node = [process.execPath, ...nodeArgumentsFor([])].map((word) => `'${word}'`).join(" ");
  const script = `set -e; DISK=${data.path}; cd ${ROOT}; mount -t tmpfs -o size=64k none $DISK; ${prepare}`;
  const [program, ...flags] = UNSHARE;
  return run(program, [...flags, "sh", "-c", `${script}; ${node} --port 0 ${args}`]);
}

function canMount(): boolean {
  const [program, ...flags] = UNSHARE;
  const works = spawnSync(program, [...flags, "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;
  if (!works) console.warn("SKIPPED: no file system can be mounted here: full and read-only disks are not tried.");
  return works;
}

describe.skipIf(!canMount())("a start", { timeout: SLOW }, () => {
  const readOnly = "mkdir -p $DISK/coordination $DISK/broker-1; mount -o remount,ro $DISK";
  const full = "mkdir -p $DISK/broker-1; dd if=/dev/zero of=$DISK/rest bs=1k count=100 2>/dev/null || true";

  test.each([
    ["a read-only disk", readOnly, "--data $DISK", "/coordination: the file system is read-only"],
    ["a read-only disk, new to it", readOnly, "--data $DISK/new", "/new/coordination: the file system is read-only"],
    ["a full disk", full, "--data $DISK", "/coordination/journal-1: no space left on the device"],
    ["a file in the folder's place", "touch $DISK/file", "--data $DISK/file/new", "/file is a file, not a folder"],
    ["a link to nothing", "ln -s /no/where $DISK/link", "--data $DISK/link", "/link is a link to what doesn't exist"],
  ])("on %s is refused with the sentence that says so", async (_, prepare, args, sentence) => {
    const { code, stdout, stderr } = await startOnOwnDisk(prepare, `--brokers 1 ${args}`);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: "", stderr: `${data.path}${sentence}\n` });
  });
});
