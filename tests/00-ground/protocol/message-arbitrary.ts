/** Random messages, made from their tables. */
import { type Int64, toInt64 } from "#ground/int64";
import { type Message } from "#ground/protocol/message";
import { type Field, type Fields } from "#ground/protocol/field";
import * as fc from "fast-check";

/** Values of `message` as decoding in `version` gives them: what the version lacks has its default. */
export function valuesOf(message: Message<unknown>, version: number): fc.Arbitrary<unknown> {
  return structs(message.fields, version);
}

function structs(fields: Fields, version: number): fc.Arbitrary<unknown> {
  // Without prototypes fast-check would make objects that decoding can't equal.
  return fc.record(
    Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [
        name,
        field.isIn(version) ? fieldValues(field, version) : fc.constant(field.default),
      ]),
    ),
    { noNullPrototype: true },
  );
}

function fieldValues(field: Field<unknown>, version: number): fc.Arbitrary<unknown> {
  const values = notNull(field, version);
  const orNull = version >= field.nullableSince ? fc.option(values) : values;
  // A tagged field with its default is a case of its own: it is not sent.
  return field.tag === null ? orNull : fc.oneof(orNull, fc.constant(field.default));
}

function notNull(field: Field<unknown>, version: number): fc.Arbitrary<unknown> {
  const { type } = field;
  switch (type.kind) {
    case "bool": return fc.boolean();
    case "int8": return fc.integer({ min: -0x80, max: 0x7f });
    case "int16": return fc.integer({ min: -0x8000, max: 0x7fff });
    case "uint16": return fc.integer({ min: 0, max: 0xffff });
    case "int32": return fc.integer();
    case "int64": return int64s();
    case "string": return fc.oneof(shortStrings(), longStrings());
    case "uuid": return fc.uint8Array({ minLength: 16, maxLength: 16 });
    case "bytes":
    case "records": return fc.oneof(fc.uint8Array({ maxLength: 20 }), largeBytes());
    case "array": return fc.array(fieldValues(type.element, version), { maxLength: 3 });
    case "struct": return structs(type.fields, version);
  }
}

function int64s(): fc.Arbitrary<Int64> {
  return fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(toInt64));
}

/** Characters of one to four bytes, and those that decoders like to change: a byte order mark, a replacement. */
function shortStrings(): fc.Arbitrary<string> {
  const units = ["a", "Z", "0", "-", " ", "\0", "ö", "語", "🚀", "\ufeff", "\ufffd", "\uffff"];
  return fc.string({ unit: fc.constantFrom(...units), maxLength: 10 });
}

/** Around the lengths that need one, two and three bytes. */
function longStrings(): fc.Arbitrary<string> {
  return fc.tuple(fc.constantFrom("a", "ö", "語", "🚀"), fc.nat(200)).map(([unit, count]) => unit.repeat(count));
}

/** Small enough to be copied, and large enough not to be. */
function largeBytes(): fc.Arbitrary<Uint8Array> {
  return fc.integer({ min: 3900, max: 4300 }).map((length) => new Uint8Array(length).fill(length));
}
