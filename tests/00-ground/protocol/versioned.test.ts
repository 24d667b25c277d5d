import { ConsumerGroupMemberMetadataValue } from "#ground/protocol/internal-records/consumer-group";
import { OffsetCommitKey } from "#ground/protocol/internal-records/consumer-offsets";
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from "#ground/protocol/consumer-protocol";
import { decodeVersioned, encodeVersioned, versionOf } from "#ground/protocol/versioned";
import { describe, expect, test } from "vitest";
import { expectBytes } from "../../support/hexdump.ts";
import { unhex } from "./golden-files.ts";

describe("a message with its version in front", () => {
  test("is read in that version", () => {
    const bytes = encodeVersioned(OffsetCommitKey, 1, { group: "g", topic: "t", partition: 3 });
    expectBytes(bytes, "0001 000167 000174 00000003");
    expect(versionOf(bytes)).toBe(1);
    expect(decodeVersioned(OffsetCommitKey, bytes)).toEqual({ group: "g", topic: "t", partition: 3 });
  });

  test("says 0 for no struct in a tagged field, as Apache Kafka wrote it", () => {
    const recorded = "0000 00 00 1a636f6e73756d65722d67726f75702d636f6e73756d65722d31 0b2f3132372e302e302e31"
      + "03 046f7574 06706c61696e 01 000493e0 00 01 00 01 00";
    const member = decodeVersioned(ConsumerGroupMemberMetadataValue, unhex(recorded));
    expect(member).toMatchObject({ clientId: "consumer-group-consumer-1", classicMemberMetadata: null });
    expectBytes(encodeVersioned(ConsumerGroupMemberMetadataValue, 0, member), recorded);
  });

  test("is refused without a version, with one that no table has, and when it is too long", () => {
    expect(() => decodeVersioned(OffsetCommitKey, unhex("00"))).toThrow("expected a version of 2 bytes, got 1 byte");
    expect(() => decodeVersioned(OffsetCommitKey, unhex("0002"))).toThrow(
      "OffsetCommitKey: expected one of versions 0 to 1, got 2",
    );
    expect(() => decodeVersioned(OffsetCommitKey, unhex("0001000000000000000000"))).toThrow(
      "OffsetCommitKey v1: at byte 10: expected the end, 1 byte left",
    );
  });
});

describe("what consumers tell each other", () => {
  test("is written in the newest version", () => {
    const subscription = { topics: ["a"], ownedPartitions: [{ topic: "a", partitions: [1] }], generationId: 4 };
    expect(versionOf(encodeSubscription(subscription))).toBe(3);
    const decoded = decodeSubscription(encodeSubscription(subscription));
    expect(decoded).toEqual({ ...subscription, userData: null, rackId: null });
    const assignment = { assignedPartitions: [{ topic: "a", partitions: [0, 1] }], userData: Uint8Array.of(7) };
    expect(decodeAssignment(encodeAssignment(assignment))).toEqual(assignment);
  });

  test("of an old version is read, and of one newer than ours as far as we know it", () => {
    const old = unhex("0000 00000001 000161 ffffffff");
    expect(decodeSubscription(old)).toMatchObject({ topics: ["a"], ownedPartitions: [], generationId: -1 });
    const newer = unhex("0009 00000000 ffffffff 00000000 00000005 000172 cafe");
    expect(decodeSubscription(newer)).toMatchObject({ generationId: 5, rackId: "r" });
  });

  test("is refused when it is no subscription", () => {
    expect(() => decodeSubscription(unhex("ffff"))).toThrow(
      "ConsumerProtocolSubscription: expected one of versions 0 to 3, got -1",
    );
    const cutOff = unhex("0000 00000001");
    expect(() => decodeSubscription(cutOff)).toThrow("topics at byte 2: expected an array of 1 elements");
  });
});
