import { describe, expect, test } from "vitest";
import { chapterOf } from "../../tools/course/chapters.ts";
import { checkNumbers, checkRules } from "../../tools/course/rules.ts";
import { exercisesIn } from "../../tools/course/exercises.ts";
import { stubFile, stubsOf } from "../../tools/course/stubs.ts";

const chapter = chapterOf("03-accumulator");

function complaints(source: string): string[] {
  return checkRules(chapter, new Map([["pool.ts", source]]));
}

describe("a stub", () => {
  test("has a throw for a body and everything else byte for byte", () => {
    const source = [
      'import { KafkaError } from "#ground/errors";',
      "",
      "/**",
      " * Doubles.  Odd   spacing stays.",
      " *",
      " * @exercise 3.1 double",
      " */",
      "export function double( value: number ): number {",
      "  return value * 2; // the answer",
      "}",
      "",
      "export const limit: number = 5;",
      "export function fail(): never {",
      '  throw new KafkaError("NONE");',
      "}",
      "",
    ].join("\n");
    expect(stubFile("pool.ts", source)).toBe(
      source
        .replace("{ KafkaError }", "{ KafkaError, NotImplementedError }")
        .replace("  return value * 2; // the answer", '  throw new NotImplementedError("3.1 double");'),
    );
  });

  test("keeps the indentation of a method, also of a private one", () => {
    const source = `export class Pool {
  /** @exercise 3.2 Pool.take */
  async take(): Promise<number> {
    return 1;
  }

  /** @exercise 3.3 Pool.#grow */
  #grow(): void {
    if (this.take) return;
  }
}
`;
    expect(stubFile("pool.ts", source)).toContain(`  async take(): Promise<number> {
    throw new NotImplementedError("3.2 Pool.take");
  }

  /** @exercise 3.3 Pool.#grow */
  #grow(): void {
    throw new NotImplementedError("3.3 Pool.#grow");
  }
}
`);
  });

  test("loses imports that only the bodies used, and keeps the others as they were written", () => {
    const source = `import { helper, other } from "./helper.ts";
import * as all from "./all.ts";
import { type Kept, gone, type AlsoKept } from "./types.ts";
import "./effect.ts";

/** @exercise 3.1 run */
export function run(a: Kept, b: AlsoKept): number {
  return helper(a) + all.count(b) + gone();
}
export const use: typeof other = other;
`;
    const stub = stubFile("pool.ts", source);
    expect(stub).toContain('import { other } from "./helper.ts";\n');
    expect(stub).toContain('import { type Kept, type AlsoKept } from "./types.ts";\n');
    expect(stub).toContain('import "./effect.ts";\n');
    expect(stub).not.toContain("all.ts");
    expect(stub).toContain('import { NotImplementedError } from "#ground/errors";\n');
  });

  test("loses the helpers that only the solution uses, with their comments and without gaps", () => {
    const source = `/** Text. @module */

const KEPT = 1;

// Why the table is so.
/** A table. @solution */
const TABLE = [1, 2, 3];

/** @exercise 3.1 run */
export function run(): number {
  return helper() + TABLE.length + KEPT;
}

/** @solution */
function helper(): number {
  return 1;
}

/** @solution */
interface Shape {
  readonly size: number;
}
`;
    expect(stubFile("pool.ts", source)).toBe(`/** Text. @module */
import { NotImplementedError } from "#ground/errors";

const KEPT = 1;

/** @exercise 3.1 run */
export function run(): number {
  throw new NotImplementedError("3.1 run");
}
`);
  });

  test("loses the helping members of a class", () => {
    const source = `export class Pool {
  /** @exercise 3.1 Pool.take */
  take(): number {
    return this.#a() + this.#b;
  }

  /** @solution */
  #a(): number {
    return 1;
  }

  /** @solution */
  readonly #b: number = 2;
}
`;
    expect(stubFile("pool.ts", source)).toBe(`import { NotImplementedError } from "#ground/errors";

export class Pool {
  /** @exercise 3.1 Pool.take */
  take(): number {
    throw new NotImplementedError("3.1 Pool.take");
  }
}
`);
  });

  test("of a file without exercises is that file", () => {
    const source = 'import { unused } from "./x.ts";\nexport const a = 1;\n';
    expect(stubFile("a.ts", source)).toBe(source);
  });

  test("of some exercises leaves the others written, and the helpers there", () => {
    const source = `/** @exercise 3.1 one */
export function one(): number {
  return help();
}
/** @exercise 3.2 two */
export function two(): number {
  return help();
}
/** @solution */
function help(): number {
  return 1;
}
`;
    const stub = stubsOf(new Map([["a.ts", source]]), (title) => title === "3.2 two").get("a.ts")!;
    expect(stub.match(/return help\(\)/g)).toHaveLength(1);
    expect(stub).toContain('NotImplementedError("3.2 two")');
    expect(stub).toContain("function help(): number");
  });

  test("with overloads is made from the implementation", () => {
    const source = `export function get(key: string): string;
export function get(key: number): number;
/** @exercise 3.1 get */
export function get(key: string | number): string | number {
  return key;
}
`;
    expect(complaints(source)).toEqual([]);
    expect(stubFile("a.ts", source)).toContain('throw new NotImplementedError("3.1 get")');
  });
});

