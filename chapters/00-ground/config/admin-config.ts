/**
 * The configuration of an admin client.
 *
 * Source: `org.apache.kafka.clients.admin.AdminClientConfig` of Kafka 4.0, with its defaults.
 *
 * @module
 */
import { CLIENT_KEYS } from "./client-keys.ts";
import { type ConfigInput, type ConfigValues, define, parseConfig } from "./config-def.ts";
import { INT_MAX } from "./config-value.ts";

/** The keys of an admin client. */
export const ADMIN_CONFIG = define({
  ...CLIENT_KEYS,
  "default.api.timeout.ms": {
    type: "int",
    default: 60_000,
    min: 0,
    doc: "How long one call may take, all its attempts together.",
  },
  retries: { type: "int", default: INT_MAX, min: 0, doc: "How often a request is sent again." },
});

/** The values that hold for an admin client, under Kafka's own keys. */
export type AdminConfig = ConfigValues<typeof ADMIN_CONFIG>;

/** Checks and completes the configuration of an admin client. @throws KafkaError INVALID_CONFIG, every problem in it */
export function parseAdminConfig(input: ConfigInput): { config: AdminConfig; warnings: readonly string[] } {
  const { values, warnings } = parseConfig(ADMIN_CONFIG, input);
  return { config: values, warnings };
}
