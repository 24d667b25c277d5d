/**
 * `kafka-cluster`: the id of the cluster, and where its brokers are.
 * Source: `org.apache.kafka.tools.ClusterTool` of Kafka 4.0.
 *
 * @module
 */
import { type Admin } from "../admin/admin.ts";
import { table } from "./table.ts";
import { type ToolOption, UsageError } from "./tool-options.ts";
import { createAdmin, type Tool, type ToolContext } from "./tool.ts";

const OPTIONS = {
  "bootstrap-server": { value: "host:port,...", help: "Brokers to ask." },
  "bootstrap-controller": { value: "host:port", help: "As --bootstrap-server: here brokers are controllers." },
  config: { value: "file", help: "Properties for the admin client." },
  "include-fenced-brokers": { help: "Taken for Kafka's sake: here a broker is there, or it isn't." },
  id: { value: "n", help: "With unregister: the broker." },
} as const satisfies Record<string, ToolOption>;

const COMMANDS: Readonly<Record<string, (admin: Admin, context: ToolContext) => Promise<void>>> = {
  async "cluster-id"(admin, { out }) {
    const id = await admin.clusterId();
    out(id === null ? "No cluster ID found. The Kafka version is probably too old.\n" : `Cluster ID: ${id}\n`);
  },

  async "list-endpoints"(admin, { out }) {
    out(table(COLUMNS, (await admin.describeCluster()).toSorted((a, b) => a.nodeId - b.nodeId)));
  },

  async unregister() {
    throw new UsageError("Nothing is to be unregistered: a broker leaves the cluster when its session ends.", false);
  },
};

type Row = Awaited<ReturnType<Admin["describeCluster"]>>[number];

const COLUMNS = [
  { heading: "ID", width: 10, cell: ({ nodeId }: Row) => nodeId },
  { heading: "HOST", width: 1, cell: ({ host }: Row) => host },
  { heading: "PORT", width: 10, cell: ({ port }: Row) => port },
  { heading: "RACK", width: 10, cell: ({ rack }: Row) => String(rack) },
  { heading: "STATE", width: 10, cell: () => "unfenced" },
  { heading: "ENDPOINT_TYPE", width: 15, cell: () => "broker" },
];

/** The tool. */
export const kafkaCluster: Tool<keyof typeof OPTIONS> = {
  name: "kafka-cluster",
  about: "kafka-cluster cluster-id: shows the id of the cluster. kafka-cluster list-endpoints: shows its brokers.",
  options: OPTIONS,

  async run(given, context) {
    const [command = ""] = given.args;
    if (!Object.hasOwn(COMMANDS, command)) {
      const known = Object.keys(COMMANDS).map((name) => `'${name}'`).join(", ");
      throw new UsageError(`kafka-cluster: error: invalid choice: '${command}' (choose from ${known})`);
    }
    const [server, controller] = [given.get("bootstrap-server"), given.get("bootstrap-controller")];
    if (server !== null && controller !== null) {
      throw new UsageError("kafka-cluster: error: argument --bootstrap-controller: not allowed with argument "
        + "--bootstrap-server");
    }
    const address = server ?? controller;
    if (address === null) {
      throw new UsageError("kafka-cluster: error: one of the arguments --bootstrap-server --bootstrap-controller is "
        + "required");
    }
    const admin = createAdmin(context, address, given.get("config"));
    try {
      await COMMANDS[command]!(admin, context);
      return 0;
    } finally {
      admin.close();
    }
  },
};
