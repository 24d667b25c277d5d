/**
 * `kafka-delete-records`: makes partitions start at a later offset.
 * Source: `org.apache.kafka.tools.DeleteRecordsCommand` of Kafka 4.0.
 *
 * @module
 */
import { nameOf } from "#ground/topic-partition";
import { jsonIn, listIn, numberIn, partitionsNamedTwice, textIn } from "./json-file.ts";
import { type ToolOption, UsageError } from "./tool-options.ts";
import { createAdmin, type Tool, type ToolContext } from "./tool.ts";

const OPTIONS = {
  "bootstrap-server": { value: "host:port,...", help: "Brokers to ask." },
  "command-config": { value: "file", help: "Properties for the admin client." },
  "offset-json-file": {
    value: "file",
    help: "{\"partitions\": [{\"topic\": \"t\", \"partition\": 0, \"offset\": 5}], \"version\": 1}: where each shall "
      + "start. The offset -1 deletes all that is committed.",
  },
} as const satisfies Record<string, ToolOption>;

/** The tool. */
export const kafkaDeleteRecords: Tool<keyof typeof OPTIONS> = {
  name: "kafka-delete-records",
  about: "Deletes the records of partitions below given offsets.",
  options: OPTIONS,

  async run(given, context) {
    given.require("bootstrap-server", "offset-json-file");
    const wanted = offsetsIn(context, given.get("offset-json-file")!);
    const admin = createAdmin(context, given.get("bootstrap-server")!, given.get("command-config"));
    try {
      context.out("Executing records delete operation\n");
      const results = wanted.length === 0 ? new Map() : await admin.deleteRecords(wanted);
      context.out("Records delete operation completed:\n");
      for (const name of wanted.map(nameOf)) {
        const result: unknown = results.get(name);
        const text = result instanceof Error ? `error: ${result.message}` : `low_watermark: ${String(result)}`;
        context.out(`partition: ${name}\t${text}\n`);
      }
      return 0;
    } finally {
      admin.close();
    }
  },
};

interface Wanted {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

function offsetsIn(context: ToolContext, path: string): Wanted[] {
  const json = jsonIn(context, path);
  if (json === null) throw new UsageError("The input string is not a valid JSON", false);
  const { version = 1 } = json;
  if (version !== 1) throw new UsageError(`Not supported version field value ${String(version)}`, false);
  const wanted = listIn(json, "partitions", "Missing partitions field").map((one) => {
    return { topic: textIn(one, "topic"), partition: numberIn(one, "partition"), offset: numberIn(one, "offset") };
  });
  const twice = partitionsNamedTwice(wanted);
  if (twice.length === 0) return wanted;
  throw new UsageError(`Offset json file contains duplicate topic partitions: ${twice.join(",")}`, false);
}
