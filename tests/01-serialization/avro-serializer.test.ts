import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SerializationError } from "#serialization";
import { expectBytes } from "../support/hexdump.ts";
import { AvroDeserializer, AvroSerializer, type Schema } from "./avro-serializer.ts";

/** Stands in for a library: whole numbers from 0 to 63, as Avro's zigzag varint of one byte. */
const SMALL_INT: Schema<number> = {
  toBuffer: (value) => Uint8Array.of(2 * value),
  fromBuffer: (bytes) => bytes[0]! / 2,
};

describe("the lesson's Avro serializer", () => {
  test("given: the lesson shows the code that is compiled and tested here", () => {
    // Line by line: an editor, or a copy that isn't git's, may end them otherwise.
    const read = (path: string): string => {
      return readFileSync(new URL(path, import.meta.url), "utf8").split(/\r?\n/).join("\n");
    };
    const lesson = read("../../chapters/01-serialization/README.md");
    expect(lesson).toContain(`\`\`\`ts\n${read("avro-serializer.ts")}\`\`\``);
  });

  test("given: a value is written behind its schema's id, and read with that schema", () => {
    const bytes = new AvroSerializer(258, SMALL_INT).serialize("topic", [], 21)!;
    expectBytes(bytes, "00000001022a");
    const deserializer = new AvroDeserializer(new Map([[258, SMALL_INT]]));
    expect(deserializer.deserialize("topic", [], bytes)).toBe(21);
    expect(deserializer.deserialize("topic", [], null)).toBeNull();
  });

  test("given: bytes of an unknown schema, or of none, are refused", () => {
    const deserializer = new AvroDeserializer(new Map([[1, SMALL_INT]]));
    for (const hex of ["", "00000001", "000000000200", "010000000100"]) {
      expect(() => deserializer.deserialize("topic", [], Buffer.from(hex, "hex")), hex).toThrow(SerializationError);
    }
  });
});
