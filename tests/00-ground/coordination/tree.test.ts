import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CoordinationError, type Operation } from "#ground/coordination/coordination";
import { type Change, type Transaction, Tree } from "#ground/coordination/tree";
import { property } from "../../support/property.ts";

// ---- The model: the same rules, said as plainly as possible. The whole state is copied for each transaction.

interface ModelNode {
  data: string;
  version: number;
  czxid: number;
  owner: string | null;
  made: number;
}
type Model = { zxid: number; sessions: string[]; nodes: Record<string, ModelNode> };

const emptyModel = (): Model => ({ zxid: 0, sessions: [], nodes: { "/": newModelNode("", 0, null) } });
const newModelNode = (data: string, czxid: number, owner: string | null): ModelNode => {
  return { data, version: 0, czxid, owner, made: 0 };
};
const modelParent = (path: string): string => path.split("/").slice(0, -1).join("/") || "/";
const modelChildren = (model: Model, path: string): string[] => {
  return Object.keys(model.nodes).filter((other) => other !== "/" && modelParent(other) === path);
};

/** The next state and the results, or the code of the error. */
function modelApply(before: Model, transaction: Transaction): { model: Model; results: unknown[] } | string {
  const model = structuredClone(before);
  model.zxid += 1;
  const { nodes } = model;
  const { session } = transaction;
  if (transaction.type === "openSession") {
    model.sessions.push(session);
    return { model, results: [] };
  }
  if (!model.sessions.includes(session)) return "SESSION_EXPIRED";
  if (transaction.type === "closeSession") {
    model.sessions = model.sessions.filter((other) => other !== session);
    for (const path of Object.keys(nodes)) if (nodes[path]!.owner === session) delete nodes[path];
    return { model, results: [] };
  }
  const results: unknown[] = [];
  for (const step of transaction.steps) {
    if (step.type === "create") {
      const parent = nodes[modelParent(step.path)];
      if (parent === undefined) return "NO_NODE";
      if (parent.owner !== null) return "NO_CHILDREN_FOR_EPHEMERALS";
      const path = step.sequential === true ? step.path + `000000000${parent.made}`.slice(-10) : step.path;
      if (path in nodes) return "NODE_EXISTS";
      nodes[path] = newModelNode(String(step.data), model.zxid, step.ephemeral === true ? session : null);
      parent.made += 1;
      results.push(path);
      continue;
    }
    const node = nodes[step.path];
    if (node === undefined) return "NO_NODE";
    if (step.expectedVersion !== undefined && step.expectedVersion !== node.version) return "BAD_VERSION";
    if (step.type === "delete" && step.path === "/") return "BAD_ARGUMENTS";
    if (step.type === "delete" && modelChildren(model, step.path).length > 0) return "NOT_EMPTY";
    if (step.type === "delete") delete nodes[step.path];
    if (step.type === "set") Object.assign(node, { data: String(step.data), version: node.version + 1 });
    results.push(step.type === "set" ? node.version : undefined);
  }
  return { model, results };
}

// ---- Random transactions over few names, so that they meet.

const names = ["/a", "/b", "/a/x", "/a/y", "/b/x", "/a/x/deep"];
const path = fc.constantFrom(...names, "/");
const data = fc.uint8Array({ maxLength: 2 });
const expectedVersion = fc.option(fc.nat(2), { nil: undefined, freq: 2 });
const flag = fc.option(fc.boolean(), { nil: undefined });
const step: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant("create" as const), path, data, ephemeral: flag }) },
  fc.record({
    type: fc.constant("create" as const),
    path: fc.constantFrom("/", "/a/s-", "/b/"),
    data,
    sequential: fc.constant(true),
    ephemeral: flag,
  }),
  fc.record({ type: fc.constant("set" as const), path, data, expectedVersion }),
  fc.record({ type: fc.constant("delete" as const), path, expectedVersion }),
  fc.record({ type: fc.constant("check" as const), path, expectedVersion: fc.nat(2) }),
);
const session = fc.constantFrom("s1", "s2", "s3");
const transaction: fc.Arbitrary<Transaction> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant("operations" as const),
      session,
      steps: fc.oneof({ weight: 3, arbitrary: fc.tuple(step) }, fc.array(step, { maxLength: 5 })),
    }),
  },
  fc.record({ type: fc.constant("closeSession" as const), session }),
);
/** Sessions open again after they were closed: the model's sessions are only told apart by name. */
const history = fc.array(transaction, { minLength: 1, maxLength: 40 }).map((rest): Transaction[] => {
  const open = new Set<string>();
  return rest.flatMap((each): Transaction[] => {
    const isOpen = open.has(each.session);
    if (each.type === "closeSession") open.delete(each.session);
    else open.add(each.session);
    const { session: name } = each;
    const opening: Transaction = { type: "openSession", session: name, timeoutMs: 5 };
    return isOpen || each.type === "closeSession" ? [each] : [opening, each];
  });
});

