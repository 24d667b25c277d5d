import { describe, expect, test } from "vitest";
import { uuidToString } from "#ground/protocol/uuid";
import { consumableBatches, type LogConfig, type UnifiedLog } from "#log";
import { readOffsetCheckpoint, writeEpochCheckpoint, writeOffsetCheckpoint } from "#log/given/assembly/checkpoint-file";
import { readMetaProperties } from "#log/given/assembly/meta-properties";
import { PartitionMetadataFile } from "#log/given/assembly/partition-metadata-file";
import { decodeSnapshot, encodeSnapshot } from "#log/given/assembly/producer-snapshot";
import { type TestRuntime, simDisk, testRuntime } from "../../support/sim.ts";
import { dumpLog } from "../dump.ts";
import { copyGolden, golden, openLog } from "../fixtures.ts";

const FOLDER = "/log/t-0";
/** Each with the exercise that it needs: there are idempotent producers in all but one. */
const FOLDERS = [
  ["5.8", "plain-0"],
  ["5.8", "txn-0"],
  ["5.8", "compacted-before-cleaning"],
  ["5.8", "compacted-0"],
  ["5.8", "__consumer_offsets-0"],
  ["5.7", "__transaction_state-0"],
] as const;

/** As the recorded topic was configured. */
function configOf(name: string): Partial<LogConfig> {
  if (name.startsWith("compacted")) return { indexIntervalBytes: 512, cleanupPolicy: ["compact"] };
  return name.startsWith("__") ? {} : { indexIntervalBytes: 1024 };
}

/** Opens a copy of a recorded folder, as after the clean shutdown with which the recording ended. */
function openGolden(name: string, runtime: TestRuntime = testRuntime()): UnifiedLog {
  copyGolden(name, runtime.disk, FOLDER);
  return reopen(name, runtime, true);
}

/** Opens the copy, with producers that are never too old: the recording has dates of its own. */
function reopen(name: string, runtime: TestRuntime, hadCleanShutdown = false): UnifiedLog {
  return openLog(runtime, configOf(name), { hadCleanShutdown, producerIdExpirationMs: Infinity });
}

/** The content of the files of the folder, as hex. */
function filesOf(runtime: TestRuntime, which: RegExp): Record<string, string> {
  const names = runtime.disk.list(FOLDER).filter((name) => which.test(name));
  const entries = names.map((name) => [name, Buffer.from(runtime.disk.readFile(`${FOLDER}/${name}`)).toString("hex")]);
  return Object.fromEntries(entries) as Record<string, string>;
}

describe("folders that Apache Kafka wrote", () => {
  test.each(FOLDERS)("%s golden: %s reads back as Kafka's own dump tool reads it [I1]", (_, name) => {
    const runtime = testRuntime();
    const log = openGolden(name, runtime);
    expect(comparable(dumpLog(log, runtime.disk, name))).toEqual(comparable(goldenDump(name, runtime)));
  });

  /** The recorded dump, but for snapshots that begin no segment: they are removed when the log is opened. */
  function goldenDump(name: string, runtime: TestRuntime): string[] {
    const sections = golden(`${name}.dump.txt`)
      .toString()
      .split(/^(?=Dumping )/m);
    const kept = sections.filter((section) => runtime.disk.exists(`${FOLDER}/${/\/(\S+)/.exec(section)![1]}`));
    expect(sections.length - kept.length).toBe(name === "plain-0" || name === "__consumer_offsets-0" ? 1 : 0);
    return kept;
  }

  /**
   * Keys and values that are no text spread over lines: of internal topics, only what comes before them is compared.
   */
  function comparable(sections: readonly string[]): string[] {
    const lines = sections.flatMap((section) => section.split("\n")).filter((line) => line !== "");
    if (!lines[0]!.startsWith("Dumping __")) return lines;
    const starts = /^(Dumping|__|Log|baseOffset:|\| offset:|offset:|timestamp:|version:|producerId:)/;
    return lines.filter((line) => starts.test(line)).map((line) => line.replace(/ headerKeys: \[\](?! end).*/, ""));
  }

  test.each(FOLDERS)("%s golden: opening %s after its clean shutdown changes none of its segments", (_, name) => {
    const runtime = testRuntime();
    copyGolden(name, runtime.disk, FOLDER);
    const before = filesOf(runtime, /\.(log|\w*index)$/);
    reopen(name, runtime, true).segments.active.seal();
    expect(filesOf(runtime, /\.(log|\w*index)$/)).toEqual(before);
  });

  test("5.8 golden: plain-0 goes on where Kafka stopped, with the producers it knew", () => {
    const log = openGolden("plain-0");
    expect([log.logStartOffset, log.logEndOffset, log.latestEpoch]).toEqual([0, 220, 2]);
    expect(log.endOffsetForEpoch(0)).toEqual({ epoch: 0, endOffset: 120 });
    const { epoch, lastSequence, lastDataOffset } = log.producers.lastEntry(1002)!;
    expect([epoch, lastSequence, lastDataOffset]).toEqual([0, 19, 219]);
    expect(uuidToString(log.topicId!)).toBe("USqc8Xl3TIel9nz98iFujQ");
    expect(log.offsetForTimestamp(1_720_000_058_774)).toMatchObject({ offset: 59, timestamp: 1_720_000_059_583 });
  });

  test("5.8 golden: in compacted-0 a read goes from gap to gap", () => {
    const log = openGolden("compacted-0");
    expect(log.read(0, 100)).toMatchObject({ firstOffset: 0, nextOffset: 41 });
    expect(log.read(41, 100).nextOffset).toBe(86);
    expect(log.logEndOffset).toBe(220);
  });
});

