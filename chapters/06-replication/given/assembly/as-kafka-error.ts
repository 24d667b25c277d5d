/**
 * What a client is told of an error of the controller's.
 *
 * @module
 */
import { CoordinationError } from "#ground/coordination/coordination";
import { KafkaError } from "#ground/errors";

/** What a client is told. A coordination service that doesn't answer may do so later. */
export function asKafkaError(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error;
  if (error instanceof CoordinationError) return new KafkaError("REQUEST_TIMED_OUT", error.message, { cause: error });
  throw error;
}

/** What `plan` gives, or why it can't. */
export function refusedOr<T>(plan: () => T): T | KafkaError {
  try {
    return plan();
  } catch (error) {
    return asKafkaError(error);
  }
}
