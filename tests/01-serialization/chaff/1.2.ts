import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "1.2 configuredEncoding",
    name: "the setting for both counts first",
    why: "The special setting is there to make an exception from the general one, so it has to be asked first.",
    caughtBy: "1.2 configuredEncoding: the setting for both counts where its own is missing",
    replace: [["own ?? common", "common ?? own"]],
  },
  {
    exercise: "1.2 configuredEncoding",
    name: "keys and values are mixed up",
    why: "`isKey` is easily read the wrong way round, and with one setting for both nobody notices.",
    caughtBy: "1.2 configuredEncoding: one setting for keys, one for values",
    replace: [['isKey ? "key" : "value"', 'isKey ? "value" : "key"']],
  },
  {
    exercise: "1.2 configuredEncoding",
    name: "deserializers read the serializers' settings",
    why: "Copied from the serializer and left so; a consumer is configured with keys of its own.",
    caughtBy: "1.2 configuredEncoding: serializers and deserializers are set apart",
    replace: [
      [".${role}.encoding`];\n  const common", ".serializer.encoding`];\n  const common"],
      ["configs[`${role}.encoding`]", 'configs["serializer.encoding"]'],
    ],
  },
  {
    exercise: "1.2 configuredEncoding",
    name: "an empty setting is taken for a missing one",
    why: "`||` asks for truth. Nobody has an encoding without a name, and whoever set it should hear so.",
    caughtBy: "1.2 configuredEncoding: an empty setting is one",
    replace: [['own ?? common ?? "UTF-8"', '(own || common) || "UTF-8"']],
  },
  {
    exercise: "1.2 StringSerializer.serialize",
    name: "an empty string is taken for null",
    why: "`!data` is true for an empty string as well; a value becomes a tombstone.",
    caughtBy: "1.2 StringSerializer.serialize: null is null, and an empty string is no bytes",
    replace: [["data === null ?", "!data ?"]],
  },
  {
    exercise: "1.2 StringSerializer.serialize",
    name: "null becomes the word null",
    why: "`String(null)` is a text of four letters. A compacted topic then keeps what should have been deleted.",
    caughtBy: "1.2 StringSerializer.serialize: null is null, and an empty string is no bytes",
    body: "return this.#charset.encode(String(data));",
  },
  {
    exercise: "1.2 StringSerializer.serialize",
    name: "one byte a character",
    why: "Works for as long as all names are English.",
    caughtBy: "1.2 StringSerializer.serialize: bytes are Apache Kafka's, in each encoding",
    body: "return data === null ? null : Uint8Array.from(data, (character) => character.charCodeAt(0));",
  },
  {
    exercise: "1.2 IntegerSerializer.serialize",
    name: "what doesn't fit is cut off",
    why: "JavaScript's bit operators make 32 bits of anything: 2³¹ turns into −2³¹ without a word.",
    caughtBy: "1.2 IntegerSerializer.serialize: a number that doesn't fit is refused, not cut to size",
    replace: [["    checkInteger(data, 32);\n", ""]],
  },
  {
    exercise: "1.2 IntegerSerializer.serialize",
    name: "the lowest byte first",
    why: "An Int32Array has the byte order of the processor, which is little endian; Kafka's is big endian.",
    caughtBy: "1.2 IntegerSerializer.serialize: bytes are Apache Kafka's",
    replace: [["writeInt32(bytes, 0, data)", "new DataView(bytes.buffer).setInt32(0, data, true)"]],
  },
  {
    exercise: "1.2 IntegerSerializer.serialize",
    name: "null becomes 0",
    why: "Bit operators take null for 0, so this happens by itself where nobody thinks of null.",
    caughtBy: "1.2 IntegerSerializer.serialize: null is null, and not 0",
    replace: [["if (data === null) return null", "data ??= 0"]],
  },
  {
    exercise: "1.2 IntegerSerializer.serialize",
    name: "one array for all numbers",
    why: "It saves an allocation; but the first number's bytes are still somebody's when the second comes.",
    caughtBy: "1.2 IntegerSerializer.serialize: what it returned stays what it was when the next number comes",
    replace: [
      ["const bytes = new Uint8Array(4)", "const bytes = ((this as { one?: Uint8Array }).one ??= new Uint8Array(4))"],
    ],
  },
  {
    exercise: "1.2 IntegerDeserializer.deserialize",
    name: "more than four bytes will do",
    why: "Eight bytes are a long, and its upper half is not the number that was meant.",
    caughtBy: "1.2 IntegerDeserializer.deserialize: reads what Kafka's reads, and refuses what it refuses",
    replace: [["checkSize(data, 4)", "if (data.length < 4) checkSize(data, 4)"]],
  },
  {
    exercise: "1.2 IntegerDeserializer.deserialize",
    name: "read as unsigned",
    why: "`>>> 0` has its place in varints; here −1 comes out as 4294967295.",
    caughtBy: "1.2 IntegerDeserializer.deserialize: null is null, and what was written is read back",
    replace: [["return readInt32(data, 0)", "return readInt32(data, 0) >>> 0"]],
  },
  {
    exercise: "1.2 ByteBufferSerializer.serialize",
    name: "the whole buffer behind the view",
    why: "`view.buffer` is all of the memory: of a small Buffer 8 KiB that belong to everybody.",
    caughtBy: "1.2 ByteBufferSerializer.serialize: of a larger buffer only what the view shows",
    replace: [["new Uint8Array(data.buffer, data.byteOffset, data.byteLength)", "new Uint8Array(data.buffer)"]],
  },
  {
    exercise: "1.2 ByteBufferSerializer.serialize",
    name: "from the view's start to the buffer's end",
    why: "The offset was thought of, the length was not.",
    caughtBy: "1.2 ByteBufferSerializer.serialize: of a larger buffer only what the view shows",
    replace: [["data.byteOffset, data.byteLength", "data.byteOffset"]],
  },
  {
    exercise: "1.2 ByteBufferSerializer.serialize",
    name: "elements instead of bytes",
    why: "Copying a Uint16Array element by element keeps the lower byte of each number. A DataView has no elements.",
    caughtBy: "1.2 ByteBufferSerializer.serialize: bytes, also of views with wider elements",
    replace: [
      ["new Uint8Array(data.buffer, data.byteOffset, data.byteLength)", "Uint8Array.from(data as unknown as number[])"],
    ],
  },
  {
    exercise: "1.2 JsonSerializer.serialize",
    name: "null is written as JSON's null",
    why: "It is JSON, after all. But to Kafka four letters are a value, and only null is a tombstone.",
    caughtBy: "1.2 JsonSerializer.serialize: null is a tombstone, and not the word",
    replace: [["    if (data === null) return null;\n", ""]],
  },
  {
    exercise: "1.2 JsonSerializer.serialize",
    name: "what has no JSON becomes no bytes",
    why: "`JSON.stringify` returns undefined for a function or undefined, and `?? \"\"` makes the compiler happy.",
    caughtBy: "1.2 JsonSerializer.serialize: what has no JSON is refused with a SerializationError",
    body: `if (data === null) return null;
    try {
      return Buffer.from(JSON.stringify(data) ?? "");
    } catch (cause) {
      throw new SerializationError("no JSON", { cause });
    }`,
  },
  {
    exercise: "1.2 JsonSerializer.serialize",
    name: "the errors of JSON.stringify go through",
    why: "A circle or a bigint makes it throw a TypeError; who sends records waits for a SerializationError.",
    caughtBy: "1.2 JsonSerializer.serialize: what has no JSON is refused with a SerializationError",
    body: `if (data === null) return null;
    const text: string | undefined = JSON.stringify(data);
    if (text === undefined) throw new SerializationError("no JSON");
    return Buffer.from(text);`,
  },
  {
    exercise: "1.2 JsonSerializer.serialize",
    name: "one buffer for all texts",
    why: "Writing into a buffer that is kept is quick, and right until somebody keeps two results.",
    caughtBy: "1.2 JsonSerializer.serialize: what it returned stays what it was when the next value comes",
    replace: [
      [
        "return Buffer.from(text)",
        "const kept = ((this as { kept?: Buffer }).kept ??= Buffer.alloc(65_536));\n" +
          "    return kept.subarray(0, kept.write(text))",
      ],
    ],
  },
  {
    exercise: "1.2 JsonDeserializer.deserialize",
    name: "no bytes are read as null",
    why: "Somebody wrote an empty value, and that is no JSON. Passing it on as null hides the mistake.",
    caughtBy: "1.2 JsonDeserializer.deserialize: what is no JSON is refused with a SerializationError",
    replace: [["data === null", "data === null || data.length === 0"]],
  },
  {
    exercise: "1.2 JsonDeserializer.deserialize",
    name: "the errors of JSON.parse go through",
    why: "A consumer that skips records which can't be read looks for a SerializationError, not for a SyntaxError.",
    caughtBy: "1.2 JsonDeserializer.deserialize: what is no JSON is refused with a SerializationError",
    body: 'return data === null ? null : (JSON.parse(Buffer.from(data).toString("utf8")) as T);',
  },
  {
    exercise: "1.2 IntegerDeserializer.deserialize",
    name: "works only on a Buffer",
    why: "What Node reads from a file or a socket is a Buffer; the signature promises no more than a Uint8Array.",
    caughtBy: "1.2 IntegerDeserializer.deserialize: bytes need not be a Buffer",
    replace: [["return readInt32(data, 0)", "return (data as Buffer).readInt32BE()"]],
  },
  {
    exercise: "1.2 JsonDeserializer.deserialize",
    name: "works only on a Buffer",
    why: "`toString` of any other Uint8Array gives its numbers, with commas in between.",
    caughtBy: "1.2 JsonDeserializer.deserialize: reads JSON, and null as null",
    replace: [['Buffer.from(data).toString("utf8")', "data.toString()"]],
  },
]);
