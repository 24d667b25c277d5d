import { beforeAll, describe, expect, test } from "vitest";
import { Admin } from "#cluster/admin/admin";
import { createTopic, produce } from "../clients.ts";
import { SimCluster } from "../sim-cluster.ts";
import { type GoldenRun, goldenRuns, runInCluster } from "./golden-runs.ts";

const AT_1 = ["--bootstrap-server", "HOST:PORT1"];
const FILES = { "PATH/fast.properties": "default.api.timeout.ms=3000\nrequest.timeout.ms=2000\n" };
/** How many records topic `data` had in each partition when Kafka's tools ran. */
const RECORDS = [11, 10, 9];

/** Three brokers, `data` with its records, `void` without any, `one` on broker 2, and `elect`. */
async function asRecorded(): Promise<SimCluster> {
  const cluster = await SimCluster.started(3, 1, { "default.replication.factor": 1, "min.insync.replicas": 1 });
  const admin = new Admin({ "bootstrap.servers": "broker-1:9092" }, { runtime: cluster.world.node("admin").runtime });
  await cluster.run(admin.createTopics([
    { name: "data", assignments: [[1], [1], [1]] },
    { name: "one", assignments: [[2]] },
    { name: "elect", assignments: [[2, 1, 3], [3, 2, 1]] },
  ]));
  const client = await cluster.connect(1);
  await cluster.run(createTopic(client, "void", {}, 2));
  for (const [partition, count] of RECORDS.entries()) {
    const values = Array.from({ length: count }, (_, i) => `value-${i}`);
    await cluster.run(produce(client, "data", values, -1, partition));
  }
  await cluster.world.run(1_000);
  return cluster;
}

/** Runs those of Kafka's own runs that are about what is in {@link asRecorded}. */
function compare(tool: string, isAboutIt: (run: GoldenRun) => boolean, ourWords: [RegExp, string][] = []): void {
  let cluster: SimCluster;
  beforeAll(async () => {
    cluster = await asRecorded();
  });
  for (const run of goldenRuns(tool)) {
    const isOfHelp = run.help === true || run.args.length === 0 || run.args[0] === "--version";
    if (run.tool !== tool || isOfHelp || !isAboutIt(run)) continue;
    test(`${run.args.join(" ").replace("--bootstrap-server ", "").slice(0, 80)}: ${run.note}`, async () => {
      const ours = await runInCluster(cluster, tool, run.args, { ...FILES, ...run.files });
      const say = (text: string): string => ourWords.reduce((said, [theirs, own]) => said.replace(theirs, own), text);
      expect(plain(ours)).toEqual(plain({ ...run, stdout: say(run.stdout), stderr: say(run.stderr) }));
    });
  }
}

/** Lines in any order, without addresses; of errors how they begin. */
function plain({ exitCode, stdout, stderr }: Pick<GoldenRun, "exitCode" | "stdout" | "stderr">): object {
  return {
    exitCode,
    stdout: stdout
      .replaceAll(/(?<=error: ).*|org\.apache\.\S+Exception: /g, "")
      .replace(/(?<=Cluster ID: )[\w-]{22}/, "ID")
      .split("\n")
      .toSorted(),
    stderr: stderr.split("\n")[0]!
      .replaceAll(/(org\.apache|java)\.\S+Exception: /g, "")
      .replace(/(absent\.json|election results|Call: Metadata)[.:].*/, "$1")
      .slice(0, 60),
  };
}

const UNREACHABLE: [RegExp, string] = [/Call: \w+(\(api=METADATA\))?/, "Call: Metadata"];

