/**
 * No ambient APIs: time, timers, randomness, network, disk and locale come from the injected runtime, or a simulation
 * would not repeat. Only the node runtime itself and the process mains may touch them.
 *
 * @module
 */
import ts from "typescript";
import { complaint, isAllowed, isCourseCode, type Source } from "./source.ts";

const MAY_TOUCH_ALL = /^chapters\/(00-ground\/node\/|20-cluster\/main[^/]*\.ts$)/;
const ALLOWED_MODULES = new Set(["node:buffer", "node:util", "node:zlib"]);
const GLOBALS = new Set([
  "process", "performance", "crypto", "fetch", "console", "Intl", "queueMicrotask", "globalThis", "global",
  "setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate", "require",
]);
const PROPERTIES: Record<string, readonly string[]> = { Date: ["now"], Math: ["random"] };
const METHODS = /^(localeCompare|toLocale[A-Z]\w*)$/;

/** Complaints about ambient APIs in course code. */
export function checkAmbient(sources: readonly Source[]): string[] {
  return sources.filter(({ path }) => isCourseCode(path) && !MAY_TOUCH_ALL.test(path)).flatMap(checkFile);
}

function checkFile(source: Source): string[] {
  const declared = declaredNames(source.tree);
  const complaints: string[] = [];
  const visit = (node: ts.Node): void => {
    const what = ambientUse(node, declared);
    if (what !== null && !isAllowed(source, node)) {
      complaints.push(complaint(source, node, `${what}: take it from the injected runtime`));
    }
    ts.forEachChild(node, visit);
  };
  visit(source.tree);
  return complaints;
}

function ambientUse(node: ts.Node, declared: ReadonlySet<string>): string | null {
  if (ts.isImportDeclaration(node)) return ambientImport(node);
  if (ts.isNewExpression(node) && node.expression.getText() === "Date" && (node.arguments ?? []).length === 0) {
    return "new Date()";
  }
  if (ts.isPropertyAccessExpression(node)) {
    const [object, name] = [node.expression.getText(), node.name.text];
    if (PROPERTIES[object]?.includes(name) === true) return `${object}.${name}`;
    if (object === "zlib" && !name.endsWith("Sync") && name !== "constants") return `zlib.${name}`;
    return METHODS.test(name) ? name : null;
  }
  if (!ts.isIdentifier(node) || !GLOBALS.has(node.text) || declared.has(node.text)) return null;
  return isValueUse(node) ? node.text : null;
}

function ambientImport(node: ts.ImportDeclaration): string | null {
  const name = (node.moduleSpecifier as ts.StringLiteral).text;
  const clause = node.importClause;
  if (!name.startsWith("node:") || clause?.phaseModifier === ts.SyntaxKind.TypeKeyword) return null;
  if (!ALLOWED_MODULES.has(name)) return `import of ${name}`;
  const named = clause?.namedBindings;
  if (name !== "node:zlib" || named === undefined || !ts.isNamedImports(named)) return null;
  const async = named.elements.find(({ name: { text } }) => !/Sync$|^constants$/.test(text));
  return async === undefined || async.isTypeOnly ? null : `${async.name.text} of node:zlib`;
}

/** Whether an identifier is read as a variable: not a property's name, a type or a label. */
function isValueUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent) || ts.isPropertyDeclaration(parent)) {
    return (parent as { name?: ts.Node }).name !== node;
  }
  const namesOnly = ts.isPropertySignature(parent) || ts.isMethodSignature(parent) || ts.isQualifiedName(parent);
  return !namesOnly && !isInType(node);
}

function isInType(node: ts.Node): boolean {
  return ts.isTypeNode(node.parent) || ts.isTypeQueryNode(node.parent) || ts.isJSDoc(node.parent) || isInJsDoc(node);
}

function isInJsDoc(node: ts.Node): boolean {
  for (let at: ts.Node | undefined = node; at !== undefined; at = at.parent) if (ts.isJSDoc(at)) return true;
  return false;
}

/** All names that a file declares somewhere: a parameter called `process` is not the global. */
function declaredNames(tree: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const isDeclaration =
      ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isFunctionDeclaration(node) ||
      ts.isImportSpecifier(node) || ts.isBindingElement(node) || ts.isClassDeclaration(node);
    if (isDeclaration && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return names;
}
