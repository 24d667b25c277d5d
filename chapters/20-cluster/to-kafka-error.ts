/**
 * From whatever a handler caught to what a client may be told.
 *
 * @module
 */
import { KafkaError, rethrowStub } from "#ground/errors";
import { type Logger } from "#ground/runtime";

/**
 * The KafkaError that `error` is. Anything else is a bug: the log gets its stack, the client UNKNOWN_SERVER_ERROR.
 * @param doing what failed, for the log: `ListOffsets of orders-3`.
 */
export function toKafkaError(error: unknown, doing: string, log: Logger): KafkaError {
  if (error instanceof KafkaError) return error;
  rethrowStub(error);
  log.error(`${doing}: ${error instanceof Error ? error.stack : String(error)}`);
  return new KafkaError("UNKNOWN_SERVER_ERROR", undefined, { cause: error });
}