describe("transactions that Apache Kafka wrote", () => {
  const valuesOf = (log: UnifiedLog, isolation: "read_uncommitted" | "read_committed"): string[] => {
    const values: string[] = [];
    for (let offset = 0; offset < log.logEndOffset;) {
      const read = log.read(offset, 900, { withAbortedTransactions: isolation === "read_committed" });
      expect(read.nextOffset).toBeGreaterThan(offset);
      for (const batch of consumableBatches(read.records, read.abortedTransactions ?? null)) {
        for (const { value } of batch.records()) values.push(Buffer.from(value!).toString());
      }
      offset = read.nextOffset;
    }
    return values;
  };

  test("5.8 golden: a consumer never gets a marker", () => {
    const values = valuesOf(openGolden("txn-0"), "read_uncommitted");
    const inDump = golden("txn-0.dump.txt")
      .toString()
      .match(/ payload: .*/g)!;
    expect(values).toEqual(inDump.map((text) => text.replace(" payload: ", "")));
  });

  test("5.8 golden: with read_committed it gets nothing of an aborted transaction, and all else", () => {
    const log = openGolden("txn-0");
    const all = valuesOf(log, "read_uncommitted");
    const committed = valuesOf(log, "read_committed");
    // The recording's values begin with what became of them, but for three: A1 and A2 were committed, B1 aborted.
    const expected = all.filter((value) => !value.startsWith("aborted") && value !== "interleaved B1");
    expect(committed).toEqual(expected);
    expect(committed.length).toBeLessThan(all.length);
    expect(log.firstUnstableOffset).toBeNull();
  });

  test("5.8 golden: aborted transactions are found from any place in the log, over segments' borders", () => {
    const log = openGolden("txn-0");
    // From 54 to 56 the records of producer 4; its ABORT marker, at 57, opens the next segment but one.
    expect(log.abortedTransactions(54, 55)).toEqual([
      { producerId: 4, firstOffset: 54, lastOffset: 57, lastStableOffset: 58 },
    ]);
    expect(log.abortedTransactions(0, 79).map(({ firstOffset }) => firstOffset)).toEqual([5, 24, 36, 54, 69, 74]);
    expect(log.abortedTransactions(27, 36)).toEqual([]);
  });
});

