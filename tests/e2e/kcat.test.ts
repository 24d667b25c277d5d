import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CompressionType } from "#ground/compression/compression";
import { createTopic } from "../20-cluster/clients.ts";
import { BrokerProcess, temporaryFolder } from "./broker-process.ts";
import { readPartition } from "./our-reader.ts";
import { hasKcat, run } from "./processes.ts";
import { expectSameLines, lineOf, type SampleRecord, sampleRecords } from "./sample-records.ts";

const COUNT = 100_000;
const LIMIT_MS = 120_000;
const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

const data = temporaryFolder();
let broker: BrokerProcess;

/** kcat gives all records of a run the same headers, and their time itself. */
function asKcatSends({ key, value }: SampleRecord): SampleRecord {
  return { key: key === "" ? null : key, value: value === "" ? null : value, headers: HEADERS, timestampMs: 0 };
}

const HEADERS = [["trace", "t-1"], ["leer", ""]] as const;
const records = sampleRecords(COUNT, 0).map(asKcatSends);
const lines = records.map(lineOf);
/** One record a line, key and value divided by a tab; -Z makes nothing at all a null. */
const input = records.map(({ key, value }) => `${key ?? ""}\t${value ?? ""}\n`).join("");

async function kcat(args: readonly string[], stdin = ""): Promise<string> {
  const { code, stdout, stderr } = await run("kcat", ["-b", broker.address, ...args], stdin);
  if (code !== 0) throw new Error(`kcat ${args.join(" ")} ended with ${code}: ${stderr}`);
  return stdout;
}

/** What kcat says of a topic's records, one JSON object a line. */
async function consume(topic: string, ...args: string[]): Promise<SampleRecord[]> {
  const printed = await kcat(["-C", "-t", topic, "-p", "0", "-e", "-q", "-J", ...args]);
  return printed.split("\n").filter(Boolean).map((line) => {
    const { key, payload, headers = [], ts } = JSON.parse(line) as {
      key: string | null;
      payload: string | null;
      headers?: string[];
      ts: number;
    };
    const pairs = Array.from({ length: headers.length / 2 }, (_, i) => [headers[2 * i]!, headers[2 * i + 1]!] as const);
    return { key, value: payload, headers: pairs, timestampMs: ts };
  });
}

function withoutTime(record: SampleRecord): SampleRecord {
  return { ...record, timestampMs: 0 };
}

describe.skipIf(!hasKcat())("kcat (librdkafka)", { timeout: LIMIT_MS }, () => {
  beforeAll(async () => {
    broker = await BrokerProcess.start(data.path);
  }, LIMIT_MS);

  afterAll(async () => {
    await broker.stop();
    data.remove();
  }, LIMIT_MS);

  test("lists the broker and its topics", async () => {
    const client = await broker.connect();
    await createTopic(client, "listed", {}, 3);
    client.close();
    const printed = await kcat(["-L"]);
    expect(printed).toContain(`broker 1 at ${broker.address} (controller)`);
    expect(printed).toContain('topic "listed" with 3 partitions');
  });

  test.each(CODECS)("100,000 records through %s are stored that way, and read back identical", async (codec) => {
    const topic = `kcat-${codec}`;
    const headers = HEADERS.flatMap(([name, value]) => ["-H", `${name}=${value}`]);
    const startMs = Date.now();
    await kcat(["-P", "-t", topic, "-p", "0", "-K", "\t", "-Z", "-z", codec, ...headers], input);
    const client = await broker.connect();
    const stored = await readPartition(client, topic);
    client.close();
    expectSameLines(stored.records.map(withoutTime).map(lineOf), lines);
    expect(stored.records.every(({ timestampMs }) => timestampMs >= startMs && timestampMs <= Date.now())).toBe(true);
    // A batch that compression would make larger is sent as it is: the very first ones may hold a single record.
    expect([...stored.codecs]).toContain(codec as CompressionType);
    expect(stored.batchCount).toBeLessThan(COUNT / 10);
    expectSameLines((await consume(topic)).map(lineOf), stored.records.map(lineOf));
  });

  test("offsets by time, and reading from the end", async () => {
    const client = await broker.connect();
    const { records: stored } = await readPartition(client, "kcat-none");
    client.close();
    const middle = stored[COUNT / 2]!.timestampMs;
    const first = stored.findIndex(({ timestampMs }) => timestampMs >= middle);
    expect(await kcat(["-Q", "-t", `kcat-none:0:${middle}`])).toContain(`kcat-none [0] offset ${first}`);
    expect(await kcat(["-Q", "-t", "kcat-none:0:-1"])).toContain(`kcat-none [0] offset ${COUNT}`);
    expectSameLines((await consume("kcat-none", "-o", "-5")).map(lineOf), stored.slice(-5).map(lineOf));
    expect(await consume("kcat-none", "-o", "end")).toEqual([]);
    expect(await consume("kcat-none", "-o", "99990")).toHaveLength(10);
  });

  test.each(["acks=0", "acks=1", "enable.idempotence=true"])("%s: all records arrive, in order", async (setting) => {
    const topic = `kcat-${setting.replace(/\W/g, "-")}`;
    const numbers = Array.from({ length: 5_000 }, (_, i) => `${i}`);
    await kcat(["-P", "-t", topic, "-p", "0", "-X", setting], numbers.map((number) => `${number}\n`).join(""));
    // With acks=0 kcat is gone before the broker has taken everything.
    await expect.poll(async () => (await consume(topic)).length, { timeout: 20_000 }).toBe(5_000);
    expect((await consume(topic)).map(({ value }) => value)).toEqual(numbers);
  });

  test("a consumer that waits gets what is produced later", async () => {
    const client = await broker.connect();
    await createTopic(client, "kcat-waiting");
    client.close();
    const waiting = kcat(["-C", "-t", "kcat-waiting", "-p", "0", "-c", "3", "-q"]);
    for (const value of ["a", "b", "c"]) await kcat(["-P", "-t", "kcat-waiting"], `${value}\n`);
    expect(await waiting).toBe("a\nb\nc\n");
  });

  test("everything is there after kill -9 and a restart", async () => {
    await broker.stop("SIGKILL");
    broker = await BrokerProcess.start(data.path);
    for (const codec of CODECS) {
      expectSameLines((await consume(`kcat-${codec}`)).map(withoutTime).map(lineOf), lines);
    }
  });
});
