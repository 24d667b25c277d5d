import { Buffer } from "node:buffer";
import { ApiVersions } from "#ground/protocol/messages/18-api-versions";
import { apiByKey } from "#ground/protocol/apis";
import { decodeRequestHeader, decodeResponse, encodeRequest, encodeResponse } from "#ground/protocol/frames";
import { Heartbeat } from "#ground/protocol/messages/12-heartbeat";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { Produce } from "#ground/protocol/messages/00-produce";
import { describe, expect, test } from "vitest";
import { expectBytes } from "../../support/hexdump.ts";
import { hex, unhex } from "./golden-files.ts";

const HEADER = { correlationId: 7, clientId: "me" };

describe("a request", () => {
  test("begins with its size, its API, its version, its number and its sender", () => {
    const parts = encodeRequest(Metadata, 4, HEADER, { topics: null });
    expectBytes(Buffer.concat(parts), "00000011 0003 0004 00000007 00026d65 ffffffff 01");
  });

  test("has tagged fields in the header of a flexible version", () => {
    const parts = encodeRequest(Heartbeat, 4, { correlationId: 7, clientId: null }, {});
    expectBytes(Buffer.concat(parts), "00000013 000c 0004 00000007 ffff 00 010000000001 0000");
  });

  test("counts large byte fields in its size", () => {
    const records = new Uint8Array(10_000);
    const value = { topicData: [{ name: "t", partitionData: [{ records }] }] };
    const parts = encodeRequest(Produce, 9, HEADER, value);
    expect(parts).toContain(records);
    expect(parseInt(hex(parts).slice(0, 8), 16)).toBe(hex(parts).length / 2 - 4);
  });

  test("shows its header although its API is unknown", () => {
    const header = decodeRequestHeader(unhex("03e7 0009 00000001 0001 61 cafe"), apiByKey);
    expect(header).toEqual({ apiKey: 999, apiVersion: 9, correlationId: 1, clientId: "a", bodyAt: 11 });
  });

  test.each([
    ["", "Request header v1: requestApiKey at byte 0: expected 2 bytes, 0 left"],
    ["0003000900000001", "Request header v2: clientId at byte 8: expected 2 bytes, 0 left"],
    ["000300040000000100056162", "Request header v1: clientId at byte 10: expected 5 bytes, 2 left"],
    ["00030009000000010000", "Request header v2: at byte 10: expected 1 byte, 0 left"],
  ])("that is no request is refused: %j", (digits, expected) => {
    expect(() => decodeRequestHeader(unhex(digits), apiByKey)).toThrow(expected);
  });
});

describe("a response", () => {
  test("begins with its size and the number of its request", () => {
    expectBytes(Buffer.concat(encodeResponse(Heartbeat, 3, 7, { errorCode: 27 })), "0000000a 00000007 00000000 001b");
    const flexible = encodeResponse(Heartbeat, 4, 7, { errorCode: 27 });
    expectBytes(Buffer.concat(flexible), "0000000c 00000007 00 00000000 001b 00");
    expect(decodeResponse(Heartbeat, 4, unhex(hex(flexible).slice(8)))).toEqual({
      correlationId: 7,
      value: { throttleTimeMs: 0, errorCode: 27 },
    });
  });

  test("of ApiVersions has the oldest header in every version", () => {
    const parts = encodeResponse(ApiVersions, 3, 7, {});
    expectBytes(Buffer.concat(parts), "0000000c 00000007 0000 01 00000000 00");
    expect(decodeResponse(ApiVersions, 3, unhex(hex(parts).slice(8))).correlationId).toBe(7);
  });

  test("may be longer than its message only when decoding is not strict", () => {
    const frame = unhex("00000007 00000000 001b ffff");
    expect(decodeResponse(Heartbeat, 1, frame, { strict: false }).value.errorCode).toBe(27);
    expect(() => decodeResponse(Heartbeat, 1, frame)).toThrow(
      "Heartbeat response v1: at byte 10: expected the end, 2 bytes left",
    );
  });
});
