/**
 * Tagged fields that a table doesn't know, from a peer that is newer than we are. They are skipped, unless decoding
 * was asked to keep them: for a proxy or a tool that passes on what it doesn't understand.
 *
 * @module
 */

/** Under this key a decoded struct carries its unknown tagged fields, if it has any; encoding writes them back. */
export const UNKNOWN_TAGS: unique symbol = Symbol("unknown tagged fields");

/** One tagged field that the table doesn't know. */
export interface UnknownTag {
  readonly tag: number;
  /** Its value as it came: a view of the frame. */
  readonly data: Uint8Array;
}

/** The unknown tagged fields of a decoded struct, ascending by tag. */
export function unknownTagsOf(struct: object): readonly UnknownTag[] {
  return (struct as { [UNKNOWN_TAGS]?: readonly UnknownTag[] })[UNKNOWN_TAGS] ?? [];
}
