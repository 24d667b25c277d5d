/**
 * `kafka-broker-api-versions`: which versions of which APIs the brokers serve, and which of them our clients use.
 * Source: `org.apache.kafka.tools.BrokerApiVersionsCommand` of Kafka 4.0.
 *
 * @module
 */
import { APIS } from "#ground/protocol/apis";
import { type ServedApi } from "../admin/admin-types.ts";
import { type ToolOption } from "./tool-options.ts";
import { createAdmin, type Tool } from "./tool.ts";

const OPTIONS = {
  "bootstrap-server": { value: "host:port,...", help: "Brokers to ask." },
  "command-config": { value: "file", help: "Properties for the admin client." },
} as const satisfies Record<string, ToolOption>;

/** The tool. */
export const kafkaBrokerApiVersions: Tool<keyof typeof OPTIONS> = {
  name: "kafka-broker-api-versions",
  about: "Shows which versions of which APIs each broker serves.",
  options: OPTIONS,

  async run(given, context) {
    given.require("bootstrap-server");
    const admin = createAdmin(context, given.get("bootstrap-server")!, given.get("command-config"));
    try {
      const brokers = (await admin.describeCluster()).toSorted((a, b) => a.nodeId - b.nodeId);
      for (const { nodeId, host, port, rack } of brokers) {
        const lines = linesOf(await admin.apiVersions(nodeId)).join(",\n");
        context.out(`${host}:${port} (id: ${nodeId} rack: ${rack} isFenced: false) -> (\n${lines}\n)\n`);
      }
      return 0;
    } finally {
      admin.close();
    }
  },
};

/** What both sides know, what only we know, and what only the broker knows; by key. */
function linesOf(served: readonly ServedApi[]): string[] {
  const theirs = new Map(served.map((one) => [one.apiKey, one]));
  const ours = new Map(APIS.filter(({ key }) => !BETWEEN_BROKERS.has(key)).map((api) => [api.key, api]));
  const keys = [...new Set([...theirs.keys(), ...ours.keys()])].toSorted((a, b) => a - b);
  return keys.map((key) => {
    const [range, api] = [theirs.get(key), ours.get(key)];
    if (range === undefined) return `\t${api!.name}(${key}): UNSUPPORTED`;
    const { minVersion, maxVersion } = range;
    const versions = minVersion === maxVersion ? `${minVersion}` : `${minVersion} to ${maxVersion}`;
    if (api === undefined) return `\tUNKNOWN(${key}): ${versions} [usable: NODE_TOO_NEW]`;
    const usable = Math.min(maxVersion, api.maxVersion);
    const isUsable = usable >= Math.max(minVersion, api.minVersion);
    const reason = maxVersion < api.minVersion ? "NODE_TOO_OLD" : "NODE_TOO_NEW";
    return `\t${api.name}(${key}): ${versions} [usable: ${isUsable ? usable : reason}]`;
  });
}

/** No client asks for them: AlterPartition, BrokerRegistration, BrokerHeartbeat. */
const BETWEEN_BROKERS: ReadonlySet<number> = new Set([56, 62, 63]);
