import { beforeAll, describe, expect, test } from "vitest";
import { Admin } from "#cluster/admin/admin";
import { SimCluster } from "../sim-cluster.ts";
import { type GoldenRun, goldenRuns, runInCluster } from "./golden-runs.ts";

const TOOL = "kafka-reassign-partitions";
const AT_1 = ["--bootstrap-server", "HOST:PORT1"];
const FILES = { "PATH/fast.properties": "default.api.timeout.ms=3000\nrequest.timeout.ms=2000\n" };
const RUNS = goldenRuns(TOOL);

/** Three brokers, and the topic that Kafka's tool moved. */
async function asRecorded(): Promise<SimCluster> {
  const cluster = await SimCluster.started(3, 1, { "min.insync.replicas": 1 });
  const admin = new Admin({ "bootstrap.servers": "broker-1:9092" }, { runtime: cluster.world.node("admin").runtime });
  await cluster.run(admin.createTopics([{ name: "move", assignments: [[1, 2], [2, 3], [3, 1]] }]));
  await cluster.world.run(1_000);
  return cluster;
}

/** While Kafka's throttled reassignment went on: ours isn't throttled. */
function isSlow({ args, note }: GoldenRun): boolean {
  return args.join(" ").includes("slow.json") || /going on/.test(note);
}

describe("kafka-reassign-partitions prints what Kafka's own prints, in the same stream", () => {
  let cluster: SimCluster;
  beforeAll(async () => {
    cluster = await asRecorded();
  });

  for (const run of RUNS) {
    const isOfHelp = run.help === true || run.args.length === 0 || run.args[0] === "--version";
    if (run.tool !== TOOL || isOfHelp || isSlow(run) || run.args.includes("--zookeeper")) continue;
    test(`${run.note}`, async () => {
      const ours = await runInCluster(cluster, TOOL, run.args, { ...OTHERS[run.note], ...FILES, ...run.files });
      expect(plain(ours)).toEqual(plain(run));
      await cluster.world.run(3_000);
    });
  }
});

/** The record lacks the file. */
const OTHERS: Record<string, Record<string, string>> = {
  "verify: unknown topic": {
    "PATH/x.json": "{\"version\":1,\"partitions\":[{\"topic\":\"nope\",\"partition\":0,\"replicas\":[1,2]}]}",
  },
};

/** Of errors how they begin. The proposal is chance with Kafka. */
function plain({ exitCode, stdout, stderr }: Pick<GoldenRun, "exitCode" | "stdout" | "stderr">): object {
  const [, lines = "", error = ""] = /^((?:(?!Error: ).*\n)*)([^]*)$/.exec(stdout) ?? [];
  return {
    exitCode,
    lines: lines.replace(/(Proposed partition reassignment configuration\n).*/, "$1"),
    error: error.split("\n")[0]!
      .replace(/org\.apache\S+Exception: /, "")
      .replace(/(absent.json|assignment. Call: ).*/, "$1")
      .replace(/The topic 'nope' does not exist.|This broker does not host the partition./, "no topic")
      .replace(/Unrecognized token.*|The input string is not a valid JSON/, "no JSON"),
    stderr: stderr.split("\n")[0],
  };
}

test("while a partition is on the move: what the actions say, and that it is called off", async () => {
  const cluster = await asRecorded();
  // Taken for alive until its session is over: the partition can't arrive there.
  cluster.crash(2);
  const slow = RUNS.filter((run) => run.tool === TOOL && isSlow(run));
  expect(slow.map(({ note }) => note)).toEqual([
    "execute --throttle", "list, one going on", "verify, going on", "execute while one is going on",
    "execute --additional while one is going on", "verify --preserve-throttles", "cancel", "cancel again",
  ]);
  for (const run of slow) {
    if (run.note.includes("--additional")) continue;
    // A dead broker can't be told of a throttle.
    const args = run.args.filter((arg) => arg !== "--throttle" && arg !== "1");
    const { exitCode, stdout } = await runInCluster(cluster, TOOL, args, run.files);
    if (run.note === "execute --throttle") await cluster.world.run(3_000);
    const expected = run.stdout.replace("brokers 1,2,3", "brokers 1,3").replaceAll(/^.*throttle (is|limit).*\n/gm, "");
    expect([run.note, exitCode, stdout]).toEqual([run.note, run.exitCode, expected]);
  }
  expect((await runInCluster(cluster, TOOL, [...AT_1, "--list"])).stdout).toBe("No partition reassignments found.\n");
});

test("a throttle is written down as Kafka does, and taken away when all is there", async () => {
  const cluster = await asRecorded();
  const run = RUNS.find(({ note }) => note === "execute --throttle")!;
  const files = run.files!;
  await runInCluster(cluster, TOOL, run.args, files);
  await cluster.world.run(3_000);
  const settings = async (...entity: string[]): Promise<string> => {
    return (await runInCluster(cluster, "kafka-configs", [...AT_1, "--describe", ...entity])).stdout;
  };
  const recorded = goldenRuns("kafka-configs").filter(({ note }) => note.includes("throttles"));
  expect(await settings("--topic", "move")).toBe(recorded[0]!.stdout);
  expect(await settings("--broker", "1")).toBe(recorded[1]!.stdout.replace(/^ {2}no\.such.*\n/m, ""));
  const verify = await runInCluster(cluster, TOOL, [
    ...AT_1, "--verify", "--reassignment-json-file", "PATH/slow.json",
  ], files);
  expect(verify.stdout).toContain("Reassignment of partition move-2 is completed.\n");
  await cluster.world.run(1_000);
  expect(await settings("--topic", "move")).toBe("Dynamic configs for topic move are:\n");
  expect(await settings("--broker", "1")).toBe("Dynamic configs for broker 1 are:\n");
});
