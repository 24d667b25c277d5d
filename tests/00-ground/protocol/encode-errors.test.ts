import { KafkaError, type KafkaErrorName } from "#ground/errors";
import { message, type Message } from "#ground/protocol/message";
import { JoinGroup } from "#ground/protocol/messages/11-join-group";
import { OffsetFetch } from "#ground/protocol/messages/09-offset-fetch";
import { array, bool, bytes, int16, int32, int64, int8, string, struct, uint16, uuid } from "#ground/protocol/schema";
import { describe, expect, test } from "vitest";

const Sample = message({
  name: "Sample",
  versions: [0, 1],
  flexibleFrom: 1,
  fields: {
    bool: bool(),
    int8: int8(),
    int16: int16(),
    uint16: uint16(),
    int32: int32(),
    int64: int64(),
    string: string(),
    uuid: uuid(),
    bytes: bytes(),
    structs: array({ numbers: array(int32()), struct: struct({ int32: int32() }) }),
    tagged: struct({ int8: int8() }, { since: 1, tag: 0 }),
  },
});

function refusal(schema: Message<unknown>, version: number, value: object, code: KafkaErrorName): string {
  try {
    schema.encode(version, value);
  } catch (error) {
    expect(error).toBeInstanceOf(KafkaError);
    expect((error as KafkaError).code).toBe(code);
    return (error as Error).message;
  }
  return "accepted";
}

describe("encoding names the field that it refuses", () => {
  test.each<[object, string]>([
    [{ bool: 1 }, "bool: expected a boolean, got 1"],
    [{ int8: 128 }, "int8: expected an int8, got 128"],
    [{ int16: -32769 }, "int16: expected an int16, got -32769"],
    [{ int16: 1.5 }, "int16: expected an int16, got 1.5"],
    [{ uint16: -1 }, "uint16: expected a uint16, got -1"],
    [{ int32: 2 ** 31 }, "int32: expected an int32, got 2147483648"],
    [{ int32: "7" }, 'int32: expected an int32, got "7"'],
    [{ int32: null }, "int32: expected an int32, got null"],
    [{ int32: 7n }, "int32: expected an int32, got 7n"],
    [{ int32: Symbol("7") }, "int32: expected an int32, got Symbol(7)"],
    [{ int64: 2 ** 53 }, "int64: expected an int64, got 9007199254740992"],
    [{ int64: 2n ** 63n }, "int64: expected an int64, got 9223372036854775808n"],
    [{ int64: Number.NaN }, "int64: expected an int64, got NaN"],
    [{ string: null }, "string: null is not allowed here in this version"],
    [{ string: 7 }, "string: expected a string, got 7"],
    [{ string: "a".repeat(32768) }, "string: expected a string of at most 32767 bytes, got 32768"],
    [{ string: "é".repeat(16384) }, "string: expected a string of at most 32767 bytes, got 32768"],
    [{ string: "half \ud83d" }, "string: expected text, got half of a surrogate pair, which has no UTF-8 form"],
    [{ uuid: new Uint8Array(15) }, "uuid: expected a uuid of 16 bytes, got an object"],
    [{ bytes: "text" }, 'bytes: expected bytes, got "text"'],
    [{ bytes: null }, "bytes: null is not allowed here in this version"],
    [{ structs: null }, "structs: null is not allowed here in this version"],
    [{ structs: {} }, "structs: expected an array, got an object"],
    [{ structs: [{}, 7] }, "structs[1]: expected an object, got 7"],
    [{ structs: [{ numbers: [1, 2, 2 ** 40] }] }, "structs[0].numbers[2]: expected an int32, got 1099511627776"],
    [{ structs: [{ struct: { int32: {} } }] }, "structs[0].struct.int32: expected an int32, got an object"],
    [{ structs: [{ struct: null }] }, "structs[0].struct: expected an object, got null"],
    [{ tagged: { int8: 200 } }, "tagged.int8: expected an int8, got 200"],
  ])("%o", (value, expected) => {
    expect(refusal(Sample, 1, value, "INVALID_REQUEST")).toBe(`Sample v1: ${expected}`);
  });

  test("when what is to be encoded is no struct at all", () => {
    expect(() => Sample.encode(0, "text" as never)).toThrow('Sample v0: expected an object, got "text"');
  });
});

describe("a value that the version can't carry", () => {
  test("is refused in a request: the broker would not hear of it", () => {
    expect(refusal(JoinGroup.request, 4, { groupInstanceId: "worker-1" }, "UNSUPPORTED_VERSION")).toBe(
      'JoinGroup request v4: groupInstanceId: "worker-1" can only be said from version 5 on',
    );
    expect(refusal(OffsetFetch.request, 8, { groupId: "g" }, "UNSUPPORTED_VERSION")).toBe(
      'OffsetFetch request v8: groupId: "g" can only be said up to version 7',
    );
  });

  test("is dropped when it is the default, or ignorable", () => {
    const bare = JoinGroup.request.encodeToBytes(4, {});
    expect(JoinGroup.request.encodeToBytes(4, { groupInstanceId: null, reason: "restarted" })).toEqual(bare);
    const none = OffsetFetch.request.encodeToBytes(7, { groupId: "g" });
    expect(OffsetFetch.request.encodeToBytes(7, { groupId: "g", groups: [] })).toEqual(none);
  });

  test("is dropped in a response: a handler writes one for all versions", () => {
    const bare = JoinGroup.response.encodeToBytes(0, { memberId: "m" });
    const full = { memberId: "m", throttleTimeMs: 5, skipAssignment: true };
    expect(JoinGroup.response.encodeToBytes(0, full)).toEqual(bare);
  });
});
