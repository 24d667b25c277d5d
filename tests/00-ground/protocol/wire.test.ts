import { apiByKey, APIS } from "#ground/protocol/apis";
import * as consumerProtocol from "#ground/protocol/consumer-protocol";
import { decodeRequestHeader, decodeResponse, encodeRequest, encodeResponse } from "#ground/protocol/frames";
import * as consumerGroup from "#ground/protocol/internal-records/consumer-group";
import * as consumerOffsets from "#ground/protocol/internal-records/consumer-offsets";
import * as transactionLog from "#ground/protocol/internal-records/transaction-log";
import { type Message } from "#ground/protocol/message";
import { decodeVersioned, encodeVersioned } from "#ground/protocol/versioned";
import { describe, expect, test } from "vitest";
import {
  expectSame,
  goldenNames,
  goldenRows,
  goldenText,
  hex,
  unhex,
  type VersionedRow,
  type WireRow,
} from "./golden-files.ts";
import { fromJson, toJson } from "./message-json.ts";

const files = goldenNames("wire").filter((name) => /^\d\d-/.test(name));

describe.each(files)("golden messages: %s", (file) => {
  const rows = goldenRows<WireRow>(`wire/${file}`).map((row) => {
    const api = apiByKey(row.apiKey);
    if (api === undefined) throw new Error(`there is no table for API key ${row.apiKey}`);
    const message: Message<unknown> = api[row.kind];
    const id = `${row.message} v${row.version} ${row.variant}`;
    return { ...row, api, schema: message, body: unhex(row.hexBody), id };
  });

  test("decode to the fields that Kafka sees", () => {
    for (const { id, schema, version, body, json } of rows) {
      expectSame(toJson(schema, version, schema.decode(version, body)), json, id);
    }
  });

  test("encode to the bytes that Kafka writes", () => {
    for (const { id, schema, version, variant, hexBody, json } of rows) {
      if (variant === "unknown-tagged-fields") continue;
      expectSame(hex(schema.encode(version, fromJson(schema, json))), hexBody, id);
    }
  });

  test("keep unknown tagged fields when asked to", () => {
    for (const { id, schema, version, body, hexBody } of rows) {
      const value = schema.decode(version, body, { keepUnknownTags: true });
      expectSame(hex(schema.encode(version, value)), hexBody, id);
    }
  });

  test("have the headers that Kafka gives them", () => {
    for (const { id, api, kind, version, header, hexWithHeader, variant, body, schema } of rows) {
      const frame = unhex(hexWithHeader);
      const { correlationId, clientId = null } = header;
      const value = schema.decode(version, body);
      if (kind === "request") {
        const bodyAt = frame.length - body.length;
        const decoded = { apiKey: api.key, apiVersion: version, correlationId, clientId, bodyAt };
        expectSame(decodeRequestHeader(frame, apiByKey), decoded, id);
      } else {
        expectSame(decodeResponse(api, version, frame).correlationId, correlationId, id);
      }
      if (variant === "unknown-tagged-fields") continue;
      const parts =
        kind === "request"
          ? encodeRequest(api, version, { correlationId, clientId }, value)
          : encodeResponse(api, version, correlationId, value);
      expectSame(hex(parts), frame.length.toString(16).padStart(8, "0") + hexWithHeader, id);
    }
  });
});

describe.each(["consumer-protocol.jsonl", "internal-records.jsonl"])("golden records: %s", (file) => {
  const exported = { ...consumerProtocol, ...consumerGroup, ...consumerOffsets, ...transactionLog };
  const messages = exported as unknown as Record<string, Message<unknown>>;

  test("decode to the fields that Kafka sees, and encode to the bytes that it writes", () => {
    for (const { message, version, hexWithVersion, json } of goldenRows<VersionedRow>(`wire/${file}`)) {
      const schema = messages[message]!;
      expectSame(toJson(schema, version, decodeVersioned(schema, unhex(hexWithVersion))), json, message);
      expectSame(hex(encodeVersioned(schema, version, fromJson(schema, json))), hexWithVersion, message);
    }
  });
});

describe("the tables", () => {
  interface IndexRow {
    readonly apiKey: number;
    readonly name: string;
    readonly lowestVersion: number;
    readonly highestVersion: number;
    readonly firstFlexibleVersion: number;
  }
  const index = (JSON.parse(goldenText("wire/index.json")) as { rows: IndexRow[] }).rows;

  test("cover every version that Kafka 4.0 has, and are flexible from the same one on", () => {
    for (const row of index) {
      const api = apiByKey(row.apiKey)!;
      expect(api.name).toBe(row.name);
      expect(api.minVersion, row.name).toBeLessThanOrEqual(row.lowestVersion);
      expect(api.maxVersion, row.name).toBe(row.highestVersion);
      const flexibleFrom = row.firstFlexibleVersion === -1 ? Infinity : row.firstFlexibleVersion;
      expect(api.firstFlexibleVersion, row.name).toBe(flexibleFrom);
    }
  });

  test("are sorted by key, and only those of access control have no golden messages", () => {
    const keys = APIS.map((api) => api.key);
    expect(keys).toEqual([...new Set(keys)].sort((a, b) => a - b));
    const golden = new Set(index.map((row) => row.apiKey));
    expect(keys.filter((key) => !golden.has(key))).toEqual([29, 30, 31]);
  });

  test("every version of every message encodes and decodes its defaults", () => {
    for (const api of APIS) {
      for (let version = api.minVersion; version <= api.maxVersion; version++) {
        for (const message of [api.request, api.response]) {
          const value = message.decode(version, message.encodeToBytes(version, {}));
          const defaults = Object.entries(message.fields).map(([name, field]) => [name, field.default]);
          expect(value, `${message.name} v${version}`).toEqual(Object.fromEntries(defaults));
        }
      }
    }
  });
});
