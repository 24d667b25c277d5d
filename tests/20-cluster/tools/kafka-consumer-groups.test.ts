import { beforeAll, describe, expect, test } from "vitest";
import { Admin } from "#cluster/admin/admin";
import { KafkaConsumer } from "#groups";
import { createTopic, produce } from "../clients.ts";
import { SimCluster } from "../sim-cluster.ts";
import { goldenRuns, runInCluster, type ToolRun } from "./golden-runs.ts";

const AT_1 = ["--bootstrap-server", "HOST:PORT1"];
/** Of topic `grp`: how many records, and where group `g-empty` is. */
const PARTITIONS = [{ end: 15, at: 11 }, { end: 14, at: 10 }, { end: 13, at: 9 }];

/** A cluster as Kafka's was when its tool ran, but for the groups with members. */
async function asRecorded(): Promise<SimCluster> {
  const cluster = await SimCluster.started(3, 1, {
    "default.replication.factor": 1, "min.insync.replicas": 1, "offsets.topic.num.partitions": 4,
    "group.initial.rebalance.delay.ms": 0,
  });
  const client = await cluster.connect(1);
  await cluster.run(createTopic(client, "grp", {}, PARTITIONS.length));
  const leaders = new Map<number, number>();
  const admin = new Admin({ "bootstrap.servers": "broker-1:9092" }, { runtime: cluster.world.node("admin").runtime });
  const described = (await cluster.run(admin.describeTopics(["grp"]))).get("grp");
  if (described === undefined || described instanceof Error) throw new Error("no topic");
  for (const { partition, leader } of described.partitions) leaders.set(partition, leader!);
  for (const [partition, { end }] of PARTITIONS.entries()) {
    const leader = await cluster.connect(leaders.get(partition)!);
    const values = Array.from({ length: end }, (_, i) => `value-${i}`);
    await cluster.run(produce(leader, "grp", values, -1, partition));
  }
  const offsets = PARTITIONS.map(({ at }, partition) => ({ topic: "grp", partition, offset: at, leaderEpoch: -1 }));
  await cluster.run(admin.alterGroupOffsets("g-empty", offsets));
  return cluster;
}

/** The recorded runs that are about nothing but that group, and aren't about the time of day. */
const RUNS = goldenRuns("kafka-consumer-groups").filter(({ tool, args, help, note }) => {
  const text = args.join(" ");
  const isSentence = !text.includes("HOST") && help !== true && text !== "" && text !== "--version";
  const isAboutIt = /--group (g-empty|no-such-group)\b/.test(text) && !/g-two|g-new|g-active|DATE|PT1S/.test(text);
  const isOfItsTime = /to-datetime 20|by-duration P/.test(text) || note.startsWith("describe after");
  // Ours says on stderr what is wrong with an option, and that there is no such topic.
  const isDifferent = /--timeout x|absent\.csv|--delete-offsets .*nope/.test(text);
  return tool === "kafka-consumer-groups" && (isSentence || isAboutIt) && !isOfItsTime && !isDifferent;
});

describe("kafka-consumer-groups prints what Kafka's own prints, in the same stream", () => {
  let cluster: SimCluster;
  beforeAll(async () => {
    cluster = await asRecorded();
  });

  for (const run of RUNS) {
    test(`${run.args.slice(run.args[0] === "--bootstrap-server" ? 2 : 0).join(" ").slice(0, 90)}`, async () => {
      const ours = await runInCluster(cluster, "kafka-consumer-groups", run.args, run.files);
      expect(plain(ours)).toEqual(plain(run));
    });
  }
});

/**
 * Without addresses, Java's names and stacks, and the order of a hash table. Errors are in our own words, and a run
 * that could not do what it was asked for ends with 1, where Kafka's ends with 0 whenever it has printed something.
 */
function plain({ exitCode, stdout, stderr }: ToolRun): object {
  const failed = stdout.includes("Error: ");
  const [sentence = ""] = failed ? [] : stderr.trim().split("\n");
  const lines = stdout
    .replaceAll(/(HOST-ADDR:PORT|broker-)\d(:9092)? +\(\d\) +/g, "COORDINATOR ")
    .replaceAll(/(Error:|due to:) .*/g, "$1 …")
    .split("\n");
  return {
    exitCode: failed ? 1 : exitCode,
    // What was looked for and isn't there: Kafka shows a table of it, ours says so.
    stdout: failed ? [...new Set(lines)].filter((line) => !/^(nope|grp|TOPIC) /.test(line)) : lines.toSorted(),
    stderr: sentence
      .replace(/(WARN: No action will be performed as the --execute option is missing\.).*/, "$1")
      .replace(/''$/, "'")
      .replace(/^Exception in thread "main" \S+Exception: /, ""),
  };
}

