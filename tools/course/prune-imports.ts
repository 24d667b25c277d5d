/**
 * Drops imports that nothing uses any more, with the language service's own "remove unused imports".
 *
 * @module
 */
import ts from "typescript";
import { applySplices } from "./splice.ts";

const FORMAT: ts.FormatCodeSettings = { ...ts.getDefaultFormatCodeSettings("\n"), indentSize: 2 };

/** `source` without its unused imports; everything else stays as it is. */
export function pruneImports(file: string, source: string): string {
  const host: ts.LanguageServiceHost = {
    getCompilationSettings: () => ({ target: ts.ScriptTarget.Latest, noResolve: true, noLib: true }),
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot: (name) => (name === file ? ts.ScriptSnapshot.fromString(source) : undefined),
    getCurrentDirectory: () => "/",
    getDefaultLibFileName: () => "lib.d.ts",
    fileExists: (name) => name === file,
    readFile: () => undefined,
  };
  const service = ts.createLanguageService(host);
  const mode = ts.OrganizeImportsMode.RemoveUnused;
  const changes = service.organizeImports({ type: "file", fileName: file, mode }, FORMAT, {});
  service.dispose();
  const edits = changes.flatMap((change) => change.textChanges);
  return applySplices(
    source,
    edits.map(({ span, newText }) => ({ start: span.start, end: span.start + span.length, text: newText })),
  );
}
