import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "1.3 CompanySerializer.serialize",
    name: "the length counts characters",
    why: "`text.length` counts UTF-16 units. It is right until the first umlaut, and then all that follows is off.",
    caughtBy: "1.3 CompanySerializer.serialize: a length counts bytes, not characters",
    body: `if (data === null) return null;
    const fields = [data.name, data.address].map((text) => {
      const bytes = Buffer.alloc(4 + Buffer.byteLength(text ?? ""));
      bytes.writeInt32BE(text?.length ?? -1);
      bytes.write(text ?? "", 4);
      return bytes;
    });
    return Buffer.concat(fields);`,
  },
  {
    exercise: "1.3 CompanySerializer.serialize",
    name: "null is written as empty",
    why: "`?? \"\"` makes the types fit, and \"not known\" is lost.",
    caughtBy: "1.3 CompanySerializer.serialize: null is a length of −1, an empty text one of 0",
    replace: [["data.name", 'data.name ?? ""'], ["data.address", 'data.address ?? ""']],
  },
  {
    exercise: "1.3 CompanySerializer.serialize",
    name: "empty is written as null",
    why: "`||` takes an empty text for nothing.",
    caughtBy: "1.3 CompanySerializer.serialize: null is a length of −1, an empty text one of 0",
    replace: [["data.name", "data.name || null"], ["data.address", "data.address || null"]],
  },
  {
    exercise: "1.3 CompanySerializer.serialize",
    name: "no company is a company of nulls",
    why: "Then a company can't be deleted: a tombstone has to be null, not eight bytes.",
    caughtBy: "1.3 CompanySerializer.serialize: no company is null",
    replace: [["if (data === null) return null", "data ??= { name: null, address: null }"]],
  },
  {
    exercise: "1.3 CompanySerializer.serialize",
    name: "both lengths first, then both texts",
    why: "A good format as well. But the reader on the other side waits for this one.",
    caughtBy: "1.3 CompanySerializer.serialize: each field behind its length",
    replace: [[
      "Buffer.concat([lengthPrefixed(data.name), lengthPrefixed(data.address)])",
      `Buffer.concat([
      ...[data.name, data.address].map((text) => lengthPrefixed(text).subarray(0, 4)),
      ...[data.name, data.address].map((text) => lengthPrefixed(text).subarray(4)),
    ])`,
    ]],
  },
  {
    exercise: "1.3 CompanySerializer.serialize",
    name: "one buffer for all companies",
    why: "Writing into a buffer that is kept is quick, and right until somebody keeps two results.",
    caughtBy: "1.3 CompanySerializer.serialize: what it returned stays what it was when the next company comes",
    replace: [[
      "return Buffer.concat([lengthPrefixed(data.name), lengthPrefixed(data.address)])",
      "const all = Buffer.concat([lengthPrefixed(data.name), lengthPrefixed(data.address)]);\n" +
        "    const kept = ((this as { kept?: Buffer }).kept ??= Buffer.alloc(65_536));\n" +
        "    return kept.subarray(0, all.copy(kept))",
    ]],
  },
  {
    exercise: "1.3 CompanyDeserializer.deserialize",
    name: "what comes after the address is not looked at",
    why: "A newer version with a third field, or something else altogether, is then read as a company.",
    caughtBy: "1.3 CompanyDeserializer.deserialize: bytes after the address are refused: this is something else",
    replace: [["if (address.end !== data.length) throw", "if (address.end > data.length) throw"]],
  },
  {
    exercise: "1.3 CompanyDeserializer.deserialize",
    name: "null is read as empty",
    why: "A length of −1 copies no bytes, and no bytes make an empty text, unless somebody looks.",
    caughtBy: "1.3 CompanyDeserializer.deserialize: tells null from empty",
    replace: [["name: name.text", 'name: name.text ?? ""'], ["address: address.text", 'address: address.text ?? ""']],
  },
  {
    exercise: "1.3 CompanyDeserializer.deserialize",
    name: "lengths are believed",
    why: "`subarray` doesn't mind an end beyond the end: a company of which half is missing is read as a shorter one.",
    caughtBy: "1.3 CompanyDeserializer.deserialize: a length beyond the bytes is refused",
    body: `if (data === null) return null;
    let at = 0;
    const read = (): string | null => {
      const length = readInt32(data, at);
      at += 4 + Math.max(0, length);
      return length < 0 ? null : Buffer.from(data.subarray(at - length, at)).toString("utf8");
    };
    return { name: read(), address: read() };`,
  },
  {
    exercise: "1.3 CompanyDeserializer.deserialize",
    name: "every negative length is null",
    why: "−1 is a promise of the writer; −2 was never written by one, so these bytes are something else.",
    caughtBy: "1.3 CompanyDeserializer.deserialize: of the negative lengths only −1 is one",
    body: `if (data === null) return null;
    let at = 0;
    const read = (field: keyof Company): string | null => {
      if (at + 4 > data.length) throw badCompany(field, "its length is cut off");
      const length = readInt32(data, at);
      at += 4 + Math.max(0, length);
      if (at > data.length) throw badCompany(field, "it is cut off");
      return length < 0 ? null : Buffer.from(data.subarray(at - length, at)).toString("utf8");
    };
    const company = { name: read("name"), address: read("address") };
    if (at !== data.length) throw badCompany("address", "bytes follow it");
    return company;`,
  },
  {
    exercise: "1.3 CompanyDeserializer.deserialize",
    name: "the address is looked for by the name's characters",
    why: "The text is already decoded, so its length counts characters again, and not bytes.",
    caughtBy: "1.3 CompanyDeserializer.deserialize: reads both fields",
    replace: [["name.end", "4 + (name.text?.length ?? 0)"]],
  },
  {
    exercise: "1.3 CompanyDeserializer.deserialize",
    name: "works only on a Buffer",
    why: "`readInt32BE` and a `toString` that decodes are a Buffer's; the signature says Uint8Array.",
    caughtBy: "1.3 CompanyDeserializer.deserialize: reads both fields",
    body: `if (data === null) return null;
    const bytes = data as Buffer;
    let at = 0;
    const read = (field: keyof Company): string | null => {
      if (at + 4 > bytes.length) throw badCompany(field, "its length is cut off");
      const length = bytes.readInt32BE(at);
      at += 4 + Math.max(0, length);
      if (length < -1 || at > bytes.length) throw badCompany(field, "there is no such length");
      return length < 0 ? null : bytes.toString("utf8", at - length, at);
    };
    const company = { name: read("name"), address: read("address") };
    if (at !== bytes.length) throw badCompany("address", "bytes follow it");
    return company;`,
  },
  {
    exercise: "1.3 CompanyDeserializer.deserialize",
    name: "a decoder that drops U+FEFF",
    why: "A `TextDecoder` takes U+FEFF in front for a byte order mark, unless `ignoreBOM` is set; a Buffer keeps it.",
    caughtBy: "1.3 CompanyDeserializer.deserialize: a name may begin with U+FEFF, which some decoders drop",
    body: `if (data === null) return null;
    const decoder = new TextDecoder();
    let at = 0;
    const read = (field: keyof Company): string | null => {
      if (at + 4 > data.length) throw badCompany(field, "its length is cut off");
      const length = readInt32(data, at);
      at += 4 + Math.max(0, length);
      if (length < -1 || at > data.length) throw badCompany(field, "there is no such length");
      return length < 0 ? null : decoder.decode(data.subarray(at - length, at));
    };
    const company = { name: read("name"), address: read("address") };
    if (at !== data.length) throw badCompany("address", "bytes follow it");
    return company;`,
  },
]);
