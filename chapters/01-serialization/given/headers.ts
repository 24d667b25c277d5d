/**
 * Record headers.
 *
 * Source: `org.apache.kafka.common.header.Header`, KIP-82.
 *
 * @module
 */

/** A note on a record's envelope, as in HTTP: a key may come several times, and the order is kept. */
export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** The headers of a record that is being sent; a serializer may add some. */
export type Headers = RecordHeader[];

/** For records without headers: one for all, so that they cost nothing. */
export const NO_HEADERS: readonly RecordHeader[] = Object.freeze([]);
