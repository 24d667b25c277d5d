import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "1.5 sizeOfRecordBody",
    name: "header keys are counted in characters",
    why: "A length in front of text always counts bytes; `key.length` counts UTF-16 units.",
    caughtBy: "1.5 sizeOfRecordBody: header keys are counted in bytes, not in characters",
    replace: [["Buffer.byteLength(header.key)", "header.key.length"]],
  },
  {
    exercise: "1.5 sizeOfRecordBody",
    name: "the attributes are left out",
    why: "The byte is always 0, and easily forgotten for it. It is there all the same.",
    caughtBy: "1.5 sizeOfRecordBody: the smallest record has six bytes",
    replace: [["let size = 1 + sizeOfVarlong", "let size = sizeOfVarlong"]],
  },
  {
    exercise: "1.5 sizeOfRecordBody",
    name: "the record's own length is counted",
    why: "The length says what comes after it. Were it part of itself, it might need a byte more to say so.",
    caughtBy: "1.5 sizeOfRecordBody: the smallest record has six bytes",
    replace: [["  return size;", "  return size + sizeOfVarint(size);"]],
  },
  {
    exercise: "1.5 sizeOfRecordBody",
    name: "the time difference is taken for 32 bits",
    why: "A month in milliseconds doesn't fit; its upper bits are dropped, and the length is that of another number.",
    caughtBy: "1.5 sizeOfRecordBody: a time difference may take more than 32 bits",
    replace: [["sizeOfVarlong(timestampDelta)", "sizeOfVarint(timestampDelta)"]],
  },
  {
    exercise: "1.5 writeRecord",
    name: "without headers no count",
    why: "None is a number, too: a reader waits for the 0.",
    caughtBy: "1.5 writeRecord: a key, a value, in the order of the format",
    replace: [["at = writeVarint(headers.length", "if (headers.length > 0) at = writeVarint(headers.length"]],
  },
  {
    exercise: "1.5 writeRecord",
    name: "an empty key is taken for no key",
    why: "`key?.length` is 0 for it, and 0 is false. Records of one empty key lose their partition and their order.",
    caughtBy: "1.5 writeRecord: no key and no value are −1, empty ones 0",
    replace: [["writeNullableBytes(key, into, at)", "writeNullableBytes(key?.length ? key : null, into, at)"]],
  },
  {
    exercise: "1.5 writeRecord",
    name: "null is written as empty",
    why: "A tombstone becomes an empty value, and what it should have deleted stays for ever.",
    caughtBy: "1.5 writeRecord: no key and no value are −1, empty ones 0",
    replace: [
      ["writeNullableBytes(key, into, at)", "writeNullableBytes(key ?? Buffer.alloc(0), into, at)"],
      ["writeNullableBytes(value, into, at)", "writeNullableBytes(value ?? Buffer.alloc(0), into, at)"],
    ],
  },
  {
    exercise: "1.5 writeRecord",
    name: "the offset before the timestamp",
    why: "One thinks of the offset first. As long as both differences are 0 nothing shows.",
    caughtBy: "1.5 writeRecord: a key, a value, in the order of the format",
    replace: [[
      "writeVarlong(timestampDelta, into, at);\n  at = writeVarint(offsetDelta, into, at)",
      "writeVarint(offsetDelta, into, at);\n  at = writeVarlong(timestampDelta, into, at)",
    ]],
  },
  {
    exercise: "1.5 writeRecord",
    name: "a header key's length in characters",
    why: "`é` is one character and two bytes.",
    caughtBy: "1.5 writeRecord: headers, with and without a value",
    replace: [["writeVarint(Buffer.byteLength(header.key), into, at)", "writeVarint(header.key.length, into, at)"]],
  },
  {
    exercise: "1.5 readRecord",
    name: "the length is counted from its own first byte",
    why: "It says how many bytes come after it.",
    caughtBy: "1.5 readRecord: says where key, value and headers lie, and moves behind the record",
    replace: [["const end = cursor.at + bodySize", "const end = start + bodySize"]],
  },
  {
    exercise: "1.5 readRecord",
    name: "a null key moves the cursor back",
    why: "Its length is −1, and adding that to the position goes one byte back instead of none on.",
    caughtBy: "1.5 readRecord: tells null from empty",
    replace: [['skipBytes(cursor, cursor.keyLength, end, "key", start)', "cursor.at += cursor.keyLength"]],
  },
  {
    exercise: "1.5 readRecord",
    name: "bytes after the fields are skipped",
    why: "Being generous here means that a wrong length in front is never found.",
    caughtBy: "1.5 readRecord: fields must take exactly the bytes that the record has",
    replace: [["if (cursor.at !== end) {", "if (cursor.at < end) cursor.at = end;\n  if (cursor.at > end) {"]],
  },
  {
    exercise: "1.5 readRecord",
    name: "a header's key may be null",
    why: "Keys and values are read by the same function, and values may be null.",
    caughtBy: "1.5 readRecord: a header's key can't be null, its value can",
    replace: [[
      "skipHeaders(cursor, end, start);",
      `if (cursor.headerCount < 0 || cursor.headerCount > end - cursor.at) throw invalidRecord(start, "its headers");
  for (let i = 0; i < 2 * cursor.headerCount; i++) skipBytes(cursor, readVarint(cursor), end, "header", start);`,
    ]],
  },
  {
    exercise: "1.5 readRecord",
    name: "a negative header count means none",
    why: "The loop doesn't run, so it seems to work; but no writer has ever written one.",
    caughtBy: "1.5 readRecord: refuses every damaged record that Apache Kafka refuses, and no other",
    replace: [["skipHeaders(cursor, end, start)", "if (cursor.headerCount > 0) skipHeaders(cursor, end, start)"]],
  },
  {
    exercise: "1.5 readHeaders",
    name: "a null value becomes an empty one",
    why: "`subarray` from a place to one before it is empty, so nothing breaks; but null is not empty.",
    caughtBy: "1.5 readHeaders: keys as text, values as bytes, in their order",
    replace: [["valueLength < 0 ? null : bytes.subarray", "bytes.subarray"]],
  },
  {
    exercise: "1.5 readHeaders",
    name: "one character a byte",
    why: "Keys are UTF-8.",
    caughtBy: "1.5 readHeaders: keys as text, values as bytes, in their order",
    replace: [[
      "textAt(bytes, cursor.at, keyLength)",
      "String.fromCharCode(...bytes.subarray(cursor.at, cursor.at + keyLength))",
    ]],
  },
  {
    exercise: "1.5 readHeaders",
    name: "of headers with the same key the last one stays",
    why: "Headers are a list, not a map: the same key may come again, and all of them count.",
    caughtBy: "1.5 readHeaders: keys as text, values as bytes, in their order",
    replace: [[
      "headers.push({ key, value });",
      `const same = headers.findIndex((one) => one.key === key);
    headers[same < 0 ? headers.length : same] = { key, value };`,
    ]],
  },
  {
    exercise: "1.5 readHeaders",
    name: "works only on a Buffer",
    why: "`toString` with two positions is a Buffer's; of any other Uint8Array it gives the numbers.",
    caughtBy: "1.5 readHeaders: bytes need not be a Buffer",
    replace: [[
      "textAt(bytes, cursor.at, keyLength)",
      '(bytes as Buffer).toString("utf8", cursor.at, cursor.at + keyLength)',
    ]],
  },
  {
    exercise: "1.5 readHeaders",
    name: "a decoder that drops U+FEFF",
    why: "A `TextDecoder` takes U+FEFF in front for a byte order mark, unless `ignoreBOM` is set; a Buffer keeps it.",
    caughtBy: "1.5 readHeaders: a key may begin with U+FEFF, which some decoders drop",
    replace: [[
      "textAt(bytes, cursor.at, keyLength)",
      "new TextDecoder().decode(bytes.subarray(cursor.at, cursor.at + keyLength))",
    ]],
  },
  {
    exercise: "1.5 readHeaders",
    name: "values are copied",
    why: "`slice` of a Buffer is a view, `slice` of a Uint8Array a copy; the type says Uint8Array.",
    caughtBy: "1.5 readHeaders: values are views of the bytes, not copies",
    replace: [["null : bytes.subarray(", "null : bytes.slice("]],
  },
  {
    exercise: "1.5 readRecord",
    name: "the cursor stays inside of a damaged record",
    why: "Whoever catches the error and looks at the cursor finds a place where no record begins.",
    caughtBy: "1.5 readRecord: after an error the cursor is where it was",
    replace: [["cursor.at = start;", "cursor.sizeInBytes = 0;"]],
  },
  {
    exercise: "1.5 readRecord",
    name: "a count of headers is counted to",
    why: "Two thousand million headers in no byte: whoever begins to count reads what lies behind the record.",
    caughtBy: "1.5 readRecord: more headers than the record has bytes left for are not even counted to",
    replace: [[
      "skipHeaders(cursor, end, start);",
      `if (cursor.headerCount < 0) throw invalidRecord(start, "its headers");
    for (let i = 0; i < cursor.headerCount; i++) {
      const keyLength = readVarint(cursor);
      if (keyLength < 0) throw invalidRecord(start, "a header's key is null");
      skipBytes(cursor, keyLength, end, "key", start);
      skipBytes(cursor, readVarint(cursor), end, "value", start);
    }`,
    ]],
  },
]);
