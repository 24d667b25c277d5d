/**
 * `--property key=value`, again and again.
 *
 * @module
 */
import { UsageError } from "./tool-options.ts";

/** What `key=value` texts say; a later one wins. @throws UsageError for a text without `=` */
export function keyValues(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((text) => {
    const at = text.indexOf("=");
    if (at <= 0) throw new UsageError(`Invalid command line properties: '${text}': expected key=value`, false);
    return [text.slice(0, at), text.slice(at + 1)];
  }));
}
