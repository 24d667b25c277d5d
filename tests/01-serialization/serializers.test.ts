import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BooleanDeserializer,
  BooleanSerializer,
  ByteArrayDeserializer,
  ByteArraySerializer,
  ByteBufferDeserializer,
  ByteBufferSerializer,
  type Configs,
  type Deserializer,
  DoubleDeserializer,
  DoubleSerializer,
  FloatDeserializer,
  FloatSerializer,
  IntegerDeserializer,
  IntegerSerializer,
  JsonDeserializer,
  JsonSerializer,
  LongDeserializer,
  LongSerializer,
  SerializationError,
  type Serializer,
  ShortDeserializer,
  ShortSerializer,
  StringDeserializer,
  StringSerializer,
  UUIDDeserializer,
  UUIDSerializer,
  VoidDeserializer,
  VoidSerializer,
} from "#serialization";
import { rethrowStub } from "#ground/errors";
import { configuredEncoding } from "#serialization/string-serializer";
import golden from "../golden/serdes.json" with { type: "json" };
import { expectBytes } from "../support/hexdump.ts";
import { property } from "../support/property.ts";
import { returned } from "../support/thrown.ts";

/** What `serializer` makes of `data`. */
function serialized<T>(serializer: Serializer<T>, data: T | null): Uint8Array | null {
  return serializer.serialize("topic", [], data);
}

/** What `deserializer` makes of the bytes with these hex digits: no Buffer, and inside of a larger array. */
function deserialized<T>(deserializer: Deserializer<T>, hex: string | null): T | null {
  const bytes = Uint8Array.from(Buffer.from(`eeee${hex ?? ""}ee`, "hex"));
  return deserializer.deserialize("topic", [], hex === null ? null : bytes.subarray(2, bytes.length - 1));
}

/** The name of what `run` throws; or the value that it returned, in words. */
function thrownBy(run: () => unknown): string {
  try {
    return returned(run());
  } catch (error) {
    rethrowStub(error);
    return (error as Error).name;
  }
}

/** A serializer or deserializer that has been configured. */
function configured<T extends { configure?(configs: Configs, isKey: boolean): void }>(
  one: T,
  configs: Configs,
  isKey: boolean = false,
): T {
  one.configure?.(configs, isKey);
  return one;
}

/** Kafka's rows of a type: the value as text, and the bytes that it became. */
function rows(type: string): { value: string; hex: string }[] {
  return golden.rows.flatMap((row) => {
    const { value, hex, utf16Units } = row as { value: string | null; hex: string | null; utf16Units?: string };
    if (row.type !== type || hex === null) return [];
    return [{ value: utf16Units === undefined ? value! : textOf(utf16Units), hex }];
  });
}

/** Text from its UTF-16 units; JSON can't hold half a pair. */
function textOf(units: string): string {
  return (units.match(/.{4}/g) ?? []).map((unit) => String.fromCharCode(parseInt(unit, 16))).join("");
}

const ENCODINGS = {
  "string-utf8": "UTF-8", "string-utf16": "UTF-16", "string-utf16be": "UTF-16BE", "string-iso-8859-1": "ISO-8859-1",
};

