/**
 * An API of Kafka's protocol: a key, and a request with its response, which share their version numbers.
 *
 * @module
 */

import { Message } from "./message.ts";
import { type Fields, type StructOf } from "./field.ts";

/** What a file in `messages/` says. See `schema.ts` for the language. */
export interface ApiTable<Req extends Fields, Res extends Fields> {
  /** The number that a request begins with. */
  readonly key: number;
  /** Kafka's name. */
  readonly name: string;
  /** The first and the last version that the table covers. A broker may advertise fewer. */
  readonly versions: readonly [number, number];
  /** The first version with compact lengths and tagged fields; null when there is none. */
  readonly flexibleFrom: number | null;
  readonly request: Req;
  readonly response: Res;
}

/** An API, ready to be encoded and decoded. */
export interface Api<Req = unknown, Res = unknown> {
  readonly key: number;
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
  /** Infinity when no version is flexible. */
  readonly firstFlexibleVersion: number;
  readonly request: Message<Req>;
  readonly response: Message<Res>;
}

/** The decoded request of an {@link Api}: `RequestOf<typeof Produce>`. */
export type RequestOf<A> = A extends Api<infer Req, unknown> ? Req : never;

/** The decoded response of an {@link Api}. */
export type ResponseOf<A> = A extends Api<unknown, infer Res> ? Res : never;

/**
 * Makes an {@link Api} of its table. A response may set fields that an old version lacks: they are dropped, so that
 * a handler writes one answer for all versions. A request may not: who asks for what the broker would not hear
 * must be told.
 */
export function api<const Req extends Fields, const Res extends Fields>(
  table: ApiTable<Req, Res>,
): Api<StructOf<Req>, StructOf<Res>> {
  const { key, name, versions, flexibleFrom } = table;
  const request = { name: `${name} request`, versions, flexibleFrom, fields: table.request };
  const response = { name: `${name} response`, versions, flexibleFrom, fields: table.response, dropsUnsupported: true };
  return {
    key,
    name,
    minVersion: versions[0],
    maxVersion: versions[1],
    firstFlexibleVersion: flexibleFrom ?? Infinity,
    request: new Message(request),
    response: new Message(response),
  };
}
