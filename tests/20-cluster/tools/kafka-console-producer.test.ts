import { beforeAll, describe, expect, test } from "vitest";
import { SimCluster } from "../sim-cluster.ts";
import { type GoldenRun, goldenRuns, runInCluster } from "./golden-runs.ts";

const RUNS = goldenRuns("kafka-console-producer").filter(({ tool, args, help }) => {
  const text = args.join(" ");
  // What only the log of Kafka's tool tells, ours says on stderr.
  const isDifferent = /UNREACHABLE|--broker-list|--line-reader|down\d|max.request.size|bad name/.test(text);
  return tool === "kafka-console-producer" && help !== true && text !== "" && text !== "--version" && !isDifferent;
});

describe("kafka-console-producer ends as Kafka's own does, with its sentence", () => {
  let cluster: SimCluster;
  beforeAll(async () => {
    cluster = await SimCluster.started(3, 1, { "default.replication.factor": 1, "min.insync.replicas": 1 });
  });

  for (const [i, run] of RUNS.entries()) {
    test(`${i}: ${run.note.slice(0, 90)}`, async () => {
      const ours = await runInCluster(cluster, "kafka-console-producer", run.args, run.files, run.stdin ?? "");
      expect(plain(ours)).toEqual(plain(run));
    });
  }
});

/** Without Java's names and stacks. What is wrong with the configuration is said in our own words. */
function plain({ exitCode, stdout, stderr }: Pick<GoldenRun, "exitCode" | "stdout" | "stderr">): object {
  const [sentence = ""] = stderr.split("\n");
  const isConfiguration = /ConfigExc|: expected one of|validating the bootstrap|argument "\[boot/.test(sentence);
  return { exitCode, stdout, stderr: isConfiguration ? "configuration" : sentence.replace(/^[\w.]*Exception: /, "") };
}