describe("configuredEncoding", () => {
  test("1.2 configuredEncoding: UTF-8 unless something is set", () => {
    expect(configuredEncoding({}, true, "serializer")).toBe("UTF-8");
    expect(configuredEncoding({ "linger.ms": 5 }, false, "deserializer")).toBe("UTF-8");
  });

  test("1.2 configuredEncoding: one setting for keys, one for values", () => {
    const configs = { "key.serializer.encoding": "UTF-16", "value.serializer.encoding": "ISO-8859-1" };
    expect(configuredEncoding(configs, true, "serializer")).toBe("UTF-16");
    expect(configuredEncoding(configs, false, "serializer")).toBe("ISO-8859-1");
  });

  test("1.2 configuredEncoding: the setting for both counts where its own is missing", () => {
    const configs = { "serializer.encoding": "UTF-16", "value.serializer.encoding": "ISO-8859-1" };
    expect(configuredEncoding(configs, true, "serializer")).toBe("UTF-16");
    expect(configuredEncoding(configs, false, "serializer")).toBe("ISO-8859-1");
  });

  test("1.2 configuredEncoding: null is not set, a number is text", () => {
    const configs = { "key.serializer.encoding": null, "serializer.encoding": 8859 };
    expect(configuredEncoding(configs, true, "serializer")).toBe("8859");
    expect(configuredEncoding({ "serializer.encoding": null }, true, "serializer")).toBe("UTF-8");
  });

  test("1.2 configuredEncoding: an empty setting is one", () => {
    const configs = { "key.serializer.encoding": "", "serializer.encoding": "UTF-16" };
    expect(configuredEncoding(configs, true, "serializer")).toBe("");
    expect(configuredEncoding({ "serializer.encoding": "" }, false, "serializer")).toBe("");
  });

  test("1.2 configuredEncoding: serializers and deserializers are set apart", () => {
    const configs = { "serializer.encoding": "UTF-16", "key.deserializer.encoding": "US-ASCII" };
    expect(configuredEncoding(configs, true, "deserializer")).toBe("US-ASCII");
    expect(configuredEncoding(configs, false, "deserializer")).toBe("UTF-8");
  });
});

describe("strings", () => {
  test("1.2 StringSerializer.serialize: the same text in another encoding is other bytes", () => {
    for (const [encoding, hex] of [["UTF-8", "c3b6"], ["ISO-8859-1", "f6"], ["UTF-16BE", "00f6"]] as const) {
      const bytes = serialized(configured(new StringSerializer(), { "serializer.encoding": encoding }), "ö");
      expect(Buffer.from(bytes!).toString("hex"), `"ö" in ${encoding}`).toBe(hex);
    }
  });

  test("1.2 StringSerializer.serialize: bytes are Apache Kafka's, in each encoding", () => {
    for (const [type, encoding] of Object.entries(ENCODINGS)) {
      const serializer = configured(new StringSerializer(), { "serializer.encoding": encoding });
      for (const { value, hex } of rows(type)) expectBytes(serialized(serializer, value), hex);
    }
  });

  test("1.2 StringSerializer.serialize: without being configured it writes UTF-8", () => {
    expectBytes(serialized(new StringSerializer(), "größe"), "6772c3b6c39f65");
  });

  test("1.2 StringSerializer.serialize: null is null, and an empty string is no bytes", () => {
    expect(serialized(new StringSerializer(), null)).toBeNull();
    expectBytes(serialized(new StringSerializer(), ""), "");
  });

  test("1.2 StringSerializer.serialize: an encoding that doesn't exist is refused when it is configured", () => {
    const configure = (): unknown => configured(new StringSerializer(), { "serializer.encoding": "UTF-7" });
    expect(configure).toThrow(/Expected an encoding.*got "UTF-7"/);
  });

  test("1.2 StringSerializer.serialize: what was written is read back, where an encoding has all characters", () => {
    for (const encoding of ["UTF-8", "UTF-16", "UTF-16BE", "UTF-16LE"]) {
      const configs = { "key.serializer.encoding": encoding, "key.deserializer.encoding": encoding };
      const serializer = configured(new StringSerializer(), configs, true);
      const deserializer = configured(new StringDeserializer(), configs, true);
      property([fc.string({ unit: "grapheme" })], (text) => {
        const bytes = serialized(serializer, text)!;
        expect(deserialized(deserializer, Buffer.from(bytes).toString("hex"))).toBe(text);
      }, { runs: 30 });
    }
  });

  test("given: StringDeserializer reads what Kafka's reads", () => {
    for (const { type, hex, result } of golden.decode) {
      if (type === "string-utf8") expect(deserialized(new StringDeserializer(), hex)).toBe(result.value);
    }
    expect(deserialized(new StringDeserializer(), null)).toBeNull();
  });
});

