/**
 * The rule of direction: a chapter imports only lower-numbered chapters, 00 none; a test of chapter N nothing above
 * N. Across chapters by `#name`, inside one by a relative path with `.ts`.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, posix } from "node:path";
import ts from "typescript";
import { complaint, type Source } from "./source.ts";

/** tests/support is built on these chapters. */
const SUPPORT_LEVEL = 1;

/** What package.json says of names and packages. */
interface Packages {
  /** `log` → 5, from the imports map. */
  readonly chapterOfName: ReadonlyMap<string, number>;
  /** Packages that a user's install has. */
  readonly dependencies: ReadonlySet<string>;
}

/** Complaints about imports. */
export function checkDirection(root: string, sources: readonly Source[]): string[] {
  const packages = readPackages(root);
  return sources.flatMap((source) => {
    const level = levelOf(source.path);
    return importsOf(source).flatMap(({ node, specifier }) => {
      const why = problemOf(source.path, specifier, level, packages);
      return why === null ? [] : [complaint(source, node, `import of "${specifier}": ${why}`)];
    });
  });
}

function readPackages(root: string): Packages {
  const { imports, dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    imports: Record<string, string | { default: string }>;
    dependencies: Record<string, string>;
  };
  const chapterOfName = new Map<string, number>();
  for (const [name, target] of Object.entries(imports)) {
    const path = typeof target === "string" ? target : target.default;
    const number = /^\.\/chapters\/(\d\d)-/.exec(path)?.[1];
    if (number !== undefined) chapterOfName.set(name.replace(/^#|\/\*$/g, ""), Number(number));
  }
  return { chapterOfName, dependencies: new Set(Object.keys(dependencies)) };
}

/** The number above which nothing may be imported; null where anything may. */
function levelOf(path: string): { number: number; strict: boolean } | null {
  if (path.startsWith("tests/support/")) return { number: SUPPORT_LEVEL, strict: false };
  const number = /^(?:solutions|chapters|tests)\/(\d\d)-/.exec(path)?.[1];
  if (number === undefined) return null;
  return { number: Number(number), strict: !path.startsWith("tests/") };
}

function importsOf({ tree }: Source): { node: ts.Node; specifier: string }[] {
  const found: { node: ts.Node; specifier: string }[] = [];
  const visit = (node: ts.Node): void => {
    const specifier =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
            ? node.argument.literal
            : undefined;
    if (specifier !== undefined && ts.isStringLiteral(specifier)) found.push({ node, specifier: specifier.text });
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function problemOf(
  path: string,
  specifier: string,
  level: { number: number; strict: boolean } | null,
  { chapterOfName, dependencies }: Packages,
): string | null {
  if (specifier.startsWith("#")) {
    const chapter = chapterOfName.get(specifier.slice(1).split("/")[0]!);
    if (chapter === undefined) return "no such name in package.json";
    if (level === null) return null;
    const own = level.strict && chapter === level.number && chapter !== 0;
    if (own && isGiven(path) === /^#\w+(\/given\/|$)/.test(specifier)) {
      return "inside a folder use a relative path";
    }
    return chapter <= level.number ? null : `chapter ${chapter} is above chapter ${level.number}`;
  }
  if (specifier.startsWith(".")) return relativeProblem(path, specifier);
  if (level?.strict !== true || isBuiltin(specifier)) return null;
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  return dependencies.has(name) ? null : "not among the dependencies in package.json";
}

/** Whether a file is one of those of a chapter that hold no exercise. */
function isGiven(path: string): boolean {
  return /^chapters\/\d\d-[^/]+\/given\//.test(path);
}

function relativeProblem(path: string, specifier: string): string | null {
  if (!/\.(ts|json|cjs|mjs)$/.test(specifier)) return "relative imports end in .ts";
  const target = posix.normalize(posix.join(dirname(path), specifier));
  const folder = (of: string): string => of.split("/").slice(0, isGiven(of) ? 3 : 2).join("/");
  if (folder(target) === folder(path)) return null;
  if (path.startsWith("tests/")) {
    if (/^tests\/(support|golden)\//.test(target) || path.startsWith("tests/e2e/")) return null;
    if (path.startsWith("tests/tools/") && target.startsWith("tools/")) return null;
    const [from, to] = [path, target].map((one) => /^tests\/(\d\d)-/.exec(one)?.[1]);
    const isBelow = from !== undefined && to !== undefined && to < from;
    return isBelow ? null : "tests import #names, tests/support, tests/golden and helpers of lower chapters' tests";
  }
  // Demos and the simulation play with the same simulated cluster as the tests of the whole.
  if (path.startsWith("tools/")) return /^(tools|tests\/(support|20-cluster))\//.test(target) ? null : "use a #name";
  return "across folders use a #name";
}
