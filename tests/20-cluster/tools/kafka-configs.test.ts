import { beforeAll, describe, expect, test } from "vitest";
import { createTopic } from "../clients.ts";
import { SimCluster } from "../sim-cluster.ts";
import { type GoldenRun, goldenRuns, runInCluster } from "./golden-runs.ts";

/** Quotas, secrets, log levels, client metrics, groups are not ours; broker 9 is a controller, `move` on the move. */
const OTHERS = /clients|users|ips|groups|broker-loggers|client-metrics|CONTROLLER_PORT|--entity-name (9|move)/;
const RUNS = goldenRuns("kafka-configs").filter(({ tool, args, help, note }) => {
  const text = args.join(" ");
  const isOfItsCluster = note === "broker 1 --all" || note === "describe all topics" || note.includes("throttles");
  return tool === "kafka-configs" && help !== true && text !== "--version" && text !== "" && !OTHERS.test(text)
    && !isOfItsCluster;
});

describe("kafka-configs prints what Kafka's own prints, in the same stream, and ends with the same code", () => {
  let cluster: SimCluster;
  beforeAll(async () => {
    cluster = await SimCluster.started(3, 1, { "default.replication.factor": 1, "min.insync.replicas": 1 });
    const client = await cluster.connect(1);
    await cluster.run(createTopic(client, "data"));
  });

  for (const run of RUNS) {
    test(`${run.args.slice(run.args[0] === "--bootstrap-server" ? 2 : 0).join(" ").slice(0, 100)}`, async () => {
      const files = { ...run.files, "PATH/fast.properties": FAST };
      const ours = await runInCluster(cluster, "kafka-configs", run.args, files);
      expect(plain(ours)).toEqual(plain(inOurWords(run)));
    });
  }
});

const FAST = "default.api.timeout.ms=3000\nrequest.timeout.ms=2000\n";

/** What Kafka says, and what we say instead. */
const OUR_WORDS: readonly (readonly [RegExp, string])[] = [
  [/Unknown topic config name: no.such.key$/m, "Unknown topic config name: no.such.key."],
  [/Invalid value (\w*) for configuration retention.ms: Not a number of type LONG/,
    "retention.ms: expected a long of at least -1, got \"$1\""],
  [/Invalid value 0 for configuration min.insync.replicas: Value must be at least 1/,
    "min.insync.replicas: expected an int of at least 1, got \"0\""],
  [/Invalid value x for configuration log.cleaner.threads: Not a number of type INT/,
    "log.cleaner.threads: expected an int of at least 0, got \"x\""],
  [/Set\(log.dirs\)/, "log.dirs"],
  [/(one of topics), .* with a --bootstrap-server or.*/,
    "$1, brokers, broker-loggers, client-metrics, groups, clients, users, ips"],
  [/UnknownTopicOrPartitionException: $/m,
    "UnknownTopicOrPartitionException: This broker does not host the partition."],
  [/(Call: )describeConfigs/,
    "$1DescribeConfigs. Last error: Can't connect to broker-1:1: nothing listens there (connection refused)."],
];

function inOurWords(run: GoldenRun): GoldenRun {
  return { ...run, stderr: OUR_WORDS.reduce((said, [kafkas, ours]) => said.replace(kafkas, ours), run.stderr) };
}

/** Without what Java adds. What the simulated cluster was started with stands in `synonyms`, too. */
function plain({ exitCode, stdout, stderr }: { exitCode: number; stdout: string; stderr: string }): object {
  const [sentence = "", cause] = stderr.split("\n");
  return {
    exitCode,
    stdout: stdout.replaceAll(/\w+_CONFIG:min.insync.replicas=1[^}]*/g, "min.insync.replicas"),
    stderr: [sentence.replaceAll(/HOST:PORT_UNREACHABLE|broker-1:1\b|broker-1:9092/g, "HOST:PORT1"),
      sentence.startsWith("Error while") ? cause!.replace(/^java\S+ \S+Exception: /, "") : ""],
  };
}
