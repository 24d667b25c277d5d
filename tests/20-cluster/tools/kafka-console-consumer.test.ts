import { beforeAll, describe, expect, test } from "vitest";
import { SimCluster } from "../sim-cluster.ts";
import { type GoldenRun, goldenRuns, runInCluster } from "./golden-runs.ts";

/** What wrote the topics that Kafka's console consumer then read. */
const WRITERS = goldenRuns("kafka-console-producer").filter(({ args }) => {
  return /--topic (lines|keyed|spread)\b/.test(args.join(" "));
});
/** What is different on purpose, and what is about brokers that are down, transactions, and the log of Kafka's tool. */
const OTHERS = new RegExp([
  "down\\d", "txopen", "__consumer_offsets", "group.protocol", "--whitelist", "bad name", "UNREACHABLE", "Logging",
  "cc-auto", "cc-none", "no.such", "Long", "serializable", "--include \\[", "spread", "print.timestamp",
  "max-messages x", "print.epoch",
].join("|"));
const RUNS = goldenRuns("kafka-console-consumer").filter(({ tool, args, help, note }) => {
  const text = args.join(" ");
  return tool === "kafka-console-consumer" && help !== true && text !== "" && text !== "--version"
    && !OTHERS.test(text) && !note.startsWith("ended by");
});

describe("kafka-console-consumer prints what Kafka's own prints", () => {
  let cluster: SimCluster;
  beforeAll(async () => {
    cluster = await SimCluster.started(3, 1, {
      "default.replication.factor": 1, "min.insync.replicas": 1, "offsets.topic.num.partitions": 4,
      "group.initial.rebalance.delay.ms": 0,
    });
    for (const { args, stdin, files } of WRITERS) {
      await runInCluster(cluster, "kafka-console-producer", args, files, stdin ?? "");
    }
  });

  for (const [i, run] of RUNS.entries()) {
    test(`${i}: ${run.note.slice(0, 90)}`, async () => {
      const ours = await runInCluster(cluster, "kafka-console-consumer", run.args, run.files);
      expect(plain(ours)).toEqual(plain(run));
    });
  }
});

/** Without Java's names and stacks. An error is told before the number of messages. */
function plain({ exitCode, stdout, stderr }: Pick<GoldenRun, "exitCode" | "stdout" | "stderr">): object {
  const lines = stderr.split("\n").map((line) => line.replace(/^Exception in thread "main" \S+Exception: /, ""));
  return { exitCode, stdout, stderr: lines[0] };
}
