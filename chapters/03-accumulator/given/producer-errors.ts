/**
 * The two errors of a producer that have no name of their own on the wire.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";

/**
 * There was no memory for a record: none came within `max.block.ms`, or too many records wait for memory already.
 * Kafka's `BufferExhaustedException`, which is a time-out: the same send may well succeed later.
 */
export class BufferExhaustedError extends KafkaError {
  constructor(message: string) {
    super("REQUEST_TIMED_OUT", message);
    this.name = "BufferExhaustedError";
  }
}

/** The producer was closed before the record was sent, or before its answer came. Kafka throws a plain exception. */
export class ProducerClosedError extends KafkaError {
  constructor(message: string) {
    super("UNKNOWN_SERVER_ERROR", message);
    this.name = "ProducerClosedError";
  }
}
