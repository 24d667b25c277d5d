/**
 * IncrementalAlterConfigs: changes settings of topics and of brokers, key by key (KIP-339).
 *
 * Behaviour / Version notes
 * - Resource types: 2 a topic, 4 a broker, by its id or "" for all. (*Simplified*: no log levels, 8, nor settings of
 *   client metrics, 16, and groups, 32: INVALID_REQUEST.)
 * - Each resource succeeds or fails as a whole, and on its own. One that occurs twice fails: INVALID_REQUEST.
 * - Any broker takes it, also for another one. (*Different*: in Kafka only the broker itself checks its own.)
 * - Both versions mean the same.
 *
 * @module
 */
import { type KafkaError, refusal } from "#ground/errors";
import { type Input } from "#ground/protocol/message";
import {
  IncrementalAlterConfigs,
  type IncrementalAlterConfigsResponse,
} from "#ground/protocol/messages/44-incremental-alter-configs";
import { type ConfigChange, type ConfigOperation } from "#replication";
import { RESOURCE_TYPES } from "../admin/admin-types.ts";
import { duplicates } from "../duplicates.ts";
import { type ApiHandler, type BrokerParts, handler } from "../handler.ts";

/** As the wire counts them. */
const OPERATIONS = ["set", "delete", "append", "subtract"] as const;

export const incrementalAlterConfigs: ApiHandler = handler({
  api: IncrementalAlterConfigs,
  versions: [0, 1],
  withoutController: ({ resources }, error) => ({ responses: resources.map((one) => notAltered(one, error)) }),
  async handle({ resources, validateOnly }, { broker }) {
    const wanted = resources.map(({ resourceType, resourceName, configs }) => ({
      resourceType,
      resourceName,
      replacesAll: false,
      operations: configs.map(({ name, configOperation, value }) => ({
        name, value, type: OPERATIONS[configOperation],
      })),
    }));
    return { responses: await alterConfigs(wanted, validateOnly, broker) };
  },
});

/** A change as it was asked for. */
export interface WantedChange {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly replacesAll: boolean;
  /** The type is undefined where the request has a number that there isn't. */
  readonly operations: readonly WantedOperation[];
}

type WantedOperation = Omit<ConfigOperation, "type"> & { readonly type: ConfigOperation["type"] | undefined };

type Answer = Input<IncrementalAlterConfigsResponse["responses"][number]>;

/** The answer for a resource of which nothing is known but why. */
export function notAltered(
  { resourceType, resourceName }: Pick<WantedChange, "resourceType" | "resourceName">,
  { errorCode, message }: KafkaError,
): Answer {
  return { resourceType, resourceName, errorCode, errorMessage: message };
}

/** Lets the controller change what makes sense. @returns an answer for each, in their order */
export async function alterConfigs(
  wanted: readonly WantedChange[], validateOnly: boolean, { controller }: BrokerParts,
): Promise<Answer[]> {
  const nameOf = ({ resourceType, resourceName }: WantedChange): string => `${resourceType} ${resourceName}`;
  const twice = duplicates(wanted.map(nameOf));
  const read = wanted.map((one) => (twice.has(nameOf(one)) ? NOT_TWICE : toChange(one)));
  const changes = read.filter((one): one is ConfigChange => "operations" in one);
  const errors = await controller.alterConfigs(changes, { validateOnly });
  const errorOf = new Map(changes.map((change, i) => [change, errors[i]]));
  return wanted.map(({ resourceType, resourceName }, i) => {
    const change = read[i]!;
    const error = "operations" in change ? errorOf.get(change) : change;
    return { resourceType, resourceName, errorCode: error?.errorCode ?? 0, errorMessage: error?.message ?? null };
  });
}

const NOT_TWICE = refusal("INVALID_REQUEST", "Each resource must appear at most once.");

function toChange(wanted: WantedChange): ConfigChange | KafkaError {
  const { resourceType, resourceName: name, replacesAll, operations } = wanted;
  const type = (["topic", "broker"] as const).find((known) => RESOURCE_TYPES[known] === resourceType);
  if (type === undefined) {
    return refusal("INVALID_REQUEST", `Expected resource type 2 (topic) or 4 (broker), got ${resourceType}`);
  }
  if (operations.some((one) => one.type === undefined)) {
    return refusal("INVALID_REQUEST", "Expected operation 0 (set), 1 (delete), 2 (append) or 3 (subtract)");
  }
  return { type, name, replacesAll, operations: operations as readonly ConfigOperation[] };
}