describe("the rules refuse, with file and line,", () => {
  const member = (title: string, code: string): string => `class A {\n  /** @exercise ${title} */\n  ${code}\n}`;
  const top = (title: string, code: string): string => `/** @exercise ${title} */\n${code}`;

  test.each([
    ["a constructor", member("3.1 A", "constructor() {}"), "pool.ts:3", "is a constructor"],
    ["a getter", member("3.1 A.b", "get b(): number { return 1; }"), "pool.ts:3", "is a getter"],
    ["a field", member("3.1 A.b", "b = (): number => 1;"), "pool.ts:3", "is a field"],
    ["toString", member("3.1 A.toString", "toString(): string { return ''; }"), "pool.ts:3", "printers"],
    ["a variable", top("3.1 f", "export const f = (): number => 1;"), "pool.ts:2", "is a variable"],
    ["no return type", top("3.1 f", "export function f() { return 1; }"), "pool.ts:2", "explicit return type"],
    ["a number of another chapter", top("4.1 f", "export function f(): void {}"), "pool.ts:2", "chapter 3"],
    ["no name", top("3.1", "export function f(): void {}"), "pool.ts:2", "@exercise 3.1 functionName"],
    ["an overload's signature", top("3.1 f", "export function f(): void;"), "pool.ts:2", "has no body"],
  ])("%s", (_, source, place, text) => {
    const [first] = complaints(source);
    expect(first).toContain(`solutions/03-accumulator/${place}: `);
    expect(first).toContain(text);
  });

  test("the same title twice", () => {
    const twice = "/** @exercise 3.1 f */\nexport function f(): void {}\n";
    expect(complaints(twice + twice.replace("function f", "function g"))[0]).toMatch(/pool\.ts:4: "3\.1 f" is also/);
  });

  test.each([
    ["a call at the top", "export const x = f();"],
    ["a call in a static field", "export class A {\n  static readonly x = f();\n}"],
    ["a call in an argument at the top", "export const x = [1, 2].concat(f());"],
  ])("%s of a module", (_, code) => {
    const source = `/** @exercise 3.1 f */\nexport function f(): number {\n  return 1;\n}\n${code}\n`;
    expect(complaints(source)[0]).toMatch(/pool\.ts:[56]: "3\.1 f" is called while the module loads/);
  });

  test("but not calls that wait for a call", () => {
    const source = `/** @exercise 3.1 f */\nexport function f(): number {\n  return 1;\n}
export const later = (): number => f();
export class A {\n  readonly x = f();\n}\n`;
    expect(complaints(source)).toEqual([]);
  });

  test.each([
    ["a statement", "function f(): void {\n  // @exercise 3.1 f\n  f();\n}\n"],
    ["a helper that stubs lose", "/** @solution */\nclass A {\n  /** @exercise 3.1 A.f */\n  f(): void {}\n}\n"],
  ])("a tag before %s", (_, source) => {
    expect(complaints(source)[0]).toMatch(/pool\.ts:\d: "@exercise 3\.1 (A\.)?f" does not stand before a function/);
  });

  test("a gap in the numbers", () => {
    const source = "/** @exercise 3.1 f */\nfunction f(): void {}\n/** @exercise 3.3 g */\nfunction g(): void {}\n";
    expect(checkNumbers(chapter, exercisesIn(source, "pool.ts"))[0]).toContain("there is 3.3 but no 3.2");
  });
});

test("exercises are found with the line of their declaration", () => {
  const source = "/**\n * Text.\n *\n * @exercise 3.10 BufferPool.allocate\n * @returns x\n */\nfunction f() {}\n";
  expect(exercisesIn(source, "a.ts")).toEqual([
    { number: "3.10", name: "BufferPool.allocate", title: "3.10 BufferPool.allocate", file: "a.ts", line: 7 },
  ]);
});
