import { describe, expect, test } from "vitest";
import { copyGolden, golden } from "../../05-log/fixtures.ts";
import { type TestRuntime, testRuntime } from "../../support/sim.ts";
import { type GoldenRun, goldenRuns, runAlone, type ToolRun } from "./golden-runs.ts";

const NAMES = [
  "plain-0", "txn-0", "compacted-before-cleaning", "compacted-0", "__consumer_offsets-0", "__transaction_state-0",
];
const DUMP = "PATH/dump";
/** What stands elsewhere: our help, our version. */
const RUNS = goldenRuns("kafka-dump-log").filter(({ args, help }) => {
  return help !== true && args.length > 0 && !args.includes("--version");
});

describe("kafka-dump-log prints what Kafka's own prints, and ends with the same code", () => {
  for (const run of RUNS) {
    test(`${run.note.slice(0, 60)}: ${run.args.join(" ").replaceAll(`${DUMP}/`, "").slice(0, 90)}`, async () => {
      const runtime = withGoldenFolders();
      alter(runtime, run);
      expect(plain(await runAlone(runtime, "kafka-dump-log", run.args))).toEqual(plain(run));
    });
  }

  test.each(NAMES)("all files of %s, every record", async (name) => {
    expect(withOneMark(await dumped(name))).toBe(withOneMark(recorded(`${name}.dump.txt`)));
  });

  test("the offsets that groups have committed, and their members", async () => {
    expect(await dumped("__consumer_offsets-0", "--offsets-decoder"))
      .toBe(recorded("__consumer_offsets-0.offsets-decoder.txt"));
  });

  test("the states of transactions", async () => {
    const ours = await dumped("__transaction_state-0", "--transaction-log-decoder");
    const kafkas = recorded("__transaction_state-0.transaction-log-decoder.txt");
    expect(withSortedPartitions(ours)).toBe(withSortedPartitions(kafkas));
  });
});

test("a changed byte gives a sentence or another line, never a stack", { timeout: 30_000 }, async () => {
  const ends = new Set<number>();
  for (const name of ["txn-0", "__consumer_offsets-0"]) {
    for (let seed = 0; seed < 15; seed++) {
      const runtime = testRuntime();
      copyGolden(name, runtime.disk, `/${name}`);
      const files = runtime.disk.list(`/${name}`);
      for (const file of files) changeByte(runtime, `/${name}/${file}`, seed);
      const decoder = name === "txn-0" ? "--print-data-log" : "--offsets-decoder";
      for (const file of files.filter((each) => /^\d/.test(each))) {
        const args = ["--files", `/${name}/${file}`, decoder];
        const { exitCode, stderr } = await runAlone(runtime, "kafka-dump-log", args);
        ends.add(exitCode);
        expect(stderr).not.toMatch(/\n\s+at /);
      }
      expect(runtime.disk.list(`/${name}`)).toEqual(files);
    }
  }
  expect([...ends].toSorted()).toEqual([0, 1]);
});

function withGoldenFolders(): TestRuntime {
  const runtime = testRuntime();
  for (const name of NAMES) copyGolden(name, runtime.disk, `${DUMP}/${name}`);
  runtime.disk.writeFileAtomically(`${DUMP}/bootstrap.checkpoint`, golden("bootstrap.checkpoint"));
  return runtime;
}

/** Alters copies of golden files as the notes of the recording say. */
function alter({ disk }: TestRuntime, { note }: GoldenRun): void {
  copyGolden("plain-0", disk, `${DUMP}/mismatch`);
  for (const name of ["cut", "flipped"]) copyGolden("txn-0", disk, `${DUMP}/${name}`);
  const change = (path: string, how: (bytes: Buffer) => Uint8Array): void => {
    disk.writeFileAtomically(`${DUMP}/${path}`, how(Buffer.from(disk.readFile(`${DUMP}/${path}`))));
  };
  const raise = (at: number, by: number) => (bytes: Buffer) => {
    bytes.writeInt32BE(bytes.readInt32BE(at) + by, at);
    return bytes;
  };
  const isCut = note.startsWith("index cut by 3");
  change("mismatch/00000000000000000000.index", isCut ? (bytes) => bytes.subarray(0, -3) : raise(4, 1));
  change("mismatch/00000000000000000000.timeindex", raise(4, 5));
  change("cut/00000000000000000000.log", (bytes) => bytes.subarray(0, -20));
  change("flipped/00000000000000000000.log", (bytes) => {
    bytes[70]! ^= 0xff;
    return bytes;
  });
}

/** All files of a folder, as the recording went over them. */
async function dumped(name: string, ...decoder: string[]): Promise<string> {
  const runtime = testRuntime();
  copyGolden(name, runtime.disk, name);
  const isLog = decoder.length > 0;
  const files = runtime.disk.list(name).filter((file) => (isLog ? /^\d+\.log$/ : /^\d/).test(file));
  const shown = isLog ? decoder : ["--deep-iteration", "--print-data-log"];
  const runs: ToolRun[] = [];
  for (const file of files) {
    runs.push(await runAlone(runtime, "kafka-dump-log", ["--files", `${name}/${file}`, ...shown]));
  }
  return runs.map(({ stdout }) => stdout).join("");
}

function recorded(name: string): string {
  return golden(name).toString();
}

function changeByte({ disk }: TestRuntime, path: string, seed: number): void {
  const bytes = Buffer.from(disk.readFile(path));
  if (bytes.length === 0) return;
  bytes[(seed * 7_919) % bytes.length]! ^= 1 + (seed % 255);
  disk.writeFileAtomically(path, bytes);
}

/** Of an error, only that there is one: the sentences are our own. */
function plain({ exitCode, stdout, stderr }: Pick<GoldenRun, "exitCode" | "stdout" | "stderr">): object {
  const isSentence = exitCode !== 0;
  return {
    exitCode,
    stdout: withSortedPartitions(stdout).replaceAll(/instance-1-(<UUID1_+>|[0-9a-f-]{36})/g, "instance-1-UUID"),
    stderr: isSentence ? stderr !== "" : stderr,
  };
}

/** Kafka shows the partitions of a transaction in the order of a hash table. */
function withSortedPartitions(text: string): string {
  return text.replaceAll(/(?<=partitions=\[)[^\]]*/g, (names) => names.split(",").toSorted().join(","));
}

/** How many marks stand for bytes that are no text is Java's own. */
function withOneMark(text: string): string {
  return text.replaceAll(/\uFFFD+/g, "\uFFFD");
}