/** All that the model knows of the tree, in the model's form. */
function stateOf(tree: Tree): Model {
  const { zxid, sessions, nodes } = tree.snapshot();
  const entries = nodes.map(({ path: at, data: bytes, childrenMade: made, ...node }) => {
    return [at, { ...node, data: String(bytes), made }] as const;
  });
  return { zxid, sessions: sessions.map(({ id }) => id).sort(), nodes: Object.fromEntries(entries) };
}

const sorted = (model: Model): Model => ({ ...model, sessions: [...model.sessions].sort() });

/** The watches that should fire, by comparing the two states. */
function expectedChanges(before: Model, after: Model): Set<string> {
  const paths = new Set([...Object.keys(before.nodes), ...Object.keys(after.nodes)]);
  const identity = (model: Model, at: string): string => {
    const node = model.nodes[at];
    return node === undefined ? "none" : `${node.czxid}/${node.version}`;
  };
  const childrenOf = (model: Model, at: string): string => {
    return modelChildren(model, at).map((child) => `${child} ${model.nodes[child]!.czxid}`).sort().join();
  };
  const changes = new Set<string>();
  for (const at of paths) {
    if (identity(before, at) !== identity(after, at)) changes.add(`data ${at}`);
    if (at in before.nodes !== at in after.nodes) changes.add(`children ${at}`);
    if (childrenOf(before, at) !== childrenOf(after, at)) changes.add(`children ${at}`);
  }
  return changes;
}

const asText = (changes: readonly Change[]): Set<string> => {
  return new Set(changes.map(({ kind, path: at }) => `${kind} ${at}`));
};

describe("Tree", () => {
  test("does what the model does, step by step", () => {
    property(
      [history],
      (transactions) => {
        const tree = new Tree();
        let model = emptyModel();
        for (const each of transactions) {
          const expected = modelApply(model, each);
          if (typeof expected === "string") {
            expect(() => tree.apply(each)).toThrow(expect.objectContaining({ code: expected }));
          } else {
            const { results, changes } = tree.apply(each);
            expect(results).toEqual(expected.results);
            // A transaction may also fire for what it undid itself, but never less than what is different now.
            const fired = asText(changes);
            expect([...expectedChanges(model, expected.model)].filter((change) => !fired.has(change))).toEqual([]);
            model = expected.model;
          }
          expect(stateOf(tree)).toEqual(sorted(model));
        }
        for (const at of Object.keys(model.nodes)) {
          const childNames = modelChildren(model, at).map((child) => child.slice(child.lastIndexOf("/") + 1));
          expect(tree.children(at)).toEqual(childNames.sort());
        }
      },
      { runs: 60 },
    );
  });

  test("a single step fires exactly the watches of what is different afterwards", () => {
    const isSingle = (each: Transaction): boolean => each.type !== "operations" || each.steps.length === 1;
    property([history], (transactions) => {
      const all = transactions.filter(isSingle);
      const tree = new Tree();
      for (const each of all) {
        const before = stateOf(tree);
        try {
          const { changes } = tree.apply(each);
          expect(asText(changes)).toEqual(expectedChanges(before, stateOf(tree)));
        } catch (error) {
          if (!(error instanceof CoordinationError)) throw error;
        }
      }
    }, { runs: 60 });
  });

  test("undo takes the last transaction back, whatever it was", () => {
    property([history], (transactions) => {
      const tree = new Tree();
      for (const each of transactions) {
        const before = stateOf(tree);
        try {
          tree.apply(each).undo();
          expect(stateOf(tree)).toEqual(before);
          tree.apply(each);
        } catch (error) {
          if (!(error instanceof CoordinationError)) throw error;
          expect(stateOf(tree)).toEqual(before);
        }
      }
    }, { runs: 60 });
  });

  test("a restored snapshot is the same tree, and goes on like it", () => {
    property([history, history], (first, second) => {
      const attempt = (tree: Tree, each: Transaction): unknown => {
        try {
          return tree.apply(each).results;
        } catch (error) {
          return error instanceof CoordinationError ? error.code : Promise.reject(error as Error);
        }
      };
      const tree = new Tree();
      for (const each of first) attempt(tree, each);
      const restored = Tree.restore(tree.snapshot());
      expect(stateOf(restored)).toEqual(stateOf(tree));
      for (const each of second) expect(attempt(restored, each)).toEqual(attempt(tree, each));
      expect(stateOf(restored)).toEqual(stateOf(tree));
    }, { runs: 60 });
  });
});
