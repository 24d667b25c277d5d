/**
 * Checks the types of one changed file after another, in one language service: what the compiler refuses is no
 * mistake that a learner could run.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** A type checker over the reference, in which single files can be replaced. */
export class TypeChecker {
  readonly #service: ts.LanguageService;
  readonly #replaced = new Map<string, { text: string; version: number }>();

  constructor(root: string) {
    const config = ts.getParsedCommandLineOfConfigFile(join(root, "solutions/tsconfig.json"), {}, {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
        throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"));
      },
    });
    const read = (file: string): string | undefined => {
      const replaced = this.#replaced.get(file)?.text;
      if (replaced !== undefined) return replaced;
      return ts.sys.fileExists(file) ? readFileSync(file, "utf8") : undefined;
    };
    this.#service = ts.createLanguageService({
      getCompilationSettings: () => config!.options,
      getScriptFileNames: () => [...this.#replaced.keys()],
      getScriptVersion: (file) => String(this.#replaced.get(file)?.version ?? 0),
      getScriptSnapshot: (file) => {
        const text = read(file);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => root,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: ts.sys.fileExists,
      readFile: read,
      readDirectory: ts.sys.readDirectory,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
    });
  }

  /** What the compiler says about `file` (absolute) with this text; empty when it is fine. */
  check(file: string, text: string): string[] {
    this.#replaced.clear();
    this.#replaced.set(file, { text, version: ++this.#version });
    const found = [...this.#service.getSyntacticDiagnostics(file), ...this.#service.getSemanticDiagnostics(file)];
    return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
  }

  #version = 0;
}
