import { KafkaError } from "#ground/errors";
import { apiByKey, APIS } from "#ground/protocol/apis";
import { type Message } from "#ground/protocol/message";
import { decodeRequestHeader } from "#ground/protocol/frames";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { property } from "../../support/property.ts";
import { goldenNames, goldenRows, unhex, type WireRow } from "./golden-files.ts";
import { valuesOf } from "./message-arbitrary.ts";

/** Every version of every message that there is. */
const versions = APIS.flatMap((api) =>
  [api.request, api.response].flatMap((message) =>
    Array.from({ length: api.maxVersion - api.minVersion + 1 }, (_, i) => ({ message, version: api.minVersion + i })),
  ),
);

const golden = goldenNames("wire")
  .filter((name) => /^\d\d-/.test(name))
  .flatMap((name) => goldenRows<WireRow>(`wire/${name}`))
  .map((row) => ({ message: apiByKey(row.apiKey)![row.kind], version: row.version, bytes: unhex(row.hexBody) }));

/** Decodes; what is refused must be refused with a KafkaError that says where. */
function decodeOrRefuse(message: Message<unknown>, version: number, bytes: Uint8Array): unknown {
  try {
    return message.decode(version, bytes);
  } catch (error) {
    const isRefusal = error instanceof KafkaError && error.code === "INVALID_REQUEST";
    if (!isRefusal || !/ at byte \d+: /.test(error.message)) throw error;
    return null;
  }
}

describe("any message", () => {
  test("that is encoded decodes to itself", () => {
    const messages = fc
      .constantFrom(...versions)
      .chain(({ message, version }) => valuesOf(message, version).map((value) => ({ message, version, value })));
    property([messages], ({ message, version, value }) => {
      const bytes = message.encodeToBytes(version, value as object);
      expect(message.decode(version, bytes)).toEqual(value);
    }, { runs: 60 });
  });

  test("that is cut off anywhere is refused", () => {
    property([fc.constantFrom(...golden), fc.nat()], ({ message, version, bytes }, at) => {
      if (bytes.length === 0) return;
      expect(decodeOrRefuse(message, version, bytes.subarray(0, at % bytes.length))).toBeNull();
    }, { runs: 400 });
  });

  test("that is changed anywhere is refused, or is another message", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
    property([fc.constantFrom(...golden), changes], ({ message, version, bytes }, edits) => {
      const changed = Uint8Array.from(bytes);
      for (const [at, value] of edits) changed[at % changed.length] = value;
      const value = decodeOrRefuse(message, version, changed);
      if (value === null) return;
      expect(message.decode(version, message.encodeToBytes(version, value as object))).toEqual(value);
    }, { runs: 400 });
  });

  test("that claims a length of 2 GB anywhere is refused, or is another message", () => {
    property([fc.constantFrom(...golden), fc.nat()], ({ message, version, bytes }, at) => {
      if (bytes.length < 4) return;
      const huge = Uint8Array.from(bytes);
      huge.set([0x7f, 0xff, 0xff, 0xff], at % (bytes.length - 3));
      decodeOrRefuse(message, version, huge);
    }, { runs: 400 });
  });
});

describe("any bytes", () => {
  test("are a message, or are refused", () => {
    property([fc.constantFrom(...versions), fc.uint8Array({ maxLength: 100 })], ({ message, version }, bytes) => {
      decodeOrRefuse(message, version, bytes);
    }, { runs: 400 });
  });

  test("are the header of a request, or are refused", () => {
    property([fc.uint8Array({ maxLength: 30 })], (bytes) => {
      try {
        expect(decodeRequestHeader(bytes, apiByKey).bodyAt).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(KafkaError);
      }
    }, { runs: 400 });
  });
});
