import { describe, expect, test } from "vitest";
import { type Operation } from "#ground/coordination/coordination";
import {
  MAX_DATA_BYTES,
  MAX_STEPS,
  nameOf,
  parentOf,
  sequentialPath,
  validateOperations,
} from "#ground/coordination/paths";
import { WatchTable } from "#ground/coordination/watches";

const BAD = expect.objectContaining({ code: "BAD_ARGUMENTS" });
const data = new Uint8Array(0);

describe("paths", () => {
  test("have a parent and a name", () => {
    expect([parentOf("/a/b"), nameOf("/a/b")]).toEqual(["/a", "b"]);
    expect([parentOf("/a"), nameOf("/a")]).toEqual(["/", "a"]);
    expect(parentOf("/a/")).toBe("/a");
  });

  test("of sequential nodes sort as their numbers do", () => {
    expect(sequentialPath("/q/n-", 42)).toBe("/q/n-0000000042");
    expect(sequentialPath("/q/n-", 9) < sequentialPath("/q/n-", 10)).toBe(true);
  });
});

describe("validateOperations", () => {
  test("limits the steps of a multi", () => {
    const check: Operation = { type: "check", path: "/", expectedVersion: 0 };
    validateOperations(Array.from({ length: MAX_STEPS }, () => check));
    expect(() => validateOperations(Array.from({ length: MAX_STEPS + 1 }, () => check))).toThrow(BAD);
  });

  test("limits the data of all steps together", () => {
    const half: Operation = { type: "set", path: "/", data: new Uint8Array((MAX_DATA_BYTES + 1) / 2) };
    validateOperations([half]);
    expect(() => validateOperations([half, half])).toThrow(BAD);
  });

  test.each([-1, 0.5, Number.NaN, Infinity])("refuses version %d", (expectedVersion) => {
    expect(() => validateOperations([{ type: "delete", path: "/a", expectedVersion }])).toThrow(BAD);
  });

  test("looks at the path of a sequential node with its digits", () => {
    validateOperations([{ type: "create", path: "/a/", data, sequential: true }]);
    expect(() => validateOperations([{ type: "create", path: "/a/", data }])).toThrow(BAD);
    const long = `/${"x".repeat(1020)}`;
    expect(() => validateOperations([{ type: "create", path: long, data, sequential: true }])).toThrow(BAD);
  });
});

describe("WatchTable", () => {
  test("keeps nothing of a session that has ended, nor of a watch that has fired", () => {
    const table = new WatchTable();
    const once = (): void => {};
    table.add("/a", "data", { session: "1", once });
    table.add("/a", "data", { session: "2", once });
    table.add("/b", "children", { session: "2", once });
    table.dropSession("2");
    expect(table.size).toBe(1);
    expect(table.take([{ path: "/a", kind: "data" }])).toEqual([{ session: "1", once }]);
    expect(table.size).toBe(0);
  });
});
