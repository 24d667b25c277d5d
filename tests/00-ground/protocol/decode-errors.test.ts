import { KafkaError } from "#ground/errors";
import { message, type Message } from "#ground/protocol/message";
import { ConsumerGroupHeartbeat } from "#ground/protocol/messages/68-consumer-group-heartbeat";
import { Produce } from "#ground/protocol/messages/00-produce";
import { DescribeGroups } from "#ground/protocol/messages/15-describe-groups";
import { DescribeTopicPartitions } from "#ground/protocol/messages/75-describe-topic-partitions";
import { array, bytes, int16, int32, string, struct } from "#ground/protocol/schema";
import { MAX_ELEMENTS, STRUCT_WEIGHT } from "#ground/protocol/wire-reader";
import { WireWriter } from "#ground/protocol/wire-writer";
import { describe, expect, test } from "vitest";
import { unhex } from "./golden-files.ts";

/** A message small enough to write its bytes by hand; flexible from version 1 on. */
const Sample = message({
  name: "Sample",
  versions: [0, 1],
  flexibleFrom: 1,
  fields: {
    name: string(),
    note: string({ nullable: true }),
    data: bytes(),
    topics: array({ id: int16(), partitions: array(int32()) }),
    leader: struct({ epoch: int32() }, { since: 1, tag: 3 }),
  },
});

function refusal(schema: Message<unknown>, version: number, digits: string): string {
  try {
    schema.decode(version, unhex(digits));
  } catch (error) {
    expect(error).toBeInstanceOf(KafkaError);
    expect((error as KafkaError).code).toBe("INVALID_REQUEST");
    return (error as Error).message;
  }
  return "accepted";
}

describe("decoding names the field and the byte", () => {
  test("of a value that is cut off, however deep it lies", () => {
    const [frame] = Produce.request.encode(3, {
      topicData: [
        { name: "a", partitionData: [{ index: 1 }] },
        { name: "b", partitionData: [{ index: 2 }, { index: 3, records: new Uint8Array(9) }] },
      ],
    });
    const cutOff = frame!.subarray(0, frame!.length - 4);
    expect(() => Produce.request.decode(3, cutOff)).toThrow(
      "Produce request v3: topicData[1].partitionData[1].records at byte 50: expected 9 bytes, 5 left",
    );
  });

  test.each([
    ["0000 ffff 00000000 00000000", "accepted"],
    ["0001", "Sample v0: name at byte 2: expected 1 byte, 0 left"],
    ["fffe", "Sample v0: name at byte 0: expected a length or −1 for null, got -2"],
    ["ffff", "Sample v0: name at byte 0: null is not allowed here in this version"],
    ["0002 c3 28", "Sample v0: name at byte 2: expected UTF-8, got 2 bytes that are not"],
    ["0003 eda080", "Sample v0: name at byte 2: expected UTF-8, got 3 bytes that are not"],
    ["0003 efbfbd ffff 00000000 00000000", "accepted"],
    ["0000 ffff 00000005 01", "Sample v0: data at byte 8: expected 5 bytes, 1 left"],
    ["0000 ffff ffffffff", "Sample v0: data at byte 4: null is not allowed here in this version"],
    ["0000 ffff 7fffffff", "Sample v0: data at byte 8: expected 2147483647 bytes, 0 left"],
    [
      "0000 ffff 00000000 00000002 0001 00000000",
      "Sample v0: topics at byte 8: expected an array of 2 elements of at least 6 bytes, 6 bytes left",
    ],
    [
      "0000 ffff 00000000 00000001 0001 7fffffff",
      "Sample v0: topics[0].partitions at byte 14: " +
        "expected an array of 2147483647 elements of at least 4 bytes, 0 bytes left",
    ],
    ["0000 ffff 00000000 00000000 ff", "Sample v0: at byte 12: expected the end, 1 byte left"],
  ])("in the old encoding: %s", (digits, expected) => {
    expect(refusal(Sample, 0, digits)).toBe(expected);
  });

  test.each([
    ["01 00 01 01 00", "accepted"],
    ["00", "Sample v1: name at byte 0: null is not allowed here in this version"],
    ["85", "Sample v1: name at byte 1: expected 1 byte, 0 left"],
    ["ffffffff7f", "Sample v1: name at byte 0: expected an unsigned varint of 32 bits, got a longer one"],
    ["818002", "Sample v1: name at byte 3: expected a string of at most 32767 bytes, got 32768"],
    ["01 00 01 ffffffff0f", "Sample v1: topics at byte 3: expected an array of 4294967294 elements" +
      " of at least 4 bytes, 0 bytes left"],
    ["01 00 01 02 0001 02 00000001 00 00", "accepted"],
    ["01 00 01 02 0001 02 00000001 01", "Sample v1: topics[0] at byte 12: expected 1 byte, 0 left"],
    ["01 00 01 01 01 03 05 00000007 00", "accepted"],
    ["01 00 01 01 01 03 04 00000007", "Sample v1: leader at byte 11: expected 1 byte, 0 left"],
    ["01 00 01 01 01 03 06 00000007 00 00", "Sample v1: leader at byte 12: expected the end, 1 byte left"],
    ["01 00 01 01 01 03 06 00000007", "Sample v1: leader at byte 7: expected 6 bytes, 4 left"],
    ["01 00 01 01 02 05 00 05 00", "Sample v1: at byte 7: expected a tag above 5, got 5"],
    ["01 00 01 01 01 05 09 00", "Sample v1: at byte 7: expected 9 bytes, 1 left"],
  ])("in the compact encoding: %s", (digits, expected) => {
    expect(refusal(Sample, 1, digits)).toBe(expected);
  });

  test("of a struct that is neither there nor null", () => {
    const [body] = ConsumerGroupHeartbeat.response.encode(0, {});
    body![body!.length - 2] = 2;
    expect(() => ConsumerGroupHeartbeat.response.decode(0, body!)).toThrow(
      "ConsumerGroupHeartbeat response v0: assignment at byte 16: expected 1 before a struct or −1 for null, got 2",
    );
  });

  test.each([
    ["structs", DescribeTopicPartitions, "topics", MAX_ELEMENTS / STRUCT_WEIGHT, 2],
    ["strings", DescribeGroups, "groups", MAX_ELEMENTS, 1],
  ] as const)("of more %s than a message may have", (_, api, field, most, bytesEach) => {
    const version = api.maxVersion;
    const claim = (count: number): Uint8Array => {
      const writer = new WireWriter();
      writer.length(count, true);
      writer.bytes(new Uint8Array(count * bytesEach));
      return writer.finishInOne();
    };
    const tooMany = `${api.request.name} v${version}: ${field} at byte 0: expected fewer array elements in one message`;
    expect(() => api.request.decode(version, claim(most + 1))).toThrow(tooMany);
    // One fewer is not too many; that these are all zeros, and 0 is the length of null, comes out next.
    expect(() => api.request.decode(version, claim(most))).toThrow(/\[0\].* at byte [34]: null is not allowed here/);
  });
});

describe("a version that is not in the table", () => {
  test.each([-1, 2, 0.5, Number.NaN])("%d", (version) => {
    const message = `Sample: expected one of versions 0 to 1, got ${version}`;
    const expected = { code: "UNSUPPORTED_VERSION", message };
    expect(() => Sample.decode(version, new Uint8Array(0))).toThrow(expect.objectContaining(expected));
    expect(() => Sample.encode(version, {})).toThrow(expect.objectContaining(expected));
  });
});
