import { isZeroUuid, uuidFromString, uuidToString, ZERO_UUID } from "#ground/protocol/uuid";
import { describe, expect, test } from "vitest";
import { unhex } from "./golden-files.ts";

describe("uuid", () => {
  test("Kafka's text form is base64url without padding", () => {
    const bytes = unhex("24cca80ebb1a41338e8745571970 0fed");
    expect(uuidToString(bytes)).toBe("JMyoDrsaQTOOh0VXGXAP7Q");
    expect(uuidFromString("JMyoDrsaQTOOh0VXGXAP7Q")).toEqual(bytes);
    expect(uuidToString(ZERO_UUID)).toBe("AAAAAAAAAAAAAAAAAAAAAA");
  });

  test("the zero id is told from others", () => {
    expect(isZeroUuid(new Uint8Array(16))).toBe(true);
    expect(isZeroUuid(uuidFromString("AAAAAAAAAAAAAAAAAAAAAQ"))).toBe(false);
  });

  const notUuids = ["", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA==", "JMyoDrsaQTOOh0VXGXAP7/", "AAAAAAAAAAAAAAAAAAAAAB"];
  test.each(notUuids)("%j is none", (text) => {
    expect(() => uuidFromString(text)).toThrow(`expected a uuid of 22 base64url characters, got "${text}"`);
  });
});
