/**
 * `kafka-leader-election`: lets preferred replicas lead again, or gives a leader to partitions that have none.
 * Source: `org.apache.kafka.tools.LeaderElectionCommand` of Kafka 4.0.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { nameOf, type TopicPartition } from "#ground/topic-partition";
import { type ResultOfPartition } from "../admin/admin-types.ts";
import { jsonIn, listIn, numberIn, partitionsNamedTwice, textIn } from "./json-file.ts";
import { type GivenOptions, type ToolOption, UsageError } from "./tool-options.ts";
import { createAdmin, type Tool, type ToolContext } from "./tool.ts";

const OPTIONS = {
  "bootstrap-server": { value: "host:port,...", help: "Brokers to ask." },
  "admin.config": { value: "file", help: "Properties for the admin client." },
  "election-type": {
    value: "type",
    help: "preferred: the first of the replicas shall lead. unclean: a partition without a leader gets one, even if "
      + "that lacks committed records, which are lost.",
  },
  "path-to-json-file": { value: "file", help: "{\"partitions\": [{\"topic\": \"t\", \"partition\": 0}]}: which ones." },
  topic: { value: "name", help: "The topic; with --partition." },
  partition: { value: "n", help: "The partition; with --topic." },
  "all-topic-partitions": { help: "All partitions." },
} as const satisfies Record<string, ToolOption>;

type Name = keyof typeof OPTIONS;

/** The tool. */
export const kafkaLeaderElection: Tool<Name> = {
  name: "kafka-leader-election",
  about: "Elects leaders of partitions: the preferred replicas, or any where there is no leader.",
  options: OPTIONS,

  async run(given, context) {
    const typed = given.get("election-type");
    const type = (["preferred", "unclean"] as const).find((known) => known === typed?.toLowerCase());
    if (typed !== null && type === undefined) {
      throw new UsageError(`Cannot parse argument '${typed}' of option election-type`, false);
    }
    const partitions = partitionsIn(given, context);
    const admin = createAdmin(context, given.get("bootstrap-server")!, given.get("admin.config"));
    try {
      return show(await admin.electLeaders(type!, partitions), typed!.toUpperCase(), context);
    } catch (error) {
      if (!(error instanceof KafkaError) || error.code !== "REQUEST_TIMED_OUT") throw error;
      context.out("Timeout waiting for election results\n");
      throw new Error(`Timeout waiting for election results: ${error.message}`, { cause: error });
    } finally {
      admin.close();
    }
  },
};

/** @returns null: all. @throws UsageError for what makes no sense */
function partitionsIn(given: GivenOptions<Name>, context: ToolContext): TopicPartition[] | null {
  const number = given.number("partition");
  const missing = (["election-type", "bootstrap-server"] as const).filter((name) => !given.has(name));
  if (missing.length > 0) throw new UsageError(`Missing required option(s): ${missing.join(", ")}`, false);
  const ways = ["topic", "all-topic-partitions", "path-to-json-file"] as const;
  if (ways.filter((name) => given.has(name)).length !== 1) {
    throw new UsageError(`One and only one of the following options is required: ${ways.join(", ")}`, false);
  }
  if (given.has("topic") && number === null) throw new UsageError("Missing required option(s): partition", false);
  if (given.has("topic")) return [{ topic: given.get("topic")!, partition: number! }];
  if (number !== null) {
    throw new UsageError(`Option partition is only allowed if topic is used`, false);
  }
  if (given.has("all-topic-partitions")) return null;
  const json = jsonIn(context, given.get("path-to-json-file")!);
  const list = json === null ? [] : listIn(json, "partitions", "Replica election data is missing \"partitions\" field");
  if (list.length === 0) throw new UsageError("Replica election data is empty", false);
  const partitions = list.map((one) => ({ topic: textIn(one, "topic"), partition: numberIn(one, "partition") }));
  const twice = partitionsNamedTwice(partitions);
  if (twice.length === 0) return partitions;
  throw new UsageError(`Replica election data contains duplicate partitions: [${twice.join(", ")}]`, false);
}

function show(results: readonly ResultOfPartition[], type: string, { out }: ToolContext): number {
  const namesOf = (code: string | undefined): string => {
    return results.filter(({ error }) => error?.code === code).map(nameOf).join(", ");
  };
  const elected = namesOf(undefined);
  const valid = namesOf("ELECTION_NOT_NEEDED");
  if (elected !== "") out(`Successfully completed leader election (${type}) for partitions ${elected}\n`);
  if (valid !== "") out(`Valid replica already elected for partitions ${valid}\n`);
  const failed = results.filter(({ error }) => error !== null && error.code !== "ELECTION_NOT_NEEDED");
  for (const one of failed) {
    out(`Error completing leader election (${type}) for partition: ${nameOf(one)}: ${one.error!.message}\n`);
  }
  if (failed.length > 0) throw new Error(`${failed.length} replica(s) could not be elected`);
  return 0;
}
