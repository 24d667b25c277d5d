/**
 * What a client may do, as Kafka tells it when nothing forbids anything: bit n stands for `AclOperation` n.
 *
 * @module
 */

/** The answer to a client that didn't ask. */
export const NOT_ASKED = -2147483648;

const READ = 3;
const WRITE = 4;
const CREATE = 5;
const DELETE = 6;
const ALTER = 7;
const DESCRIBE = 8;
const CLUSTER_ACTION = 9;
const DESCRIBE_CONFIGS = 10;
const ALTER_CONFIGS = 11;
const IDEMPOTENT_WRITE = 12;

/** Everything that can be done with a topic. */
export const TOPIC_OPERATIONS: number = bits(
  READ,
  WRITE,
  CREATE,
  DELETE,
  ALTER,
  DESCRIBE,
  DESCRIBE_CONFIGS,
  ALTER_CONFIGS,
);

/** Everything that can be done with a group. */
export const GROUP_OPERATIONS: number = bits(READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS);

/** Everything that can be done with the cluster. */
export const CLUSTER_OPERATIONS: number = bits(
  CREATE,
  ALTER,
  DESCRIBE,
  CLUSTER_ACTION,
  DESCRIBE_CONFIGS,
  ALTER_CONFIGS,
  IDEMPOTENT_WRITE,
);

function bits(...operations: readonly number[]): number {
  return operations.reduce((sum, operation) => sum | (1 << operation), 0);
}
