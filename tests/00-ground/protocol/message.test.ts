import { message } from "#ground/protocol/message";
import { Fetch, type FetchResponse } from "#ground/protocol/messages/01-fetch";
import { JoinGroup } from "#ground/protocol/messages/11-join-group";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { Produce } from "#ground/protocol/messages/00-produce";
import { array, bytes, int32, int64, string, struct } from "#ground/protocol/schema";
import { UNKNOWN_TAGS, unknownTagsOf } from "#ground/protocol/unknown-tags";
import { ZERO_UUID } from "#ground/protocol/uuid";
import { BY_REFERENCE_FROM_BYTES } from "#ground/protocol/wire-writer";
import { describe, expect, test } from "vitest";
import { hex, unhex } from "./golden-files.ts";

describe("one shape for all versions", () => {
  test("decoding fills in what the version lacks", () => {
    const request = JoinGroup.request.decode(0, JoinGroup.request.encodeToBytes(0, { groupId: "g" }));
    expect(request).toMatchObject({ groupId: "g", rebalanceTimeoutMs: -1, groupInstanceId: null, reason: null });
    const response = Metadata.response.encodeToBytes(0, { topics: [{ name: "t" }] });
    expect(Metadata.response.decode(0, response).topics[0]!.topicId).toBe(ZERO_UUID);
  });

  test("encoding fills in what the caller leaves out, and takes undefined for left out", () => {
    const empty = Produce.request.encodeToBytes(9, {});
    const spelledOut = { transactionalId: null, acks: 0, timeoutMs: undefined, topicData: [] };
    expect(Produce.request.encodeToBytes(9, spelledOut)).toEqual(empty);
  });

  test("a decoded value can be encoded in another version", () => {
    const value = { maxWaitMs: 500, topics: [{ topic: "t", partitions: [{ partition: 1, fetchOffset: 9n }] }] };
    const old = Fetch.request.decode(4, Fetch.request.encodeToBytes(4, value));
    expect(old.topics[0]!.partitions[0]!.fetchOffset).toBe(9);
    expect(Fetch.request.decode(12, Fetch.request.encodeToBytes(12, old))).toEqual(old);
  });

  test("the types follow from the table", () => {
    // What matters here is that this compiles.
    const response: FetchResponse = Fetch.response.decode(4, Fetch.response.encodeToBytes(4, {}));
    const records: (Uint8Array | null)[] = response.responses.flatMap((r) => r.partitions.map((p) => p.records));
    const offsets: (number | bigint)[] = response.responses.flatMap((r) => r.partitions.map((p) => p.highWatermark));
    // @ts-expect-error a field that no version has
    expect(() => Fetch.response.encode(4, { answers: [] })).not.toThrow();
    expect([records, offsets]).toEqual([[], []]);
  });
});

describe("large byte fields", () => {
  const records = new Uint8Array(BY_REFERENCE_FROM_BYTES).fill(7);
  const request = { acks: 1, topicData: [{ name: "t", partitionData: [{ index: 0, records }, { index: 1 }] }] };

  test("are lent to the encoded message, not copied into it", () => {
    const parts = Produce.request.encode(9, request);
    expect(parts).toHaveLength(3);
    expect(parts[1]).toBe(records);
    expect(hex(parts)).toBe(hex(Produce.request.encodeToBytes(9, request)));
  });

  test("of less than 4 KiB are copied: one part is cheaper than three", () => {
    const small = { topicData: [{ name: "t", partitionData: [{ records: records.subarray(1) }] }] };
    expect(Produce.request.encode(9, small)).toHaveLength(1);
  });

  test("are views of the frame when decoded", () => {
    const frame = Produce.request.encodeToBytes(9, request);
    const decoded = Produce.request.decode(9, frame).topicData[0]!.partitionData[0]!.records!;
    expect(hex(decoded)).toBe(hex(records));
    expect(decoded.buffer).toBe(frame.buffer);
  });

  test("are copied inside of a tagged field, whose size is written in front", () => {
    const Tagged = message({
      name: "Tagged",
      versions: [0, 0],
      flexibleFrom: 0,
      fields: { before: string(), data: bytes({ tag: 0 }), list: array(string(), { tag: 1 }) },
    });
    const value = { before: "b", data: records, list: ["x".repeat(200), "y"] };
    const parts = Tagged.encode(0, value);
    expect(parts).toHaveLength(1);
    const decoded = Tagged.decode(0, parts[0]!);
    expect({ ...decoded, data: hex(decoded.data) }).toEqual({ ...value, data: hex(records) });
  });
});

