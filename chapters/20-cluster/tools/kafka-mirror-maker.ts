/**
 * `kafka-mirror-maker`: copies topics between clusters, as MirrorMaker 2 does, and translates the offsets of groups.
 * Source: `org.apache.kafka.connect.mirror.MirrorMaker` of Kafka 4.0 (`connect-mirror-maker.sh`).
 *
 * @module
 */
import { pause } from "#ground/pause";
import { mirrorFlows } from "../mirror/mirror-config.ts";
import { MirrorFlow } from "../mirror/mirror-flow.ts";
import { type ToolOption } from "./tool-options.ts";
import { propertiesIn, type Tool, type ToolContext } from "./tool.ts";

const OPTIONS = {
  config: {
    value: "file",
    help: "Properties as MirrorMaker 2 has them: clusters=paris,rome; paris.bootstrap.servers=...; "
      + "rome.bootstrap.servers=...; paris->rome.enabled=true; topics, groups, sync.group.offsets.enabled.",
  },
  "status-interval": { value: "ms", help: "How often the state is said on stderr. By default 10000; 0: never." },
} as const satisfies Record<string, ToolOption>;

type Name = keyof typeof OPTIONS;

/** The tool. */
export const kafkaMirrorMaker: Tool<Name> = {
  name: "kafka-mirror-maker",
  about: "Copies topics from one cluster to another, or both ways. The topic orders of the cluster paris is called "
    + "paris.orders elsewhere, so that nothing is copied home again. It runs until it is stopped.",
  options: OPTIONS,

  async run(given, context) {
    given.require("config");
    const flows = mirrorFlows(propertiesIn(context, given.get("config")))
      .map((config) => new MirrorFlow(config, context.runtime));
    const statusMs = given.number("status-interval") ?? 10_000;
    const stopped = new Promise<number>((resolve) => context.onStop((exitCode) => {
      for (const flow of flows) flow.stop();
      resolve(exitCode);
    }));
    if (statusMs > 0) context.runtime.scheduler.spawn("status", () => sayStatus(flows, statusMs, stopped, context));
    await Promise.all(flows.map((flow) => flow.run()));
    return stopped;
  },
};

async function sayStatus(
  flows: readonly MirrorFlow[], everyMs: number, stopped: Promise<number>, { runtime, err }: ToolContext,
): Promise<void> {
  while (await Promise.race([stopped, pause(runtime, everyMs)]) === undefined) {
    for (const { name, topics, copied, lag } of flows) {
      err(`${name}: ${topics.length} topics, ${copied} records copied, ${lag} behind\n`);
    }
  }
}
