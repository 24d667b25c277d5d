import { describe, expect, test } from "vitest";
import { bytes, codeOf, text, type WithCoordination, withSessions } from "./support.ts";

/** Watches: they fire once, for what is their business, and in time. */
export function conformanceOfWatches(name: string, withCoordination: WithCoordination): void {
  const withTwo = withSessions(withCoordination);

  describe(`${name}: watches`, () => {
    /** Counts the calls of watches by name. */
    const counter = (): { calls: string[]; on: (name: string) => () => void } => {
      const calls: string[] = [];
      return { calls, on: (what) => () => calls.push(what) };
    };

    test("a data watch fires once when the node is made, set or deleted", () =>
      withTwo(async (a, b) => {
        const { calls, on } = counter();
        await a.watch("/n", "data", on("made"));
        await b.create("/n", bytes(""));
        await a.exists("/n");
        expect(calls).toEqual(["made"]);
        await a.watch("/n", "data", on("set"));
        await b.set("/n", bytes("1"));
        await b.set("/n", bytes("2"));
        await a.exists("/n");
        expect(calls).toEqual(["made", "set"]);
        await a.watch("/n", "data", on("deleted"));
        await b.delete("/n");
        await a.exists("/n");
        expect(calls).toEqual(["made", "set", "deleted"]);
      }));

    test("a children watch fires when a child comes or goes, and when the node itself does", () =>
      withTwo(async (a, b) => {
        const { calls, on } = counter();
        await a.watch("/p", "children", on("itself made"));
        await b.create("/p", bytes(""));
        await a.watch("/p", "children", on("child made"));
        await b.create("/p/c", bytes(""));
        await a.watch("/p", "children", on("child deleted"));
        await b.delete("/p/c");
        await a.watch("/p", "children", on("itself deleted"));
        await b.delete("/p");
        await a.exists("/p");
        expect(calls).toEqual(["itself made", "child made", "child deleted", "itself deleted"]);
      }));

    test("what is none of its business doesn't fire a watch", () =>
      withTwo(async (a, b) => {
        const { calls, on } = counter();
        await b.create("/p", bytes(""));
        await b.create("/p/c", bytes(""));
        await a.watch("/p", "data", on("data"));
        await a.watch("/p", "children", on("children"));
        await b.create("/p/c/grandchild", bytes(""));
        await b.set("/p/c", bytes("x"));
        await b.create("/other", bytes(""));
        await codeOf(b.set("/p", bytes(""), 7));
        await a.exists("/p");
        expect(calls).toEqual([]);
        await b.set("/p", bytes("x"));
        await a.exists("/p");
        expect(calls).toEqual(["data"]);
      }));

    test("a watch fires before its session is shown the change", () =>
      withTwo(async (a, b) => {
        await b.create("/n", bytes("old"));
        let fired = false;
        await a.watch("/n", "data", () => (fired = true));
        const seen: [string, boolean][] = [];
        const look = async (): Promise<void> => {
          seen.push([text((await a.get("/n"))?.data), fired]);
        };
        await Promise.all([look(), b.set("/n", bytes("new")), look(), look()]);
        await look();
        expect(seen.filter(([data, had]) => data === "new" && !had)).toEqual([]);
        expect(seen.at(-1)).toEqual(["new", true]);
      }));

    test("watch, then read: no change is missed", () =>
      withTwo(async (a, b) => {
        await a.create("/n", bytes("0"));
        const seen: string[] = [];
        const follow = async (): Promise<void> => {
          await a.watch("/n", "data", () => void follow());
          seen.push(text((await a.get("/n"))?.data));
        };
        await follow();
        for (let i = 1; i <= 20; i += 1) await b.set("/n", bytes(String(i)));
        for (let i = 0; i < 5; i += 1) await a.exists("/n");
        expect(seen.at(-1)).toBe("20");
        expect(seen).toEqual([...seen].sort((x, y) => Number(x) - Number(y)));
      }));

    test("every watch of a node fires, one a watch; one multi fires each once", () =>
      withTwo(async (a, b) => {
        const { calls, on } = counter();
        await a.watch("/n", "data", on("a1"));
        await a.watch("/n", "data", on("a2"));
        await b.watch("/n", "data", on("b"));
        await b.multi([
          { type: "create", path: "/n", data: bytes("") },
          { type: "set", path: "/n", data: bytes("1") },
          { type: "set", path: "/n", data: bytes("2") },
        ]);
        await a.exists("/n");
        expect([...calls].sort()).toEqual(["a1", "a2", "b"]);
      }));

    test("a multi that fails fires nothing", () =>
      withTwo(async (a, b) => {
        const { calls, on } = counter();
        await a.watch("/n", "data", on("never"));
        const multi = b.multi([
          { type: "create", path: "/n", data: bytes("") },
          { type: "check", path: "/no", expectedVersion: 0 },
        ]);
        expect(await codeOf(multi)).toBe("NO_NODE");
        await a.exists("/n");
        expect(calls).toEqual([]);
      }));

    test("the watches of a closed session are gone, before its ephemeral nodes are", () =>
      withTwo(async (a, b) => {
        const { calls, on } = counter();
        await a.watch("/n", "data", on("never"));
        await a.create("/e", bytes(""), { ephemeral: true });
        await a.watch("/e", "data", on("nor this"));
        await a.close();
        await b.create("/n", bytes(""));
        await b.exists("/n");
        expect(calls).toEqual([]);
      }));
  });
}
