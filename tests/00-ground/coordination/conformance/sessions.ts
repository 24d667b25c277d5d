import { describe, expect, test } from "vitest";
import { bytes, codeOf, text, TIMEOUT_MS, type WithCoordination, withSessions } from "./support.ts";

/** Sessions, ephemeral nodes, and the order of calls. */
export function conformanceOfSessions(name: string, withCoordination: WithCoordination): void {
  const withTwo = withSessions(withCoordination);

  describe(`${name}: sessions`, () => {
    test("an ephemeral node names its session, and goes when that is closed", () =>
      withTwo(async (a, b) => {
        await a.create("/ids", bytes(""));
        await a.create("/ids/1", bytes("a"), { ephemeral: true });
        expect((await b.get("/ids/1"))?.owner).toBe(a.id);
        expect(a.id).not.toBe(b.id);
        await a.close();
        expect(await b.children("/ids")).toEqual([]);
        expect(await b.exists("/ids")).toBe(true);
      }));

    test("an ephemeral node has no children, and can be set and deleted by others", () =>
      withTwo(async (a, b) => {
        await a.create("/e", bytes(""), { ephemeral: true });
        expect(await codeOf(a.create("/e/c", bytes("")))).toBe("NO_CHILDREN_FOR_EPHEMERALS");
        expect(await b.set("/e", bytes("b"))).toBe(1);
        await b.delete("/e");
        await b.create("/e", bytes("persistent"));
        await a.close();
        expect(await b.exists("/e")).toBe(true);
      }));

    test("a closed session refuses everything, and isn't told that it has expired", () =>
      withCoordination(async (fixture) => {
        const a = await fixture.client().coordination.connect(TIMEOUT_MS);
        let expired = 0;
        a.onExpired(() => (expired += 1));
        await a.close();
        await a.close();
        expect(await codeOf(a.get("/"))).toBe("SESSION_EXPIRED");
        expect(await codeOf(a.create("/n", bytes("")))).toBe("SESSION_EXPIRED");
        expect(await codeOf(a.multi([]))).toBe("SESSION_EXPIRED");
        expect(await codeOf(a.watch("/n", "data", () => {}))).toBe("SESSION_EXPIRED");
        await fixture.pass(2 * TIMEOUT_MS);
        expect(expired).toBe(0);
      }));

    test("an idle session lives as long as its holder does", () =>
      withCoordination(async (fixture) => {
        const a = await fixture.client().coordination.connect(TIMEOUT_MS);
        await a.create("/e", bytes(""), { ephemeral: true });
        await fixture.pass(3 * TIMEOUT_MS);
        expect(await a.exists("/e")).toBe(true);
      }));

    test("the session of a dead holder expires, not before its time-out, and its nodes go", () =>
      withCoordination(async (fixture) => {
        const mortal = fixture.client();
        const a = await mortal.coordination.connect(TIMEOUT_MS);
        const b = await fixture.client().coordination.connect(TIMEOUT_MS);
        await a.create("/e", bytes(""), { ephemeral: true });
        let fired = 0;
        await b.watch("/e", "data", () => (fired += 1));
        mortal.die();
        await fixture.pass(TIMEOUT_MS / 2);
        expect(await b.exists("/e")).toBe(true);
        expect(fired).toBe(0);
        await fixture.pass(2 * TIMEOUT_MS);
        expect(await b.exists("/e")).toBe(false);
        expect(fired).toBe(1);
      }));

    test.each([0, -1, Number.NaN, Infinity])("a time-out of %d is refused", (timeoutMs) =>
      withCoordination(async (fixture) => {
        expect(await codeOf(fixture.client().coordination.connect(timeoutMs))).toBe("BAD_ARGUMENTS");
      }),
    );
  });

  describe(`${name}: order`, () => {
    test("the calls of one session take effect, and are answered, in the order in which they were made", () =>
      withTwo(async (a) => {
        const answered: string[] = [];
        const call = async (what: string, promise: Promise<unknown>): Promise<void> => {
          await promise;
          answered.push(what);
        };
        await Promise.all([
          call("create", a.create("/n", bytes("0"))),
          call("get", a.get("/n").then((node) => expect(node?.version).toBe(0))),
          call("set", a.set("/n", bytes("1"), 0)),
          call("children", a.children("/")),
          call("delete", a.delete("/n", 1)),
          call("exists", a.exists("/n").then((exists) => expect(exists).toBe(false))),
        ]);
        expect(answered).toEqual(["create", "get", "set", "children", "delete", "exists"]);
      }));

    test("of several that make the same node, one succeeds: an election", () =>
      withCoordination(async (fixture) => {
        const candidates = await Promise.all(
          [1, 2, 3, 4].map(() => fixture.client().coordination.connect(TIMEOUT_MS)),
        );
        const codes = await Promise.all(
          candidates.map((each) => codeOf(each.create("/controller", bytes(each.id), { ephemeral: true }))),
        );
        expect(codes.filter((code) => code === "none")).toHaveLength(1);
        expect(codes.filter((code) => code === "NODE_EXISTS")).toHaveLength(3);
        const winner = candidates[codes.indexOf("none")]!;
        expect(text((await winner.get("/controller"))?.data)).toBe(winner.id);
      }));
  });
}
