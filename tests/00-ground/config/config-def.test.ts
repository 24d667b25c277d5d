import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { type ConfigKey, define, parseConfig } from "#ground/config/config-def";
import { formatValue, INT_MAX, LONG_MAX, Password } from "#ground/config/config-value";
import { KafkaError } from "#ground/errors";

const DEF = define({
  name: { type: "string", doc: "" },
  count: { type: "int", default: 1, min: 1, doc: "" },
  limit: { type: "long", default: LONG_MAX, doc: "" },
  port: { type: "short", default: null, min: 0, max: 9999, doc: "" },
  ratio: { type: "double", default: 0.5, min: 0, max: 1, doc: "" },
  enable: { type: "boolean", default: false, doc: "" },
  mode: { type: "string", default: "fast", oneOf: ["fast", "safe"], doc: "" },
  policies: { type: "list", default: [], oneOf: ["compact", "delete"], doc: "" },
  codec: { type: "class", default: null, doc: "" },
  secret: { type: "password", default: null, doc: "" },
  even: { type: "int", default: 0, rule: { expects: "an even int", holds: (n: number) => n % 2 === 0 }, doc: "" },
});

/** The error of a parse, or undefined. */
function refusal(input: Parameters<typeof parseConfig>[1], source?: string): KafkaError | undefined {
  try {
    parseConfig(DEF, input, source === undefined ? {} : { source });
  } catch (error) {
    if (error instanceof KafkaError) return error;
    throw error;
  }
}

describe("values", () => {
  test("what isn't given has its default, and is not explicit", () => {
    const { values, explicit } = parseConfig(DEF, { name: "a", count: 5 });
    expect(values).toMatchObject({ name: "a", count: 5, ratio: 0.5, enable: false, mode: "fast", port: null });
    expect([...explicit]).toEqual(["name", "count"]);
  });

  test("text is turned into the type of the key, blanks around it dropped", () => {
    const text = {
      name: " a b ",
      count: " +12 ",
      limit: "9223372036854775807",
      port: "0",
      ratio: "1e-1",
      enable: "TRUE",
      mode: "safe",
      policies: "compact , delete",
    };
    expect(parseConfig(DEF, text).values).toMatchObject({
      name: "a b",
      count: 12,
      limit: LONG_MAX,
      port: 0,
      ratio: 0.1,
      enable: true,
      mode: "safe",
      policies: ["compact", "delete"],
    });
  });

  test("values of the right type are taken as they are", () => {
    class Codec {}
    const given = { name: "a", limit: LONG_MAX, enable: true, policies: ["delete"], codec: Codec };
    expect(parseConfig(DEF, given).values).toMatchObject(given);
  });

  test("undefined is as if the key weren't there; null only fits where null is the default", () => {
    const { values } = parseConfig(DEF, { name: "a", count: undefined, port: null });
    expect(values).toMatchObject({ count: 1, port: null });
    expect(refusal({ name: "a", count: null })?.message).toBe("count: expected an int of at least 1, got null");
  });

  test("of a key that is given twice, the later one counts", () => {
    const list = [
      { key: "name", value: "file", origin: "server.properties line 1" },
      { key: "name", value: "mine", origin: "--override" },
    ];
    expect(parseConfig(DEF, list).values.name).toBe("mine");
  });

  test("the limits of the number types are exact", () => {
    const fits = (input: Record<string, unknown>): boolean => refusal({ name: "a", ...input }) === undefined;
    expect(fits({ count: INT_MAX })).toBe(true);
    expect(fits({ count: INT_MAX + 1 })).toBe(false);
    expect(fits({ even: "-2147483648" })).toBe(true);
    expect(fits({ even: "-2147483650" })).toBe(false);
    expect(fits({ limit: "-9223372036854775808" })).toBe(true);
    expect(fits({ limit: "9223372036854775808" })).toBe(false);
    expect(fits({ limit: 2 ** 64 })).toBe(false);
    expect(fits({ ratio: 1.0001 })).toBe(false);
  });
});