describe("integers", () => {
  test("1.2 IntegerSerializer.serialize: bytes are Apache Kafka's", () => {
    for (const { value, hex } of rows("integer")) {
      expectBytes(serialized(new IntegerSerializer(), Number(value)), hex);
    }
  });

  test("1.2 IntegerSerializer.serialize: null is null, and not 0", () => {
    expect(serialized(new IntegerSerializer(), null)).toBeNull();
  });

  test("1.2 IntegerSerializer.serialize: a number that doesn't fit is refused, not cut to size", () => {
    for (const number of [2 ** 31, -(2 ** 31) - 1, 0.5, NaN, Infinity]) {
      const thrown = thrownBy(() => serialized(new IntegerSerializer(), number));
      expect(thrown, `serializing ${number}`).toBe("SerializationError");
    }
  });

  test("1.2 IntegerSerializer.serialize: what it returned stays what it was when the next number comes", () => {
    const serializer = new IntegerSerializer();
    const first = serialized(serializer, 1);
    serialized(serializer, 2);
    expectBytes(first, "00000001");
  });

  test("1.2 IntegerDeserializer.deserialize: bytes need not be a Buffer", () => {
    expect(deserialized(new IntegerDeserializer(), "00000007")).toBe(7);
  });

  test("1.2 IntegerDeserializer.deserialize: reads what Kafka's reads, and refuses what it refuses", () => {
    for (const { type, hex, result } of golden.decode) {
      if (type !== "integer") continue;
      if (result.value !== undefined) expect(deserialized(new IntegerDeserializer(), hex)).toBe(Number(result.value));
      else expect(thrownBy(() => deserialized(new IntegerDeserializer(), hex)), hex!).toBe("SerializationError");
    }
  });

  test("1.2 IntegerDeserializer.deserialize: null is null, and what was written is read back", () => {
    expect(deserialized(new IntegerDeserializer(), null)).toBeNull();
    for (const { value, hex } of rows("integer")) {
      expect(deserialized(new IntegerDeserializer(), hex)).toBe(Number(value));
    }
  });
});

describe("byte buffers", () => {
  test("1.2 ByteBufferSerializer.serialize: bytes are Apache Kafka's", () => {
    for (const { value, hex } of rows("bytebuffer")) {
      if (!/^[0-9a-f]*$/.test(value)) continue; // Java's buffers have a position of their own; views don't
      const { buffer } = Uint8Array.from(Buffer.from(value, "hex"));
      expectBytes(serialized(new ByteBufferSerializer(), new DataView(buffer)), hex);
    }
    expect(serialized(new ByteBufferSerializer(), null)).toBeNull();
  });

  test("1.2 ByteBufferSerializer.serialize: of a larger buffer only what the view shows", () => {
    const buffer = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]).buffer;
    expectBytes(serialized(new ByteBufferSerializer(), new DataView(buffer, 2, 3)), "030405");
    expectBytes(serialized(new ByteBufferSerializer(), Buffer.from("hello")), "68656c6c6f");
  });

  test("1.2 ByteBufferSerializer.serialize: bytes, also of views with wider elements", () => {
    const numbers = new Uint16Array(new Uint8Array([1, 0, 2, 0, 3, 0]).buffer, 2, 2);
    expectBytes(serialized(new ByteBufferSerializer(), numbers), "02000300");
  });
});

describe("JSON", () => {
  test("1.2 JsonSerializer.serialize: the text in UTF-8", () => {
    const bytes = serialized(new JsonSerializer(), { stadt: "Köln", plz: [50667] });
    expectBytes(bytes, Buffer.from('{"stadt":"Köln","plz":[50667]}'));
    expectBytes(serialized(new JsonSerializer(), false), Buffer.from("false"));
    expectBytes(serialized(new JsonSerializer(), ""), Buffer.from('""'));
  });

  test("1.2 JsonSerializer.serialize: null is a tombstone, and not the word", () => {
    expect(serialized(new JsonSerializer(), null)).toBeNull();
  });

  test("1.2 JsonSerializer.serialize: what has no JSON is refused with a SerializationError", () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    for (const value of [undefined, () => 1, 1n, circle]) {
      const thrown = thrownBy(() => serialized(new JsonSerializer(), value));
      expect(thrown, `serializing ${value === circle ? "a circle" : `a value of type ${typeof value}`}`).toBe(
        "SerializationError",
      );
    }
  });

  test("1.2 JsonSerializer.serialize: what it returned stays what it was when the next value comes", () => {
    const serializer = new JsonSerializer();
    const first = serialized(serializer, "one");
    serialized(serializer, "two");
    expectBytes(first, Buffer.from('"one"'));
  });

  test("1.2 JsonDeserializer.deserialize: reads JSON, and null as null", () => {
    const read = (json: string): unknown => {
      try {
        return deserialized(new JsonDeserializer(), Buffer.from(json).toString("hex"));
      } catch (error) {
        rethrowStub(error);
        return `refused: ${(error as Error).name}`;
      }
    };
    const where = "a Uint8Array (no Buffer) that lies inside of a larger array";
    expect(read('{"plz":[50667]}'), where).toEqual({ plz: [50667] });
    expect(read('"Köln"'), where).toBe("Köln");
    expect(deserialized(new JsonDeserializer(), null)).toBeNull();
  });

  test("1.2 JsonDeserializer.deserialize: what is no JSON is refused with a SerializationError", () => {
    for (const text of ["", "{", "undefined", "[1,]"]) {
      const read = (): unknown => deserialized(new JsonDeserializer(), Buffer.from(text).toString("hex"));
      expect(thrownBy(read), `reading "${text}"`).toBe("SerializationError");
    }
  });
});