describe("strings", () => {
  const Text = message({ name: "Text", versions: [0, 1], flexibleFrom: 1, fields: { text: string() } });

  test.each([
    ["", "0000", "01"],
    ["topic", "0005746f706963", "06746f706963"],
    ["naïve", "00066e61c3af7665", "076e61c3af7665"],
    ["🚀", "0004f09f9a80", "05f09f9a80"],
    ["\ufeff", "0003efbbbf", "04efbbbf"],
    ["\ufffd", "0003efbfbd", "04efbfbd"],
  ])("%j", (text, old, compact) => {
    expect(hex(Text.encode(0, { text }))).toBe(old);
    expect(hex(Text.encode(1, { text }))).toBe(`${compact}00`);
    expect(Text.decode(0, unhex(old))).toEqual({ text });
    expect(Text.decode(1, unhex(`${compact}00`))).toEqual({ text });
  });

  test("whose bytes need a longer length than their characters would", () => {
    for (const count of [63, 64, 126, 127, 128, 8191, 8192, 16383]) {
      const text = "é".repeat(count);
      expect(Text.decode(1, Text.encodeToBytes(1, { text })), `${count}`).toEqual({ text });
    }
  });
});

describe("tagged fields", () => {
  const Tagged = message({
    name: "Tagged",
    versions: [0, 1],
    flexibleFrom: 0,
    fields: {
      offset: int64({ tag: 2, default: -1 }),
      leader: struct({ id: int32({ default: -1 }), epoch: int32() }, { tag: 0 }),
      late: int32({ since: 1, tag: 5 }),
    },
  });

  test("are not sent when they have their default, whichever way that is said", () => {
    const leader = { id: -1 };
    expect(hex(Tagged.encode(1, { offset: -1n, leader, late: 0 }))).toBe("00");
    expect(hex(Tagged.encode(1, { leader: { epoch: 1 } }))).toBe("010009ffffffff0000000100");
  });

  test("are sent in the order of their tags, with the unknown ones that were kept between them", () => {
    const bytes = unhex("04 0009000000010000000200 0100 02080000000000000007 0501ff");
    const value = Tagged.decode(0, bytes, { keepUnknownTags: true });
    expect(value).toMatchObject({ offset: 7, leader: { id: 1, epoch: 2 }, late: 0 });
    expect(unknownTagsOf(value)).toEqual([
      { tag: 1, data: new Uint8Array(0) },
      { tag: 5, data: Uint8Array.of(255) },
    ]);
    expect(hex(Tagged.encode(0, value))).toBe(hex(bytes));
  });

  test("are sent for the sake of the unknown ones in them", () => {
    const bytes = unhex("01 000cffffffff00000000 010901ff");
    const value = Tagged.decode(0, bytes, { keepUnknownTags: true });
    expect(value).toMatchObject({ leader: { id: -1, epoch: 0 } });
    expect(hex(Tagged.encode(0, value))).toBe(hex(bytes));
  });

  test("that are unknown leave no trace unless they are to be kept", () => {
    const value = Tagged.decode(0, unhex("010901ff"));
    expect(UNKNOWN_TAGS in value).toBe(false);
    expect(hex(Tagged.encode(0, value))).toBe("00");
  });
});
