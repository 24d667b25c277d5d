/**
 * Small changes to the reference, as careless people and mutation testing make them: another operator, a condition
 * that always holds, a statement that is missing. A change that no test notices is either no mistake or a hole in the
 * tests.
 *
 * @module
 */
import ts from "typescript";
import { applySplices, type Splice } from "../course/splice.ts";
import { findTags } from "../course/tagged.ts";

/** One change to one file of a reference. */
export interface Mutation {
  readonly file: string;
  /** The exercise in whose body it is; "helper": in a function that only the solution needs; "given": elsewhere. */
  readonly exercise: string;
  readonly line: number;
  /** What stood there, and what stands there now. */
  readonly from: string;
  readonly to: string;
  /** The whole file with the change. */
  readonly text: string;
}

/** Operators, and those that are taken for them. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  "<": ["<="],
  "<=": ["<"],
  ">": [">="],
  ">=": [">"],
  "===": ["!=="],
  "!==": ["==="],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "&&": ["||"],
  "||": ["&&"],
  "+=": ["-=", "="],
  "-=": ["+="],
  ">>": [">>>"],
  ">>>": [">>"],
};
/** Functions and methods, and those that are taken for them. */
const FUNCTIONS: Readonly<Record<string, string>> = { max: "min", min: "max", some: "every", every: "some" };
/** Methods that can be forgotten. */
const OPTIONAL: ReadonlySet<string> = new Set(["filter", "sort", "reverse", "slice"]);
/** The compiler refuses a `;` after a condition. */
const NOTHING = "{}";
/** Bare, the compiler would see that code can't be reached. */
const NEVER = "(false as boolean)";
const ALWAYS = "(true as boolean)";

/** All changes to one file. */
export function mutationsOf(file: string, source: string): Mutation[] {
  const { exercises, helpers, sourceFile } = findTags(file, source);
  const tagged = new Set([...exercises.map(({ node }) => node), ...helpers]);
  const bodies = [
    ...exercises.map(({ title, body }) => ({ exercise: title, node: body })),
    ...helpers.map((node) => ({ exercise: "helper", node })),
    { exercise: "given", node: sourceFile },
  ];
  return bodies.flatMap(({ exercise, node }) => {
    const splices = node === null ? [] : splicesIn(node, tagged);
    return splices.map((splice) => {
      const line = sourceFile.getLineAndCharacterOfPosition(splice.start).line + 1;
      const from = source.slice(splice.start, splice.end);
      return { file, exercise, line, from, to: splice.text, text: applySplices(source, [splice]) };
    });
  });
}

/** Changes in `root`, but not in those of `others` that it holds. */
function splicesIn(root: ts.Node, others: ReadonlySet<ts.Node>): Splice[] {
  const splices: Splice[] = [];
  const visit = (node: ts.Node): void => {
    for (const [changed, texts] of changesOf(node)) {
      for (const text of texts) splices.push({ start: changed.getStart(), end: changed.end, text });
    }
    // What stands in types is none of the tests' business.
    ts.forEachChild(node, (child) => (ts.isTypeNode(child) || others.has(child) ? undefined : visit(child)));
  };
  visit(root);
  return splices;
}

type Change = readonly [node: ts.Node, texts: readonly string[]];

function changesOf(node: ts.Node): Change[] {
  if (ts.isBinaryExpression(node)) return changesOfOperator(node);
  if (ts.isCallExpression(node)) return changesOfCall(node);
  if (ts.isIfStatement(node)) return [[node.expression, [NEVER, ALWAYS]]];
  if (ts.isConditionalExpression(node)) return [[node, [node.whenTrue.getText(), node.whenFalse.getText()]]];
  if (ts.isWhileStatement(node)) return [[node.expression, [NEVER]]];
  if (ts.isNumericLiteral(node)) return [[node, neighbours(Number(node.text))]];
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [[node, ["false"]]];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [[node, ["true"]]];
  if (ts.isExpressionStatement(node) || ts.isBreakOrContinueStatement(node)) return [[node, [NOTHING]]];
  if (ts.isReturnStatement(node) && isInIf(node)) return [[node, [NOTHING]]];
  if (isNegation(node)) return [[node, [node.operand.getText()]]];
  return [];
}

function changesOfOperator(whole: ts.BinaryExpression): Change[] {
  const { left, operatorToken, right, parent } = whole;
  const operator = operatorToken.getText();
  const changes: Change[] = [[operatorToken, OPERATORS[operator] ?? []]];
  if (operator === "&&" || operator === "||") changes.push([whole, [left.getText(), right.getText()]]);
  if (operator === "??") changes.push([whole, [`(${left.getText()})!`]]);
  const isPlus = ts.isBinaryExpression(parent) && parent.operatorToken.getText() === "+";
  if ((operator === "+" && !isPlus) || operator === "-") changes.push([whole, [left.getText()]]);
  return changes;
}

function changesOfCall(call: ts.CallExpression): Change[] {
  if (!ts.isPropertyAccessExpression(call.expression)) return [];
  const { expression: object, name } = call.expression;
  const other = FUNCTIONS[name.text];
  const changes: Change[] = other === undefined ? [] : [[name, [other]]];
  if (object.getText() === "Math" && other !== undefined) {
    changes.push([call, call.arguments.map((argument) => argument.getText())]);
  }
  if (OPTIONAL.has(name.text)) changes.push([call, [object.getText()]]);
  return changes;
}

function neighbours(value: number): string[] {
  return value === 0 ? ["1"] : [String(value + 1), String(value - 1)];
}

function isInIf({ parent }: ts.Node): boolean {
  return ts.isIfStatement(parent) || (ts.isBlock(parent) && ts.isIfStatement(parent.parent));
}

function isNegation(node: ts.Node): node is ts.PrefixUnaryExpression {
  return ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken;
}