describe("what doesn't fit is refused", () => {
  test.each([
    [{ count: "zero" }, 'count: expected an int of at least 1, got "zero" (server.properties line 7)'],
    [{ count: "0" }, 'count: expected an int of at least 1, got "0" (server.properties line 7)'],
    [{ count: "" }, 'count: expected an int of at least 1, got "" (server.properties line 7)'],
    [{ count: "1_000" }, 'count: expected an int of at least 1, got "1_000" (server.properties line 7)'],
    [{ count: "0x10" }, 'count: expected an int of at least 1, got "0x10" (server.properties line 7)'],
    [{ count: 1.5 }, "count: expected an int of at least 1, got 1.5 (server.properties line 7)"],
    [{ count: Number.NaN }, "count: expected an int of at least 1, got NaN (server.properties line 7)"],
    [{ count: {} }, "count: expected an int of at least 1, got an object (server.properties line 7)"],
    [{ port: 10_000 }, "port: expected a short from 0 to 9999, got 10000 (server.properties line 7)"],
    [{ ratio: "half" }, 'ratio: expected a double from 0 to 1, got "half" (server.properties line 7)'],
    [{ ratio: "" }, 'ratio: expected a double from 0 to 1, got "" (server.properties line 7)'],
    [{ enable: "yes" }, 'enable: expected true or false, got "yes" (server.properties line 7)'],
    [{ enable: "constructor" }, 'enable: expected true or false, got "constructor" (server.properties line 7)'],
    [{ mode: "Safe" }, 'mode: expected one of fast, safe, got "Safe" (server.properties line 7)'],
    [
      { policies: "delete,keep" },
      'policies: expected a list of compact, delete, got "delete,keep" (server.properties line 7)',
    ],
    [{ even: 3 }, "even: expected an even int, got 3 (server.properties line 7)"],
    [
      { codec: "" },
      'codec: expected the name of a component, its class or an instance, got "" (server.properties line 7)',
    ],
  ])("%j", (input, message) => {
    const error = refusal({ name: "a", ...input }, "server.properties line 7");
    expect(error?.code).toBe("INVALID_CONFIG");
    expect(error?.message).toBe(message);
  });

  test("all problems come in one error", () => {
    const problems = [
      { key: "count", value: "x", origin: "server.properties line 2" },
      { key: "mode", value: "slow", origin: "--override" },
    ];
    expect(refusal(problems)?.message).toBe(
      "The configuration has 3 problems:\n" +
        "  name: expected a string, but the key is missing\n" +
        '  count: expected an int of at least 1, got "x" (server.properties line 2)\n' +
        '  mode: expected one of fast, safe, got "slow" (--override)',
    );
  });

  test("a long value is shown cut short", () => {
    expect(refusal({ name: "a", count: "9".repeat(5000) })?.message).toHaveLength(125);
  });
});

describe("unknown keys", () => {
  test("are a warning that names the closest known key", () => {
    const { warnings, others } = parseConfig(DEF, [
      { key: "name", value: "a" },
      { key: "polices", value: "delete", origin: "server.properties line 3" },
    ]);
    expect(warnings).toEqual(["Unknown key polices (server.properties line 3). Did you mean policies?"]);
    expect(others).toEqual({ polices: "delete" });
  });

  test("are not guessed wildly", () => {
    expect(parseConfig(DEF, { name: "a", "something.else": 1 }).warnings).toEqual(["Unknown key something.else."]);
  });

  test("of components pass without a warning, with their values", () => {
    const passUnknown = (key: string): boolean => key.startsWith("my.serializer.");
    const parsed = parseConfig(DEF, { name: "a", "my.serializer.indent": 2, cuont: 3 }, { passUnknown });
    expect(parsed.warnings).toEqual(["Unknown key cuont. Did you mean count?"]);
    expect(parsed.others).toEqual({ "my.serializer.indent": 2, cuont: 3 });
  });

  test("may have the names of Object's methods", () => {
    const given = JSON.parse('{"name":"a","constructor":1,"__proto__":2}') as Record<string, unknown>;
    const parsed = parseConfig(DEF, given);
    expect(parsed.warnings).toHaveLength(2);
    expect(Object.keys(parsed.others)).toEqual(["constructor", "__proto__"]);
  });
});

describe("secrets", () => {
  test("show themselves nowhere", () => {
    const { secret } = parseConfig(DEF, { name: "a", secret: "hunter2" }).values;
    expect(secret?.value).toBe("hunter2");
    const texts = [String(secret), JSON.stringify({ secret }), inspect({ secret }), formatValue("password", secret)];
    expect(texts.join()).not.toContain("hunter2");
    expect(parseConfig(DEF, { name: "a", secret: new Password("x") }).values.secret?.value).toBe("x");
  });

  test("are not in the error when they are ill-typed, and no unknown key's value is in a warning", () => {
    expect(refusal({ name: "a", secret: 123_456 })?.message).toBe("secret: expected a password, got [hidden]");
    expect(parseConfig(DEF, { name: "a", secrt: "hunter2" }).warnings.join()).not.toContain("hunter2");
  });
});

describe("the text of values is Java's", () => {
  test.each<[ConfigKey["type"], unknown, string | null]>([
    ["long", LONG_MAX, "9223372036854775807"],
    ["long", 604_800_000, "604800000"],
    ["long", -1, "-1"],
    ["int", 14, "14"],
    ["double", 0.5, "0.5"],
    ["double", 1, "1.0"],
    ["double", 0, "0.0"],
    ["double", 9_999_999, "9999999.0"],
    ["double", 1e7, "1.0E7"],
    ["double", 0.0001, "1.0E-4"],
    ["double", Number.MAX_VALUE, "1.7976931348623157E308"],
    ["boolean", true, "true"],
    ["list", ["compact", "delete"], "compact,delete"],
    ["list", [], ""],
    ["string", null, null],
    ["class", KafkaError, "KafkaError"],
  ])("%s %s", (type, value, text) => {
    expect(formatValue(type, value)).toBe(text);
  });
});
