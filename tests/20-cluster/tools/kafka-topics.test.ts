import { beforeAll, describe, expect, test } from "vitest";
import { SimCluster } from "../sim-cluster.ts";
import { type GoldenRun, goldenRuns, runInCluster, type ToolRun } from "./golden-runs.ts";

const ALL = goldenRuns("kafka-topics");
/** From there on brokers were down and replicas on the move when Kafka's tool ran. */
const FIRST_OF_OTHERS = ALL.findIndex(({ note }) => note.startsWith("describe while partition 2"));
const AT_1 = ["--bootstrap-server", "HOST:PORT1"];
let cluster: SimCluster;

beforeAll(async () => {
  cluster = await SimCluster.started(3, 1, { "default.replication.factor": 1, "min.insync.replicas": 1 });
});

describe("kafka-topics prints what Kafka's own prints, in the same stream, and ends with the same code", () => {
  for (const run of ALL.slice(0, FIRST_OF_OTHERS)) {
    if (run.help === true || run.args.includes("--version")) continue;
    test(`${run.args.slice(run.args[0] === "--bootstrap-server" ? 2 : 0).join(" ").slice(0, 90)}`, async () => {
      const ours = await runInCluster(cluster, "kafka-topics", run.args, run.files);
      expect(plain(ours)).toEqual(plain(inOurWords(run)));
    });
  }
});

test("a dead broker: whose partitions lack a replica, and whose have no leader", async () => {
  const own = await SimCluster.started(3, 2);
  const create = (topic: string, brokers: string): Promise<ToolRun> => {
    const args = ["--create", "--topic", topic, "--replica-assignment", brokers];
    return runInCluster(own, "kafka-topics", [...AT_1, ...args]);
  };
  await create("three", "1:2:3");
  await create("one", "3");
  own.crash(3);
  await own.world.run(5_000);
  const described = async (filter: string): Promise<string> => {
    return (await runInCluster(own, "kafka-topics", [...AT_1, "--describe", filter])).stdout;
  };
  expect(await described("--under-replicated-partitions"))
    .toBe("\tTopic: three\tPartition: 0\tLeader: 1\tReplicas: 1,2,3\tIsr: 1,2\tElr: \tLastKnownElr: \n");
  expect(await described("--unavailable-partitions"))
    .toBe("\tTopic: one\tPartition: 0\tLeader: none\tReplicas: 3\tIsr: 3\tElr: \tLastKnownElr: \n");
});

/** What Kafka says, and what we say instead: how it begins. */
const OUR_WORDS: readonly (readonly [RegExp, string])[] = [
  [/Unknown topic config name: no.such.key\n/, "Unknown topic config name: no.such.key.\n"],
  [/Invalid value abc for configuration retention.ms: Not a number of type LONG/,
    "retention.ms: expected a long of at least -1, got \"abc\""],
  [/Invalid value 0 for configuration min.insync.replicas: Value must be at least 1/,
    "min.insync.replicas: expected an int of at least 1, got \"0\""],
  [/Invalid value shred for configuration cleanup.policy: String must be one of: compact, delete/,
    "cleanup.policy: expected a list of compact, delete, got \"shred\""],
  [/zookeeper is not a recognized option/,
    "zookeeper is not a recognized option: tools ask the brokers, by --bootstrap-server HOST:PORT"],
  [/PATH\/absent.properties/, "PATH/absent.properties can't be read: no such file"],
  [/Failed to create new KafkaAdminClient/,
    "bootstrap.servers: expected host:port, such as localhost:9092, got \"nonsense\""],
  [/(delete-config option is no longer supported).*/, "$1: use kafka-configs"],
  [/Attempted to add 2 additional partition\(s\), but only 0 assignment\(s\) were specified/,
    "Expected assignments for 2 additional partition(s), got 0"],
  [/(Timed out waiting for a node assignment. Call: )listTopics/,
    "$1Metadata. Last error: Can't connect to broker-1:1: nothing listens there (connection refused).",
  ],
];

function inOurWords(run: GoldenRun): GoldenRun {
  const say = (text: string): string => OUR_WORDS.reduce((said, [kafkas, ours]) => said.replace(kafkas, ours), text);
  return { ...run, stdout: say(run.stdout), stderr: say(run.stderr) };
}

/** Without what is chance, and what Java adds. */
function plain({ exitCode, stdout, stderr }: { exitCode: number; stdout: string; stderr: string }): object {
  const [sentence = ""] = stderr.split("\n");
  return { exitCode, stdout: blocks(lines(stdout)), stderr: sentence.replace(/ \(To change the number.*/, "") };
}

/** Brokers are chosen by chance where none are given. */
function lines(text: string): string {
  return text
    .replaceAll(/TopicId: \S+/g, "TopicId: ID")
    .replaceAll(/Leader: \d\tReplicas: ([\d,]+)\tIsr: [\d,]+/g, (_, ids: string) => `${ids.length} characters`)
    .replaceAll(/Optional\[([^\]]*)\]/g, "$1");
}

/** The text of each topic. Kafka shows them in the order of a hash table. */
function blocks(text: string): string[] {
  const topics = text.split(/^(?=Topic: )/m);
  return topics.flatMap((topic) => (topic.startsWith("\t") ? topic.split("\n") : [topic])).toSorted();
}
