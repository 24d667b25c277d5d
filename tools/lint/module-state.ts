/**
 * No mutable module state, as far as the syntax shows it: three brokers share one process in the simulator, and none
 * may see another's. Found are `let` and `var` at the top of a module, containers that start empty (to be filled by
 * whom?), and static fields that can be set.
 *
 * @module
 */
import ts from "typescript";
import { complaint, isAllowed, isCourseCode, type Source } from "./source.ts";

const CONTAINERS = /^(Map|Set|WeakMap|WeakSet|Array)$/;

/** Complaints about state in the modules of course code. */
export function checkModuleState(sources: readonly Source[]): string[] {
  return sources.filter(({ path }) => isCourseCode(path)).flatMap(checkFile);
}

function checkFile(source: Source): string[] {
  const complain = (node: ts.Node, text: string): string[] => {
    return isAllowed(source, node) ? [] : [complaint(source, node, text)];
  };
  return source.tree.statements.flatMap((statement) => {
    if (ts.isClassDeclaration(statement)) {
      const fields = statement.members.filter((member) => ts.isPropertyDeclaration(member)).filter(isSettableStatic);
      return fields.flatMap((field) => complain(field, `static ${field.name.getText()} can be set: module state`));
    }
    if (!ts.isVariableStatement(statement)) return [];
    const isConst = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0;
    return statement.declarationList.declarations.flatMap((declaration) => {
      const name = declaration.name.getText();
      if (!isConst) return complain(declaration, `${name} can be set: module state`);
      return startsEmpty(declaration) ? complain(declaration, `${name} starts empty, to be filled: module state`) : [];
    });
  });
}

function isSettableStatic({ modifiers }: ts.PropertyDeclaration): boolean {
  const kinds = (modifiers ?? []).map(({ kind }) => kind);
  return kinds.includes(ts.SyntaxKind.StaticKeyword) && !kinds.includes(ts.SyntaxKind.ReadonlyKeyword);
}

function startsEmpty({ initializer, type }: ts.VariableDeclaration): boolean {
  if (initializer === undefined || /^(Readonly|readonly )/.test(type?.getText() ?? "")) return false;
  if (ts.isArrayLiteralExpression(initializer)) return initializer.elements.length === 0;
  if (ts.isObjectLiteralExpression(initializer)) return initializer.properties.length === 0;
  if (!ts.isNewExpression(initializer)) return false;
  return CONTAINERS.test(initializer.expression.getText()) && (initializer.arguments ?? []).length === 0;
}
