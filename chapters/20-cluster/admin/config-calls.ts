/**
 * Settings of topics and brokers: what an admin client asks and changes.
 *
 * @module
 */
import { errorForCode } from "#ground/errors";
import { groupBy } from "#ground/group-by";
import { DescribeConfigs } from "#ground/protocol/messages/32-describe-configs";
import { IncrementalAlterConfigs } from "#ground/protocol/messages/44-incremental-alter-configs";
import { type AdminConnections, ANY, type Target } from "./admin-connections.ts";
import {
  type AlterConfigOp, CONFIG_OPERATIONS, type ConfigEntry, type ConfigResource, type Outcome, RESOURCE_TYPES,
} from "./admin-types.ts";

/** All keys. @returns in the order of `resources` */
export async function describeConfigs(
  connections: AdminConnections, resources: readonly ConfigResource[],
): Promise<Outcome<readonly ConfigEntry[]>[]> {
  const answers = await Promise.all(Array.from(byBroker(resources), ([broker, some]) => {
    const asked = some.map(({ type, name }) => {
      return { resourceType: RESOURCE_TYPES[type], resourceName: name, configurationKeys: null };
    });
    const request = { resources: asked, includeSynonyms: true, includeDocumentation: false };
    return connections.call(targetOf(broker), DescribeConfigs, () => request, (answer) => answer.results);
  }));
  const found = new Map(answers.flat().map((result) => {
    return [nameOf(result), errorForCode(result.errorCode, result.errorMessage) ?? result.configs] as const;
  }));
  return resources.map((resource) => found.get(keyOf(resource))!);
}

/** @returns in the order of `changes` */
export async function incrementalAlterConfigs(
  connections: AdminConnections,
  changes: readonly (ConfigResource & { readonly ops: readonly AlterConfigOp[] })[],
  validateOnly: boolean,
): Promise<Outcome<null>[]> {
  const answers = await Promise.all(Array.from(byBroker(changes), ([broker, some]) => {
    const resources = some.map(({ type, name, ops }) => ({
      resourceType: RESOURCE_TYPES[type],
      resourceName: name,
      configs: ops.map((one) => {
        return { name: one.name, configOperation: CONFIG_OPERATIONS[one.op], value: one.value ?? null };
      }),
    }));
    const request = { resources, validateOnly };
    return connections.call(targetOf(broker), IncrementalAlterConfigs, () => request, ({ responses }) => {
      return responses.map((response) => {
        const error = errorForCode(response.errorCode, response.errorMessage);
        if (error?.code === "NOT_CONTROLLER") throw error;
        return [nameOf(response), error] as const;
      });
    });
  }));
  const found = new Map(answers.flat());
  return changes.map((change) => found.get(keyOf(change)) ?? null);
}

/** Only a broker itself knows its own settings, and checks them; those of topics are known to all. */
function byBroker<T extends ConfigResource>(resources: readonly T[]): Map<string, T[]> {
  return groupBy(resources, ({ type, name }) => (type === "broker" || type === "broker-logger" ? name : ""));
}

function targetOf(broker: string): Target {
  return broker === "" ? ANY : { kind: "broker", id: Number(broker) };
}

/** Which resource an answer is about. */
function nameOf(answer: { readonly resourceType: number; readonly resourceName: string }): string {
  return `${answer.resourceType} ${answer.resourceName}`;
}

function keyOf({ type, name }: ConfigResource): string {
  return nameOf({ resourceType: RESOURCE_TYPES[type], resourceName: name });
}