/** A pair that is given, and how the text of a value in Kafka's rows becomes a value. */
interface Given {
  readonly serializer: Serializer<never>;
  readonly deserializer: Deserializer<unknown>;
  readonly value: (text: string) => unknown;
}

function given(serializer: Serializer<never>, deserializer: Deserializer<unknown>, value: Given["value"]): Given {
  return { serializer, deserializer, value };
}

const GIVEN: Record<string, Given> = {
  short: given(new ShortSerializer(), new ShortDeserializer(), Number),
  long: given(new LongSerializer(), new LongDeserializer(), longOf),
  float: given(new FloatSerializer(), new FloatDeserializer(), (text) => Math.fround(Number(text))),
  double: given(new DoubleSerializer(), new DoubleDeserializer(), Number),
  uuid: given(new UUIDSerializer(), new UUIDDeserializer(), (text) => text),
  boolean: given(new BooleanSerializer(), new BooleanDeserializer(), (text) => text === "true"),
  bytearray: given(new ByteArraySerializer(), new ByteArrayDeserializer(), bytesOf),
  void: given(new VoidSerializer(), new VoidDeserializer(), () => null),
};

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

function longOf(text: string): number | bigint {
  return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
}

describe("the given ones", () => {
  test("given: bytes are Apache Kafka's, and are read back", () => {
    for (const [type, { serializer, deserializer, value }] of Object.entries(GIVEN)) {
      expect(serializer.serialize("topic", [], null)).toBeNull();
      expect(deserialized(deserializer, null)).toBeNull();
      for (const { value: text, hex } of rows(type)) {
        if (text.includes("payload")) continue; // there is only one NaN in JavaScript
        expectBytes(serializer.serialize("topic", [], value(text) as never), hex);
        expect(deserialized(deserializer, hex), `${type} ${text}`).toEqual(value(text));
      }
    }
  });

  test("given: bytes that Kafka's deserializers refuse are refused", () => {
    for (const { type, hex, result } of golden.decode) {
      const one = GIVEN[type];
      if (one === undefined) continue;
      if (result.value === undefined) {
        expect(() => deserialized(one.deserializer, hex), `${type} "${hex}"`).toThrow(SerializationError);
      } else {
        expect(deserialized(one.deserializer, hex), `${type} "${hex}"`).toEqual(one.value(result.value));
      }
    }
  });

  test("given: values that don't fit are refused", () => {
    expect(() => serialized(new ShortSerializer(), 32768)).toThrow(SerializationError);
    expect(() => serialized(new LongSerializer(), 2n ** 63n)).toThrow(SerializationError);
    expect(() => serialized(new LongSerializer(), 0.5)).toThrow(SerializationError);
    expect(() => serialized(new UUIDSerializer(), "not one")).toThrow(SerializationError);
  });

  test("given: a view of fetched bytes shows the value alone", () => {
    const view = deserialized(new ByteBufferDeserializer(), "0102")!;
    expect([view.byteLength, view.getUint16(0)]).toEqual([2, 0x0102]);
  });
});
