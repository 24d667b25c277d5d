/**
 * From whatever was caught to what a client may be told.
 *
 * @module
 */
import { KafkaError, rethrowStub } from "./errors.ts";
import { type Logger } from "./runtime.ts";

/**
 * The KafkaError that `error` is. Anything else is a bug: the log gets its stack, the client UNKNOWN_SERVER_ERROR. A
 * broken disk (KAFKA_STORAGE_ERROR) is logged as well: people must hear of it.
 *
 * @param doing - what failed, for the log: `ListOffsets of orders-3`
 */
export function toKafkaError(error: unknown, doing: string, log: Logger): KafkaError {
  if (error instanceof KafkaError) {
    if (error.code === "KAFKA_STORAGE_ERROR") log.error(`${doing}: ${error.message}`);
    return error;
  }
  rethrowStub(error);
  log.error(`${doing}: ${error instanceof Error ? error.stack : String(error)}`);
  return new KafkaError("UNKNOWN_SERVER_ERROR", undefined, { cause: error });
}
