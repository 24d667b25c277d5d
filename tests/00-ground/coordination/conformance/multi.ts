import { describe, expect, test } from "vitest";
import { type CoordinationErrorCode, type Operation } from "#ground/coordination/coordination";
import { bytes, codeOf, text, type WithCoordination, withSessions } from "./support.ts";

/** Several steps as one change. */
export function conformanceOfMulti(name: string, withCoordination: WithCoordination): void {
  const withTwo = withSessions(withCoordination);

  describe(`${name}: multi`, () => {
    const create = (path: string): Operation => ({ type: "create", path, data: bytes("") });

    test("does all steps, each on what those before it left", () =>
      withTwo(async (a) => {
        await a.create("/n", bytes(""));
        const results = await a.multi([
          { type: "check", path: "/n", expectedVersion: 0 },
          { type: "set", path: "/n", data: bytes("1"), expectedVersion: 0 },
          { type: "check", path: "/n", expectedVersion: 1 },
          { type: "create", path: "/m", data: bytes("") },
          { type: "create", path: "/m/s-", data: bytes(""), sequential: true },
          { type: "delete", path: "/n", expectedVersion: 1 },
        ]);
        expect(results).toEqual([undefined, 1, undefined, "/m", "/m/s-0000000000", undefined]);
        expect(await a.children("/m")).toEqual(["s-0000000000"]);
        expect(await a.exists("/n")).toBe(false);
      }));

    test("of no steps does nothing", () =>
      withTwo(async (a) => {
        expect(await a.multi([])).toEqual([]);
      }));

    const failing: [string, Operation, CoordinationErrorCode][] = [
      ["a check of a node that isn't there", { type: "check", path: "/no", expectedVersion: 0 }, "NO_NODE"],
      ["a check of another version", { type: "check", path: "/n", expectedVersion: 7 }, "BAD_VERSION"],
      ["a set", { type: "set", path: "/n", data: bytes(""), expectedVersion: 7 }, "BAD_VERSION"],
      ["a create", create("/n"), "NODE_EXISTS"],
      ["a create without a parent", create("/no/parent"), "NO_NODE"],
      ["a delete", { type: "delete", path: "/p" }, "NOT_EMPTY"],
    ];
    test.each(failing)("does nothing when the last step fails: %s", (_, step, code) =>
      withTwo(async (a) => {
        await a.create("/n", bytes("old"));
        await a.create("/p", bytes(""));
        await a.create("/p/c", bytes(""));
        const before = [await a.get("/n"), await a.children("/"), await a.children("/p")];
        const multi = a.multi([
          create("/new"),
          create("/new/child"),
          { type: "set", path: "/n", data: bytes("new") },
          { type: "create", path: "/p/s-", data: bytes(""), sequential: true, ephemeral: true },
          { type: "delete", path: "/new/child" },
          step,
        ]);
        await expect(multi).rejects.toMatchObject({ name: `CoordinationError [${code}]`, code, step: 5 });
        expect([await a.get("/n"), await a.children("/"), await a.children("/p")]).toEqual(before);
        // Nor is a sequence number used up.
        expect(await a.create("/p/s-", bytes(""), { sequential: true })).toBe("/p/s-0000000001");
      }),
    );

    test("is one change: a check of the controller's epoch fences off an old controller", () =>
      withTwo(async (a, b) => {
        await a.create("/controller_epoch", bytes("1"));
        await a.create("/state", bytes("a"));
        await b.set("/controller_epoch", bytes("2"), 0);
        const late = a.multi([
          { type: "check", path: "/controller_epoch", expectedVersion: 0 },
          { type: "set", path: "/state", data: bytes("late") },
        ]);
        expect(await codeOf(late)).toBe("BAD_VERSION");
        expect(text((await b.get("/state"))?.data)).toBe("a");
      }));
  });
}