describe("kafka-consumer-groups --reset-offsets", () => {
  test("takes times and durations: the first record since then, or the end", async () => {
    const cluster = await asRecorded();
    const reset = async (...args: string[]): Promise<string> => {
      const all = ["--reset-offsets", "--group", "g-empty", "--topic", "grp:1", "--export", "--dry-run", ...args];
      return (await runInCluster(cluster, "kafka-consumer-groups", [...AT_1, ...all])).stdout;
    };
    expect(await reset("--to-datetime", "1970-01-01T02:00:00.000+02:00")).toBe("grp,1,0\n\n");
    expect(await reset("--to-datetime", "2999-01-01T00:00:00")).toMatch(/Partition 1 .* is empty.*\n.*\n?grp,1,14\n/);
    // The simulated records are of 1970.
    expect(await reset("--by-duration", "P1DT1H")).toMatch(/Partition 1 .* is empty.*\ngrp,1,14\n/);
    expect(await reset("--by-duration", "1h")).toContain("got \"1h\"");
  });
});

/** Who was in which group when Kafka's tool ran. */
const MEMBERS = [
  { group: "g-active", client: "c-one", topic: "grp", instance: null },
  { group: "g-active", client: "c-two", topic: "grp", instance: null },
  { group: "g-static", client: "c-st", topic: "other", instance: "inst-1" },
  { group: "g-static", client: "c-st2", topic: "other", instance: "inst-2" },
];

/** As {@link asRecorded}, with those members, who have read everything; `g-two` has read of two topics, and left. */
async function withMembers(): Promise<{ cluster: SimCluster; consumers: KafkaConsumer[] }> {
  const cluster = await asRecorded();
  const admin = new Admin({ "bootstrap.servers": "broker-1:9092" }, { runtime: cluster.world.node("admin").runtime });
  await cluster.run(admin.createTopics([{ name: "other", assignments: [[1]] }]));
  const client = await cluster.connect(1);
  await cluster.run(produce(client, "other", Array.from({ length: 5 }, (_, i) => `value-${i}`), -1, 0));
  const offsets = PARTITIONS.map(({ at }, partition) => ({ topic: "grp", partition, offset: at, leaderEpoch: -1 }));
  const ofOther = { topic: "other", partition: 0, offset: 5, leaderEpoch: -1 };
  await cluster.run(admin.alterGroupOffsets("g-two", [...offsets, ofOther]));
  const consumers = MEMBERS.map(({ group, client: name, topic, instance }) => {
    const consumer = new KafkaConsumer({
      "bootstrap.servers": "broker-1:9092", "client.id": name, "group.id": group, "auto.offset.reset": "earliest",
      ...(instance === null ? {} : { "group.instance.id": instance }),
    }, { runtime: cluster.world.node(name).runtime });
    consumer.subscribe([topic]);
    return consumer;
  });
  for (let polls = 0; polls < 20; polls++) {
    await cluster.run(Promise.all(consumers.map((consumer) => consumer.poll(500))));
  }
  await cluster.run(Promise.all(consumers.map((consumer) => consumer.commitSync())));
  return { cluster, consumers };
}

describe("kafka-consumer-groups prints what Kafka's own prints of groups with members", () => {
  const ABOUT_MEMBERS = goldenRuns("kafka-consumer-groups").filter(({ tool, args }) => {
    const text = args.join(" ");
    const isAboutThem = /--group (g-active|g-static|g-two|g-made2?)\b|--list( --(state|type).*)?$|--delete --all/;
    const isOther = /g-new|down-|Consumer|UNREACH|plan4/.test(text);
    return tool === "kafka-consumer-groups" && isAboutThem.test(text) && !isOther;
  });
  let cluster: SimCluster;
  let consumers: KafkaConsumer[];
  beforeAll(async () => {
    ({ cluster, consumers } = await withMembers());
  });

  for (const run of ABOUT_MEMBERS) {
    test(`${run.args.slice(2).join(" ").slice(0, 80)}: ${run.note.slice(0, 60)}`, async () => {
      if (run.note === "list after the members left") {
        await cluster.run(Promise.all(consumers.slice(0, 2).map((consumer) => consumer.close())));
      }
      const ours = await runInCluster(cluster, "kafka-consumer-groups", run.args, run.files);
      expect(plain(ofThese(ours))).toEqual(plain(ofThese(run)));
    });
  }
});

/** Without ids and addresses, and what is about groups that aren't here. A list is as wide as its longest name. */
function ofThese({ exitCode, stdout, stderr }: ToolRun): ToolRun {
  const isList = !/TOPIC|COORDINATOR|CONSUMER-ID|Error/.test(stdout);
  const text = stdout
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|<UUID\d_+>/g, "<UUID>")
    .replaceAll(/ \/\S+ +(?=c-)/g, " HOST ")
    .replaceAll(/^(console-consumer|perf-|cc-g|g-new|down).*\n/gm, "")
    .replaceAll(/(?<=successfully: ).*/g, "…");
  return { exitCode, stdout: isList ? text.replaceAll(/ +/g, " ") : text, stderr };
}
