/**
 * `kafka-log-dirs`: what is in the log dirs of brokers. Source: `org.apache.kafka.tools.LogDirsCommand` of Kafka 4.0.
 *
 * @module
 */
import { elements } from "#ground/config/config-value";
import { nameOf } from "#ground/topic-partition";
import { type LogDirDescription } from "../admin/admin-types.ts";
import { brokerId } from "./broker-id.ts";
import { type ToolOption } from "./tool-options.ts";
import { createAdmin, type Tool } from "./tool.ts";

const OPTIONS = {
  "bootstrap-server": { value: "host:port,...", help: "Brokers to ask." },
  "command-config": { value: "file", help: "Properties for the admin client." },
  describe: { help: "Show what is in the log dirs." },
  "topic-list": { value: "t1,t2,...", help: "Only these topics." },
  "broker-list": { value: "1,2,...", help: "Only these brokers." },
} as const satisfies Record<string, ToolOption>;

/** The tool. */
export const kafkaLogDirs: Tool<keyof typeof OPTIONS> = {
  name: "kafka-log-dirs",
  about: "Shows which replicas are in which log dir of which broker, and how large they are.",
  options: OPTIONS,

  async run(given, context) {
    given.require("bootstrap-server", "describe");
    const wanted = [...new Set(elements(given.get("broker-list") ?? ""))].map(brokerId);
    const topics = elements(given.get("topic-list") ?? "");
    const admin = createAdmin(context, given.get("bootstrap-server")!, given.get("command-config"));
    try {
      const existing = (await admin.describeCluster()).map(({ nodeId }) => nodeId).toSorted((a, b) => a - b);
      const unknown = wanted.filter((id) => !existing.includes(id));
      if (unknown.length > 0) {
        context.err(`ERROR: The given brokers do not exist from --broker-list: ${unknown.join(",")}. Current existent `
          + `brokers: ${existing.join(",")}\n`);
        return 1;
      }
      const ids = wanted.length > 0 ? wanted : existing;
      context.out("Querying brokers for log directories information\n");
      const brokers = await Promise.all(ids.map(async (id) => {
        return { broker: id, logDirs: (await admin.describeLogDirs(id)).map((dir) => toJson(dir, topics)) };
      }));
      context.out(`Received log directory information from brokers ${ids.join(",")}\n`);
      context.out(`${JSON.stringify({ brokers, version: 1 })}\n`);
      return 0;
    } finally {
      admin.close();
    }
  },
};

function toJson({ path, error, replicas }: LogDirDescription, topics: readonly string[]): object {
  const shown = replicas.filter(({ topic }) => topics.length === 0 || topics.includes(topic));
  const partitions = shown.map((one) => ({
    partition: nameOf(one), size: one.sizeBytes, offsetLag: one.offsetLag, isFuture: one.isFuture,
  }));
  return { partitions, error: error?.message ?? null, logDir: path };
}
