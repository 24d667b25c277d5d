import { describe, expect, test } from "vitest";
import { mutationsOf } from "../../tools/verify/mutations.ts";

/** The changes to a function with this body, as "from → to". */
function changes(...lines: readonly string[]): string[] {
  const head = "/** @exercise 1.1 f */\nexport function f(a: number[], b: number): unknown {";
  const source = [head, ...lines, "}"].join("\n");
  return mutationsOf("f.ts", source).map(({ from, to }) => `${from} → ${to}`);
}

describe("changes", () => {
  test.each([
    ["operators", "return b < 5;", ["< → <=", "5 → 6", "5 → 4"]],
    ["a sum, and what is left of it", "return b + c;", ["+ → -", "b + c → b"]],
    ["both sides of a condition", "return b && c;", ["&& → ||", "b && c → b", "b && c → c"]],
    ["a default", "return b ?? c;", ["b ?? c → (b)!"]],
    ["negations and flags", "return !b === true;", ["=== → !==", "!b → b", "true → false"]],
    ["a choice", "return b ? c : d;", ["b ? c : d → c", "b ? c : d → d"]],
    ["bounds", "return Math.max(b, c);", ["max → min", "Math.max(b, c) → b", "Math.max(b, c) → c"]],
    ["some and every", "return a.some(g);", ["some → every"]],
    ["steps of a chain", "return a.filter(g);", ["a.filter(g) → a"]],
    ["statements", "g();", ["g(); → {}"]],
    ["early ends", "if (b) return;", ["b → (false as boolean)", "b → (true as boolean)", "return; → {}"]],
    ["loops", "while (b) { break; }", ["b → (false as boolean)", "break; → {}"]],
  ])("are made to %s", (_, body, expected) => {
    expect(changes(body)).toEqual(expected);
  });

  test("say where they are, and leave everything else as it was", () => {
    const source = "/** @exercise 1.1 f */\nexport function f(): number {\n  // why\n  return 0;\n}\n";
    expect(mutationsOf("f.ts", source)).toEqual([
      { file: "f.ts", exercise: "1.1 f", line: 4, from: "0", to: "1", text: source.replace("0;", "1;") },
    ]);
  });

  test("say whether they are in an exercise, a helper, or in what is given", () => {
    const source = [
      "/** @exercise 1.1 f */",
      "export function f(): boolean {",
      "  return true;",
      "}",
      "/** @solution */",
      "function g(): boolean {",
      "  return false;",
      "}",
      "function given(): boolean {",
      "  return true;",
      "}",
    ].join("\n");
    expect(mutationsOf("f.ts", source).map(({ exercise, line }) => [exercise, line])).toEqual([
      ["1.1 f", 3],
      ["helper", 7],
      ["given", 10],
    ]);
  });
});
