import { beforeAll, describe, expect, test } from "vitest";
import { SimCluster } from "../sim-cluster.ts";
import { type GoldenRun, goldenRuns, runInCluster } from "./golden-runs.ts";

let cluster: SimCluster;

beforeAll(async () => {
  const alone = { "default.replication.factor": 1, "min.insync.replicas": 1, "offsets.topic.replication.factor": 1 };
  cluster = await SimCluster.started(1, 1, alone);
});

/** There are no transactions; a broker is down; Kafka's sentence is Java's. */
const IS_DIFFERENT = /UNREACHABLE|transactional|--version|down3|^--topic perf --messages/;

const TOOLS = ["kafka-producer-perf-test", "kafka-consumer-perf-test"];

describe.each(TOOLS)("%s prints what Kafka prints", { timeout: 30_000 }, (name) => {
  const runs = goldenRuns(name).filter(({ tool, args }) => tool === name && !IS_DIFFERENT.test(args.join(" ")));

  for (const run of runs) {
    if (run.help === true || run.args.length === 0) continue;
    test(run.note.replace(" (numbers replaced by <N>)", ""), async () => {
      const files = { "PATH/pp.properties": "bootstrap.servers=broker-1:9092\n", ...run.files };
      const ours = await runInCluster(cluster, name, run.args, files);
      expect(plain(ours)).toEqual(plain(run));
    });
  }
});

test("kafka-producer-perf-test says what could not be sent, and ends with 1 then", async () => {
  const props = ["bootstrap.servers=HOST:PORT_UNREACHABLE", "max.block.ms=2000"];
  const args = ["--topic", "t", "--num-records", "2", "--throughput", "-1", "--record-size", "10", "--producer-props"];
  const { exitCode, stdout, stderr } = await runInCluster(cluster, "kafka-producer-perf-test", [...args, ...props]);
  expect([exitCode, stderr.match(/t .*2000 ms/g)?.length]).toEqual([1, 2]);
  expect(stdout).toBe("0 records sent, 0.0 records/sec (0.00 MB/sec), NaN ms avg latency, 0.00 ms max latency, "
    + "0 ms 50th, 0 ms 95th, 0 ms 99th, 0 ms 99.9th.\n");
});

test("kafka-producer-perf-test sends as many a second as it is told, and each value once", async () => {
  const start = cluster.world.nowMs;
  const args = ["--topic", "paced", "--num-records", "300", "--throughput", "100", "--payload-monotonic"];
  const props = ["--producer-props", "bootstrap.servers=HOST:PORT1"];
  await runInCluster(cluster, "kafka-producer-perf-test", [...args, ...props]);
  expect(Math.round((cluster.world.nowMs - start) / 1_000)).toBe(3);
  const read = ["--bootstrap-server", "HOST:PORT1", "--topic", "paced", "--from-beginning", "--max-messages", "300"];
  const { stdout } = await runInCluster(cluster, "kafka-console-consumer", read);
  expect(stdout.trim().split("\n").map(Number)).toEqual([...Array(300).keys()]);
});

/** Without numbers, which are chance; and of what is wrong with options only Kafka's first words. */
function plain({ exitCode, stdout, stderr }: Pick<GoldenRun, "exitCode" | "stdout" | "stderr">): object {
  const [, sentence = stderr] = /error: ([^]*)/.exec(stderr) ?? [];
  // Kafka's consumer says its columns before it looks at its options. Each has figures of its own.
  const lines = exitCode === 0 ? stdout.split(/\n(?:\nMetric Name)/) : [""];
  return {
    exitCode,
    stdout: [withoutNumbers(lines[0]!), lines.length],
    stderr: firstWords(sentence),
  };
}

/** Kafka's parser breaks lines, also inside of names. */
function firstWords(sentence: string): string {
  const [text = ""] = sentence.split(/\n\n|\n(?=[a-z]+\.|<HELP>)/);
  return text.replaceAll(/(?<=-)\n|\n$/g, "").replaceAll(/\s+/g, " ").trim();
}

function withoutNumbers(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3}/g, "<DATE>")
    .replaceAll(/\b\d+\.(\d+)/g, (_, digits: string) => `<N.${"d".repeat(digits.length)}>`)
    .replaceAll(/(?<![\w.>])\d+(?= (?:records|ms)|[,\n]|$)/g, "<N>");
}
