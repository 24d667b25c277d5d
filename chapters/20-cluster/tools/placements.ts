/**
 * Which brokers have which partitions: as it is, and as files for `kafka-reassign-partitions` say it.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { nameOf, type TopicPartition } from "#ground/topic-partition";
import { compareText } from "#groups/given/assignor";
import { type Admin } from "../admin/admin.ts";
import { duplicates } from "../duplicates.ts";
import { type Json, jsonIn, listIn, numberIn, partitionsNamedTwice, textIn } from "./json-file.ts";
import { type ToolContext } from "./tool.ts";

/** A partition and the ids of the brokers that have it, the preferred leader first. */
export interface Placed extends TopicPartition {
  readonly replicas: readonly number[];
}

/** The log dir that a broker chooses by itself. */
const ANY_DIR = "any";

/** As a file says it: what may be given as one again. */
export function textOf(placed: readonly Placed[]): string {
  const partitions = placed.map(({ topic, partition, replicas }) => {
    return { topic, partition, replicas, log_dirs: replicas.map(() => ANY_DIR) };
  });
  return JSON.stringify({ version: 1, partitions });
}

/** What a file says, in order of the partitions. @throws Error for what makes no sense */
export function placementsIn(context: ToolContext, path: string): Placed[] {
  const list = listIn(contentOf(context, path), "partitions", "No such field exists: `partitions`");
  if (list.length === 0) throw new Error("Partition reassignment list cannot be empty");
  const placed = list.map(placementOf);
  const twice = partitionsNamedTwice(placed);
  if (twice.length > 0) {
    throw new Error(`Partition reassignment contains duplicate topic partitions: ${twice.join(",")}`);
  }
  return placed.toSorted((a, b) => compareText(a.topic, b.topic) || a.partition - b.partition);
}

/** The topics that a file names. @throws Error for what makes no sense */
export function topicsIn(context: ToolContext, path: string): string[] {
  const list = listIn(contentOf(context, path), "topics", "No such field exists: `topics`");
  return list.map((one) => textIn(one, "topic"));
}

/** All partitions of some topics. @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION that names the topic */
export async function currentReplicas(admin: Admin, topics: readonly string[]): Promise<Placed[]> {
  const described = await admin.describeTopics(topics);
  return topics.flatMap((topic) => {
    const found = described.get(topic);
    if (found === undefined || (found instanceof KafkaError && found.code === "UNKNOWN_TOPIC_OR_PARTITION")) {
      throw new KafkaError("UNKNOWN_TOPIC_OR_PARTITION", `Topic ${topic} not found.`);
    }
    if (found instanceof Error) throw found;
    return found.partitions.map(({ partition, replicas }) => ({ topic, partition, replicas }));
  });
}

function contentOf(context: ToolContext, path: string): Json {
  const content = jsonIn(context, path);
  if (content === null) throw new Error("The input string is not a valid JSON");
  const { version = 1 } = content;
  if (version !== 1) throw new Error(`Not supported version field value ${String(version)}`);
  return content;
}

function placementOf(one: Json): Placed {
  const partition = { topic: textIn(one, "topic"), partition: numberIn(one, "partition") };
  const { replicas, log_dirs: dirs } = one;
  if (!Array.isArray(replicas) || !replicas.every((id) => Number.isSafeInteger(id))) {
    throw new Error(`${nameOf(partition)}: expected replicas to be a list of broker ids`);
  }
  if (replicas.length === 0) throw new Error("Partition replica list cannot be empty");
  const ids = replicas as number[];
  const twice = [...duplicates(ids)];
  if (twice.length > 0) {
    throw new Error(`Partition replica lists may not contain duplicate entries: ${nameOf(partition)} contains multiple `
      + `entries for ${twice.join(", ")}`);
  }
  checkDirs(dirs, ids, nameOf(partition));
  return { ...partition, replicas: ids };
}

/** (*Simplified*: replicas don't move between the dirs of a broker.) */
function checkDirs(dirs: unknown, replicas: readonly number[], name: string): void {
  if (!Array.isArray(dirs)) return;
  if (dirs.length !== replicas.length) {
    throw new Error(`Size of replicas list [${replicas.join(", ")}] is different from size of log dirs list `
      + `[${dirs.join(", ")}] for partition ${name}`);
  }
  const chosen: unknown = dirs.find((dir) => dir !== ANY_DIR);
  if (chosen === undefined) return;
  throw new Error(`A log dir can't be chosen here: expected "${ANY_DIR}", got ${JSON.stringify(chosen)}`);
}
