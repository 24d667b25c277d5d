/**
 * AlterConfigs: replaces all settings of topics and of brokers. What isn't named goes back to its default. Replaced by
 * IncrementalAlterConfigs, which old clients don't know.
 *
 * Behaviour / Version notes
 * - As IncrementalAlterConfigs, each key an operation "set".
 * - All versions mean the same.
 *
 * @module
 */
import { AlterConfigs } from "#ground/protocol/messages/33-alter-configs";
import { type ApiHandler, handler } from "../handler.ts";
import { alterConfigs as alter, notAltered } from "./44-incremental-alter-configs.ts";

export const alterConfigs: ApiHandler = handler({
  api: AlterConfigs,
  versions: [0, 2],
  withoutController: ({ resources }, error) => ({ responses: resources.map((one) => notAltered(one, error)) }),
  async handle({ resources, validateOnly }, { broker }) {
    const wanted = resources.map(({ resourceType, resourceName, configs }) => ({
      resourceType,
      resourceName,
      replacesAll: true,
      operations: configs.map(({ name, value }) => ({ name, value, type: "set" as const })),
    }));
    return { responses: await alter(wanted, validateOnly, broker) };
  },
});
