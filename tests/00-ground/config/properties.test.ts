import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatProperties, parseOverride, parseProperties, readProperties } from "#ground/config/properties";
import recorded from "../../golden/config/properties.json" with { type: "json" };
import { property } from "../../support/property.ts";

describe("reading .properties", () => {
  const cases = recorded.load.map(({ text, properties }): [string, object] => [text, properties]);

  test.each(cases)("as Java reads it: %j", (text, properties) => {
    expect(parseProperties(text, "a file")).toEqual(properties);
  });

  test("each property knows the line on which it begins", () => {
    const text = "# Ours\n\nlog.dirs=/a,\\\n  /b\nbroker.id=1\n";
    expect(readProperties(text, "server.properties")).toEqual([
      { key: "log.dirs", value: "/a,/b", origin: "server.properties line 3" },
      { key: "broker.id", value: "1", origin: "server.properties line 5" },
    ]);
  });

  test.each(["a=\\u12", "a=\\u12g4", "\\u=1"])("%j is refused", (text) => {
    expect(() => parseProperties(text, "server.properties")).toThrow(/^\\u: expected four hex digits, .* line 1\)$/);
  });
});

describe("writing .properties", () => {
  test.each(recorded.store.map(({ key, value, line }) => [key, value, line]))(
    "as Java writes it: %j=%j",
    (key, value, line) => {
      expect(formatProperties({ [key]: value })).toBe(`${line}\n`);
    },
  );

  test("comments come first", () => {
    const text = formatProperties({ version: "1", "cluster.id": "x" }, ["", "Wed"]);
    expect(text).toBe("#\n#Wed\nversion=1\ncluster.id=x\n");
  });

  test("what is written reads back the same", () => {
    const unit = fc.constantFrom(..." =:#!\\\t\n\ruaé中\0\x7f", "\ud83d", "\ude00");
    const text = fc.string({ unit, maxLength: 6 });
    property([text, text, text], (key, value, other) => {
      expect(parseProperties(formatProperties({ [key]: value, other }), "a file")).toEqual({ [key]: value, other });
    });
  });
});

describe("--override", () => {
  test("takes the first = as the separator", () => {
    expect(parseOverride("a.b=c=d")).toEqual({ key: "a.b", value: "c=d", origin: "--override" });
    expect(parseOverride(" a = ")).toMatchObject({ key: "a", value: "" });
  });

  test.each(["a", "=b", ""])("%j is refused", (argument) => {
    expect(() => parseOverride(argument)).toThrow(/^--override: expected key=value, got/);
  });
});