describe("kafka-get-offsets prints what Kafka's own prints", () => {
  compare("kafka-get-offsets", ({ args }) => {
    const text = args.join(" ");
    return /data|void|nope|topic \[/.test(text) && !/-3|max-timestamp|157783|broker-list|--nope/.test(text);
  }, [[/data:x\n[^]*/, "data:x\n"]]);
});

describe("kafka-delete-records prints what Kafka's own prints", () => {
  // Ours says at once that a partition, or every broker, is missing; `data` is not compacted here.
  compare("kafka-delete-records", ({ note }) => !/^unknown|compacted|unreachable/.test(note), [
    [/^com\.fasterxml\S+ /, ""],
  ]);
});

describe("kafka-leader-election prints what Kafka's own prints", () => {
  compare("kafka-leader-election", ({ args, note }) => {
    return !/down|move/.test(args.join(" ")) && !/^(preferred|PREFERRED, upper case)(, all.*)?$/.test(note);
  }, [[/No such (topic|partition) as \S+/, "This broker does not host the partition."], UNREACHABLE]);

  test("a preferred replica that came back leads again", async () => {
    const cluster = await asRecorded();
    cluster.crash(2);
    await cluster.world.run(5_000);
    const elect = async (...args: string[]): Promise<string> => {
      return (await runInCluster(cluster, "kafka-leader-election", [...AT_1, "--election-type", ...args])).stdout;
    };
    const topic = ["--topic", "elect", "--partition", "0"];
    expect(await elect("preferred", ...topic)).toBe("Error completing leader election (PREFERRED) for partition: "
      + "elect-0: The preferred leader is not available.\n");
    await cluster.restart(2);
    await cluster.world.run(5_000);
    expect(await elect("PREFERRED", "--all-topic-partitions"))
      .toBe("Successfully completed leader election (PREFERRED) for partitions elect-0\n");
    expect(await elect("preferred", ...topic)).toBe("Valid replica already elected for partitions elect-0\n");
  });
});

describe("kafka-log-dirs", () => {
  compare("kafka-log-dirs", ({ args, note }) => !args.join(" ").includes("data") && !note.includes("down"), [
    UNREACHABLE, [/"logDir":"PATH\/b\d"/g, "\"logDir\":\"/data/logs\""],
  ]);

  test("tells the size of each replica, by broker and dir", async () => {
    const cluster = await asRecorded();
    const args = [...AT_1, "--describe", "--topic-list", "data,one"];
    const { stdout } = await runInCluster(cluster, "kafka-log-dirs", args);
    const [, received, json] = stdout.split("\n");
    expect(received).toBe("Received log directory information from brokers 1,2,3");
    const { brokers } = JSON.parse(json!) as { brokers: { broker: number; logDirs: { partitions: object[] }[] }[] };
    expect(brokers.map(({ broker, logDirs }) => [broker, logDirs[0]!.partitions])).toEqual([
      [1, [0, 1, 2].map((i) => {
        return { partition: `data-${i}`, size: expect.any(Number) as number, offsetLag: 0, isFuture: false };
      })],
      [2, [{ partition: "one-0", size: 0, offsetLag: 0, isFuture: false }]],
      [3, []],
    ]);
  });
});

describe("kafka-cluster", () => {
  // The servers' parser breaks lines, and there are no controllers apart from brokers.
  compare("kafka-cluster", ({ args, note }) => /^cluster-id$|unreachable/.test(note) && args.length > 1, [
    [/<CLUSTER_ID>/, "ID"], UNREACHABLE,
  ]);

  test("lists the brokers in Kafka's columns", async () => {
    const cluster = await asRecorded();
    const run = goldenRuns("kafka-cluster").find(({ note }) => note === "list-endpoints")!;
    const ours = await runInCluster(cluster, "kafka-cluster", run.args);
    // Hosts are as long as those of the record.
    const expected = run.stdout.replaceAll(/^(\d) .{9}127\.0\.0\.1 PORT\d/gm, "$1          broker-$1  9092 ");
    expect(ours.stdout.replaceAll(/broker-(\d) /g, "broker-$1  ").replace("HOST    ", "HOST     ")).toBe(expected);
  });

  test("without a command, or with none that there is, it says which there are", async () => {
    const cluster = await asRecorded();
    const { exitCode, stderr } = await runInCluster(cluster, "kafka-cluster", ["cluster-name", ...AT_1]);
    expect([exitCode, stderr.split("\n")[0]]).toEqual([
      1,
      "kafka-cluster: error: invalid choice: 'cluster-name' (choose from 'cluster-id', 'list-endpoints', 'unregister')",
    ]);
  });
});

describe("kafka-broker-api-versions", () => {
  compare("kafka-broker-api-versions", ({ note }) => note === "unknown option");

  test("shows the versions of each broker, in Kafka's form", async () => {
    const cluster = await asRecorded();
    const ours = (await runInCluster(cluster, "kafka-broker-api-versions", AT_1)).stdout;
    const kafkas = goldenRuns("kafka-broker-api-versions").find(({ note }) => note === "three brokers")!.stdout;
    expect(ours.match(/^\S+ \(id: \d.*$/gm)).toEqual([1, 2, 3].map((id) => {
      return `broker-${id}:9092 (id: ${id} rack: null isFenced: false) -> (`;
    }));
    const lines = (text: string): string[] => text.split("\n)\n")[0]!.split(",\n");
    const known = new Set(lines(kafkas));
    const same = lines(ours).filter((line) => known.has(line));
    expect(same).toContain("\tFetch(1): 4 to 17 [usable: 17]");
    expect(same).toContain("\tOffsetDelete(47): 0 [usable: 0]");
  });
});
