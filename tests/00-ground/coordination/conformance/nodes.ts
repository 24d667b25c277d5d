import { describe, expect, test } from "vitest";
import { MAX_DATA_BYTES } from "#ground/coordination/paths";
import { bytes, codeOf, text, type WithCoordination, withSessions } from "./support.ts";

/** Nodes, their versions and children; sequential nodes; what is refused. */
export function conformanceOfNodes(name: string, withCoordination: WithCoordination): void {
  const withTwo = withSessions(withCoordination);

  describe(`${name}: nodes`, () => {
    test("a node is made once, under an existing parent", () =>
      withTwo(async (a, b) => {
        expect(await a.create("/app", bytes("x"))).toBe("/app");
        expect(await a.create("/app/sub", bytes("y"))).toBe("/app/sub");
        expect(text((await b.get("/app/sub"))?.data)).toBe("y");
        expect(await codeOf(b.create("/app", bytes("z")))).toBe("NODE_EXISTS");
        expect(await codeOf(b.create("/no/parent", bytes("")))).toBe("NO_NODE");
        expect(text((await b.get("/app"))?.data)).toBe("x");
      }));

    test("a node that isn't there is null, does not exist and has no children", () =>
      withTwo(async (a) => {
        expect(await a.get("/nothing")).toBeNull();
        expect(await a.exists("/nothing")).toBe(false);
        expect(await a.children("/nothing")).toEqual([]);
        expect(await codeOf(a.set("/nothing", bytes("")))).toBe("NO_NODE");
        expect(await codeOf(a.delete("/nothing"))).toBe("NO_NODE");
      }));

    test("the version counts the changes of the data, from 0 on", () =>
      withTwo(async (a, b) => {
        await a.create("/n", bytes("0"));
        expect((await a.get("/n"))?.version).toBe(0);
        expect(await b.set("/n", bytes("1"))).toBe(1);
        expect(await a.set("/n", bytes("2"), 1)).toBe(2);
        expect(await a.get("/n")).toMatchObject({ version: 2, owner: null });
        await a.delete("/n");
        await a.create("/n", bytes("again"));
        expect((await a.get("/n"))?.version).toBe(0);
      }));

    test("a change that expects another version is refused: compare and set", () =>
      withTwo(async (a, b) => {
        await a.create("/n", bytes("0"));
        await b.set("/n", bytes("b"), 0);
        expect(await codeOf(a.set("/n", bytes("a"), 0))).toBe("BAD_VERSION");
        expect(await codeOf(a.delete("/n", 0))).toBe("BAD_VERSION");
        expect(text((await a.get("/n"))?.data)).toBe("b");
        await a.delete("/n", 1);
        expect(await a.exists("/n")).toBe(false);
      }));

    test("a node with children can't be deleted", () =>
      withTwo(async (a) => {
        await a.create("/p", bytes(""));
        await a.create("/p/c", bytes(""));
        expect(await codeOf(a.delete("/p"))).toBe("NOT_EMPTY");
        await a.delete("/p/c");
        await a.delete("/p");
        expect(await a.exists("/p")).toBe(false);
      }));

    test("children come sorted by code units, names only", () =>
      withTwo(async (a) => {
        await a.create("/p", bytes(""));
        for (const child of ["b", "a10", "B", "a9", "é"]) await a.create(`/p/${child}`, bytes(""));
        await a.create("/p/b/deeper", bytes(""));
        expect(await a.children("/p")).toEqual(["B", "a10", "a9", "b", "é"]);
        expect(await a.children("/")).toContain("p");
      }));

    test("a later node has a larger czxid, also one of the same name", () =>
      withTwo(async (a) => {
        await a.create("/n", bytes(""));
        const first = (await a.get("/n"))!.czxid;
        await a.set("/n", bytes("x"));
        expect((await a.get("/n"))!.czxid).toBe(first);
        await a.delete("/n");
        await a.create("/n", bytes(""));
        expect((await a.get("/n"))!.czxid).toBeGreaterThan(first);
      }));

    test("data is copied on the way in and on the way out", () =>
      withTwo(async (a) => {
        const given = Buffer.from("abc");
        const made = a.create("/n", given);
        given.fill(0);
        await made;
        const got = (await a.get("/n"))!.data;
        expect(text(got)).toBe("abc");
        got.fill(0);
        expect(text((await a.get("/n"))!.data)).toBe("abc");
        const next = Buffer.from("def");
        const set = a.set("/n", next);
        next.fill(0);
        await set;
        expect(text((await a.get("/n"))!.data)).toBe("def");
      }));

    test.each(["", "a", "a/b", "/a/", "//", "/a//b", "/a/./b", "/a/..", "/a\u0000", "/\ud800", `/${"x".repeat(1024)}`])(
      "path %j is refused",
      (path) =>
        withTwo(async (a) => {
          expect(await codeOf(a.create(path, bytes("")))).toBe("BAD_ARGUMENTS");
          expect(await codeOf(a.get(path))).toBe("BAD_ARGUMENTS");
          expect(await codeOf(a.children(path))).toBe("BAD_ARGUMENTS");
          expect(await codeOf(a.watch(path, "data", () => {}))).toBe("BAD_ARGUMENTS");
        }),
    );

    test("the root can be neither made nor deleted", () =>
      withTwo(async (a) => {
        expect(await codeOf(a.create("/", bytes("")))).toBe("NODE_EXISTS");
        expect(await codeOf(a.delete("/"))).toBe("BAD_ARGUMENTS");
      }));

    test("too much data is refused", () =>
      withTwo(async (a) => {
        expect(await codeOf(a.create("/big", new Uint8Array(MAX_DATA_BYTES + 1)))).toBe("BAD_ARGUMENTS");
        expect(await a.exists("/big")).toBe(false);
      }));
  });

  describe(`${name}: sequential nodes`, () => {
    test("get the number of children that their parent has ever had", () =>
      withTwo(async (a, b) => {
        await a.create("/queue", bytes(""));
        expect(await a.create("/queue/n-", bytes(""), { sequential: true })).toBe("/queue/n-0000000000");
        expect(await b.create("/queue/n-", bytes(""), { sequential: true })).toBe("/queue/n-0000000001");
        await b.delete("/queue/n-0000000001");
        await b.create("/queue/other", bytes(""));
        expect(await b.create("/queue/m-", bytes(""), { sequential: true })).toBe("/queue/m-0000000003");
        expect(await a.create("/queue/", bytes(""), { sequential: true })).toBe("/queue/0000000004");
      }));
  });
}
