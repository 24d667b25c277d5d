import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Company, CompanyDeserializer, CompanySerializer } from "#serialization";
import { type DecodedField, expectBytes } from "../support/hexdump.ts";
import { property } from "../support/property.ts";

function serialized(company: Company | null): Uint8Array | null {
  return new CompanySerializer().serialize("companies", [], company);
}

/** Reads bytes given as hex digits (blanks don't count): no Buffer, and inside of a larger array. */
function deserialized(hex: string): Company | null {
  const bytes = Uint8Array.from(Buffer.from(`eeee${hex.replaceAll(" ", "")}00000000`, "hex"));
  return new CompanyDeserializer().deserialize("companies", [], bytes.subarray(2, bytes.length - 4));
}

/** The fields of a company, for failure texts. */
function* companyFields(bytes: Uint8Array): Generator<DecodedField> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (const name of ["name", "address"]) {
    if (at + 4 > bytes.length) throw new Error(`the bytes end inside the ${name}'s length`);
    const length = view.getInt32(at);
    yield { path: `${name}Length`, value: length, from: at, to: (at += 4) };
    if (length <= 0) continue;
    if (length > bytes.length - at) throw new Error(`the ${name} runs past the end`);
    yield { path: name, value: bytes.subarray(at, at + length), from: at, to: (at += length) };
  }
}

const text = fc.option(fc.string({ unit: "grapheme" }));

describe("CompanySerializer", () => {
  test("1.3 CompanySerializer.serialize: each field behind its length [I1]", () => {
    const expected = "00000004 41636d65 00000006 43617373656c".replaceAll(" ", "");
    expectBytes(serialized({ name: "Acme", address: "Cassel" }), expected, { decode: companyFields });
  });

  test("1.3 CompanySerializer.serialize: a length counts bytes, not characters [I1]", () => {
    const expected = "00000007 4bc3b67063c3a9 00000004 f09f9a80".replaceAll(" ", "");
    expectBytes(serialized({ name: "Köpcé", address: "🚀" }), expected, { decode: companyFields });
  });

  test("1.3 CompanySerializer.serialize: null is a length of −1, an empty text one of 0 [I2]", () => {
    expectBytes(serialized({ name: null, address: "" }), "ffffffff00000000", { decode: companyFields });
    expectBytes(serialized({ name: "", address: null }), "00000000ffffffff", { decode: companyFields });
  });

  test("1.3 CompanySerializer.serialize: what it returned stays what it was when the next company comes", () => {
    const serializer = new CompanySerializer();
    const first = serializer.serialize("companies", [], { name: "A", address: null });
    serializer.serialize("companies", [], { name: "B", address: null });
    expectBytes(first, "0000000141ffffffff", { decode: companyFields });
  });

  test("1.3 CompanySerializer.serialize: no company is null [I2]", () => {
    expect(serialized(null)).toBeNull();
  });
});

describe("CompanyDeserializer", () => {
  test("1.3 CompanyDeserializer.deserialize: reads both fields [I1]", () => {
    expect(deserialized("00000004 41636d65 00000006 43617373656c")).toEqual({ name: "Acme", address: "Cassel" });
    expect(deserialized("00000007 4bc3b67063c3a9 00000004 f09f9a80")).toEqual({ name: "Köpcé", address: "🚀" });
  });

  test("1.3 CompanyDeserializer.deserialize: tells null from empty [I2]", () => {
    expect(deserialized("ffffffff 00000000")).toEqual({ name: null, address: "" });
    expect(deserialized("00000000 ffffffff")).toEqual({ name: "", address: null });
    expect(new CompanyDeserializer().deserialize("companies", [], null)).toBeNull();
  });

  test("1.3 CompanyDeserializer.deserialize: a length beyond the bytes is refused [I3]", () => {
    expect(() => deserialized("00000005 41636d65")).toThrow(/Expected a company, but its name is wrong/);
    expect(() => deserialized("00000000 7fffffff 41")).toThrow(/Expected a company, but its address is wrong/);
  });

  test("1.3 CompanyDeserializer.deserialize: bytes that end inside a length are refused [I3]", () => {
    expect(() => deserialized("")).toThrow(/Expected a company, but its name is wrong/);
    expect(() => deserialized("000000")).toThrow(/Expected a company, but its name is wrong/);
    expect(() => deserialized("00000001 41")).toThrow(/Expected a company, but its address is wrong/);
  });

  test("1.3 CompanyDeserializer.deserialize: of the negative lengths only −1 is one [I3]", () => {
    expect(() => deserialized("fffffffe 00000000")).toThrow(/Expected a company, but its name is wrong/);
    expect(() => deserialized("ffffffff 80000000")).toThrow(/Expected a company, but its address is wrong/);
  });

  test("1.3 CompanyDeserializer.deserialize: bytes after the address are refused: this is something else [I3]", () => {
    expect(() => deserialized("00000001 41 00000001 42 43")).toThrow(/Expected a company, but its address is wrong/);
  });

  test("1.3 CompanyDeserializer.deserialize: a name may begin with U+FEFF, which some decoders drop [I1]", () => {
    expect(deserialized("00000007 efbbbf 41636d65 ffffffff")).toEqual({ name: "\ufeffAcme", address: null });
  });

  test("1.3 CompanyDeserializer.deserialize: what was written is read back [I1]", () => {
    property([text, text], (name, address) => {
      const bytes = serialized({ name, address })!;
      expect(deserialized(Buffer.from(bytes).toString("hex"))).toEqual({ name, address });
    });
  });

  test("1.3 CompanyDeserializer.deserialize: a byte more or less is never taken for a company [I3]", () => {
    property([text, text, fc.nat(40)], (name, address, cut) => {
      const hex = Buffer.from(serialized({ name, address })!).toString("hex");
      expect(() => deserialized(`${hex}00`)).toThrow(/Expected a company/);
      expect(() => deserialized(hex.slice(0, 2 * (cut % (hex.length / 2))))).toThrow(/Expected a company/);
    });
  });
});
