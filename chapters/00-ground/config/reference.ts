/**
 * The table of all keys, for the documentation.
 *
 * @module
 */
import { type ConfigDef, type ConfigKey, documentationOf } from "./config-def.ts";
import { expectation, formatValue } from "./config-value.ts";

/** A Markdown table of the keys of a definition, by name: what each may hold, its default, its meaning. */
export function configReference(def: ConfigDef): string {
  const rows = Object.entries(def.keys)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, key]) => [`\`${name}\``, expectation(key), defaultText(key), meaning(key)]);
  return [["Key", "Value", "Default", "Meaning"], ["---", "---", "---", "---"], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`)
    .join("");
}

function defaultText(key: ConfigKey): string {
  if (!("default" in key)) return "(required)";
  const text = formatValue(key.type, key.default);
  return text === null || text === "" ? "" : `\`${text}\``;
}

function meaning(key: ConfigKey): string {
  const from = key.synonyms?.map((name) => `\`${name}\``).join(", ");
  return documentationOf(key) + (from === undefined ? "" : ` Default from ${from}.`);
}
