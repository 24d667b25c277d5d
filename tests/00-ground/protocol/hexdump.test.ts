import { Buffer } from "node:buffer";
import { NotImplementedError } from "#ground/errors";
import { describe, expect, test } from "vitest";
import { type DecodedField, expectBytes } from "../../support/hexdump.ts";

/** A made-up format: a count, then strings of a one-byte length, then two bytes of flags. */
function* decode(bytes: Uint8Array): Generator<DecodedField> {
  const count = bytes[0]!;
  yield { path: "count", value: count, from: 0, to: 1 };
  let at = 1;
  for (let i = 0; i < count; i++) {
    const length = bytes[at]!;
    if (at + length >= bytes.length) throw new Error(`name ${i} is longer than the bytes left`);
    yield { path: `names[${i}].length`, value: length, from: at, to: at + 1 };
    const name = bytes.subarray(at + 1, at + 1 + length);
    yield { path: `names[${i}].text`, value: name, from: at + 1, to: at + 1 + length };
    at += 1 + length;
  }
  yield { path: "flags", value: (bytes[at]! << 8) | bytes[at + 1]!, from: at, to: at + 2 };
}

const RIGHT = Buffer.from("\x02\x05alpha\x12bravo-charlie-delt\x01\x00", "latin1");

function messageOf(got: unknown, options = { decode }): string {
  try {
    expectBytes(got, RIGHT, options);
  } catch (error) {
    return (error as Error).message;
  }
  return "no difference";
}

describe("expectBytes", () => {
  test("says nothing about equal bytes, given as bytes or as hex digits", () => {
    expectBytes(new Uint8Array(RIGHT), RIGHT, { decode });
    expectBytes(new Uint8Array(RIGHT), RIGHT.toString("hex"));
  });

  test("shows the fields up to the wrong byte, what it should be, and where it is", () => {
    const got = Uint8Array.from(RIGHT);
    got[20] = 0x21;
    expect(messageOf(got)).toBe(
      `
byte 20 is 0x21, expected 0x65

decoded from your bytes:
  count     2
  names[0]
    length  5
    text    61 6c 70 68 61 "alpha"
  names[1]
    length  18
    text    62 72 61 76 6f 2d 63 68 61 72 6c 69 … (18 bytes)   <-- wrong further on

- expected   + got
     0  02 05 61 6c 70 68 61 12  62 72 61 76 6f 2d 63 68  ..alpha.bravo-ch
-   16  61 72 6c 69 65 2d 64 65  6c 74 01 00              arlie-delt..
+   16  61 72 6c 69 21 2d 64 65  6c 74 01 00              arli!-delt..
                    ^^
`.trim(),
    );
  });

  test("names the field's right value where the two can be told apart", () => {
    const got = Uint8Array.from(RIGHT);
    got[27] = 0x07;
    expect(messageOf(got)).toContain("\n  flags     263   <-- expected 256\n");
  });

  test("says what is missing at the end, and where the decoder had to stop", () => {
    const message = messageOf(RIGHT.subarray(0, 12));
    expect(message).toContain("your bytes end at byte 12: 16 bytes missing");
    expect(message).toContain("  (no further: name 1 is longer than the bytes left)");
  });

  test("says what is too much", () => {
    const message = messageOf(Buffer.concat([RIGHT, Buffer.from([9])]));
    expect(message).toContain("your bytes should end at byte 28: 1 byte too many");
    expect(message.split("\n").at(-1)).toBe(" ".repeat(45) + "^^");
  });

  test("leaves out what is far from the difference", () => {
    const right = new Uint8Array(1000);
    const got = Uint8Array.from(right);
    got[500] = 1;
    expect(() => expectBytes(got, right)).toThrow(/… 464 bytes more, the same in both\n(.*\n){6}.*… 472 bytes more$/);
  });

  test("shows no fields without a decoder, and says what came when it was no bytes", () => {
    const got = Buffer.from("01ff", "hex");
    expect(() => expectBytes(got, "0102")).toThrow(/^byte 1 is 0xff, expected 0x02\n\n- expected/);
    expect(messageOf("text")).toBe('expected 28 bytes, got "text"');
    expect(messageOf(undefined)).toBe("expected 28 bytes, got undefined");
  });

  test("still shows the bytes when nothing can be decoded", () => {
    const options = {
      decode: (): Generator<DecodedField> => {
        throw new Error("no magic byte");
      },
    };
    const message = messageOf(new Uint8Array(1), options);
    expect(message).toMatch(/^byte 0 .*\n\n.*\n  \(no further: no magic byte\)\n\n- expected/);
  });

  test("lets a stub through that the decoder meets", () => {
    const options = {
      decode: (): Generator<DecodedField> => {
        throw new NotImplementedError("1.1 a stub");
      },
    };
    expect(() => expectBytes(new Uint8Array(1), RIGHT, options)).toThrow(NotImplementedError);
  });
});
