import { beforeAll, describe, expect, test } from "vitest";
import { SimCluster } from "../sim-cluster.ts";
import { type GoldenRun, goldenRuns, runInCluster, stopAfterMs } from "./golden-runs.ts";

let cluster: SimCluster;

beforeAll(async () => {
  const alone = { "default.replication.factor": 1, "min.insync.replicas": 1, "offsets.topic.replication.factor": 1 };
  cluster = await SimCluster.started(1, 1, { ...alone, "group.initial.rebalance.delay.ms": 0, "num.partitions": 2 });
});

/** The new group protocol isn't spoken here; the ISR isn't small; `--version` tells ours. */
const IS_DIFFERENT = /--group-protocol|down3|--version|--reset-policy (none|bad)/;
const TOOLS = ["kafka-verifiable-producer", "kafka-verifiable-consumer"];

describe.each(TOOLS)("%s says what Kafka's own says, and ends with the same code", { timeout: 30_000 }, (name) => {
  const runs = goldenRuns(name).filter(({ args, help }) => {
    return help !== true && args.length > 0 && !IS_DIFFERENT.test(args.join(" "));
  });

  for (const run of runs) {
    test(run.note, async () => {
      const ours = await runInCluster(cluster, name, run.args, {}, "", stopAfterMs(run));
      expect(plain(ours)).toEqual(plain(run));
    });
  }
});

test("without an offset, and without a rule for that, a sentence, after the group has been left", async () => {
  const args = ["--bootstrap-server", "HOST:PORT1", "--topic", "veri", "--group-id", "vc8", "--reset-policy", "none"];
  const { exitCode, stdout, stderr } = await runInCluster(cluster, "kafka-verifiable-consumer", args);
  expect([exitCode, stdout.trim().split("\n").at(-1)]).toEqual([1, expect.stringContaining("shutdown_complete")]);
  expect(stderr).toMatch(/auto\.offset\.reset/);
});

test("each number is sent once, and read once", async () => {
  const at = ["--bootstrap-server", "HOST:PORT1", "--topic", "numbers"];
  const sent = await runInCluster(cluster, TOOLS[0]!, [...at, "--max-messages", "50", "--repeating-keys", "7"]);
  const args = [...at, "--group-id", "counters", "--max-messages", "50", "--verbose"];
  const read = await runInCluster(cluster, TOOLS[1]!, args);
  const values = (run: typeof sent, name: string): number[] => {
    const events = eventsIn(run.stdout).filter((event) => event["name"] === name);
    return events.map((event) => Number(event["value"])).toSorted((a, b) => a - b);
  };
  expect(values(sent, "producer_send_success")).toEqual([...Array(50).keys()]);
  expect(values(read, "record_data")).toEqual([...Array(50).keys()]);
});

/**
 * The events in their order, each once where it comes again, and without times, offsets and counts: to which partition
 * a record goes, and how many come at once, is chance.
 */
function plain({ exitCode, stdout, stderr }: Pick<GoldenRun, "exitCode" | "stdout" | "stderr">): object {
  const shapes = eventsIn(stdout).map((event) => JSON.stringify(shapeOf(event)));
  const [, sentence = stderr] = /error: ([^]*)/.exec(stderr) ?? [];
  return {
    exitCode,
    events: [...new Set(shapes)],
    stderr: sentence.replaceAll(/\s+/g, " ").replaceAll(" to Integer ", " to Long ").trim(),
  };
}

type Event = Readonly<Record<string, unknown>>;

function eventsIn(stdout: string): Event[] {
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line.replaceAll(/<[^>]*>/g, "1")) as Event);
}

function shapeOf(value: unknown, name = ""): unknown {
  if (Array.isArray(value)) return [shapeOf(value[0])];
  if (typeof value === "number") return 0;
  if (typeof value !== "object" || value === null) return /key|value|message/.test(name) ? "" : value;
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, key === "key" ? "" : shapeOf(of, key)]));
}