describe("recovering what Apache Kafka wrote", () => {
  /**
   * Indexes that tell more than the records do. The broker was restarted in the middle of two segments: the time index
   * got an entry then, and Kafka counts index.interval.bytes anew. And its log cleaner appends many batches at once,
   * with one entry at most.
   */
  const HISTORY: Record<string, RegExp> = {
    "plain-0": /97\.(time)?index$/,
    "compacted-0": /162\.(time)?index$/,
    "__consumer_offsets-0": /timeindex$/,
  };

  test.each(FOLDERS)("%s golden: the indexes of %s are rebuilt byte for byte [I5]", (_, name) => {
    const runtime = testRuntime();
    copyGolden(name, runtime.disk, FOLDER);
    const before = filesOf(runtime, /index$/);
    for (const file of Object.keys(before)) runtime.disk.remove(`${FOLDER}/${file}`);
    reopen(name, runtime).segments.active.seal();
    const after = filesOf(runtime, /index$/);
    for (const file of Object.keys(before)) if (HISTORY[name]?.test(file)) before[file] = after[file]!;
    expect(after).toEqual(before);
  });

  test("5.8 golden: the epochs of plain-0 are found again in its batches", () => {
    const runtime = testRuntime();
    copyGolden("plain-0", runtime.disk, FOLDER);
    runtime.disk.remove(`${FOLDER}/leader-epoch-checkpoint`);
    expect(reopen("plain-0", runtime).epochs.entries).toEqual([
      { epoch: 0, startOffset: 0 },
      { epoch: 2, startOffset: 120 },
    ]);
  });

  test("5.8 golden: without snapshots the producers of txn-0 are found again in its batches", () => {
    const runtime = testRuntime();
    copyGolden("txn-0", runtime.disk, FOLDER);
    const last = runtime.disk.readFile(`${FOLDER}/00000000000000000079.snapshot`);
    for (const file of runtime.disk.list(FOLDER)) {
      if (file.endsWith(".snapshot")) runtime.disk.remove(`${FOLDER}/${file}`);
    }
    const log = reopen("txn-0", runtime);
    expect(encodeSnapshot(log.producers.producers.values())).toEqual(new Uint8Array(last));
  });
});

describe("small files that Apache Kafka wrote", () => {
  test("5.8 setEpoch: producer snapshots are read and written byte for byte", () => {
    for (const path of ["txn-0/00000000000000000055", "txn-0/00000000000000000079", "plain-0/00000000000000000220"]) {
      const bytes = golden(`${path}.snapshot`);
      const entries = decodeSnapshot(bytes, path);
      expect(Buffer.from(encodeSnapshot(entries.reverse())).toString("hex")).toBe(bytes.toString("hex"));
    }
  });

  test("given: checkpoints of offsets are read, and written in the same format", () => {
    const disk = simDisk();
    disk.writeFileAtomically("/checkpoint", golden("recovery-point-offset-checkpoint"));
    const offsets = readOffsetCheckpoint(disk, "/checkpoint");
    expect(offsets).toContainEqual({ topic: "__consumer_offsets", partition: 0, offset: 38 });
    expect(offsets.length).toBe(8);
    writeOffsetCheckpoint(disk, "/again", offsets);
    expect(Buffer.from(disk.readFile("/again"))).toEqual(golden("recovery-point-offset-checkpoint"));
    writeOffsetCheckpoint(disk, "/none", []);
    expect(Buffer.from(disk.readFile("/none"))).toEqual(golden("log-start-offset-checkpoint"));
  });

  test("given: a checkpoint of leader epochs is written in the same format", async () => {
    const disk = simDisk();
    await writeEpochCheckpoint(disk, "/epochs", [
      { epoch: 0, startOffset: 0 },
      { epoch: 2, startOffset: 120 },
    ]);
    expect(Buffer.from(disk.readFile("/epochs"))).toEqual(golden("plain-0/leader-epoch-checkpoint"));
  });

  test("given: partition.metadata is written in the same format", () => {
    const disk = simDisk();
    disk.makeFolder("/old");
    disk.writeFileAtomically("/old/partition.metadata", golden("plain-0/partition.metadata"));
    const { topicId } = new PartitionMetadataFile(disk, "/old");
    disk.makeFolder("/new");
    new PartitionMetadataFile(disk, "/new").assign(topicId!);
    expect(Buffer.from(disk.readFile("/new/partition.metadata"))).toEqual(golden("plain-0/partition.metadata"));
  });

  test("given: meta.properties is read", () => {
    const disk = simDisk();
    disk.writeFileAtomically("/meta.properties", golden("meta.properties"));
    expect(readMetaProperties(disk, "")).toEqual({
      clusterId: "rDS9vRpESX-QOsO6CoBTOA",
      nodeId: 1,
      directoryId: "5QyY1YYASziDYtRQWv0LdQ",
    });
  });
});
