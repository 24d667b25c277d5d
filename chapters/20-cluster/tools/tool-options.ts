/**
 * The options of a tool, as Kafka's tools take them: `--name value`, `--name=value`, flags, some of them again and
 * again. What is wrong is said in the words of Kafka's own parser, joptsimple.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { compareText } from "#groups/given/assignor";

/** One option. */
export interface ToolOption {
  /** What stands for its value in the help; a flag has none. */
  readonly value?: string;
  /** Whether its value may be left out: it is empty then. */
  readonly isValueOptional?: boolean;
  /** Whether it may be given again and again. */
  readonly isList?: boolean;
  /** Whether what follows its value, up to the next option, are values of it, too. */
  readonly takesMany?: boolean;
  readonly help: string;
}

/** The options that every tool has. */
export const COMMON_OPTIONS = {
  help: { help: "Show this text." },
  version: { help: "Show the version." },
} as const satisfies Record<string, ToolOption>;

/** What was asked for makes no sense: the sentence, and whether the tool's help is shown below it. */
export class UsageError extends Error {
  readonly showsHelp: boolean;

  constructor(message: string, showsHelp = true) {
    super(message);
    this.showsHelp = showsHelp;
  }
}

/** Which of the two parsers that Kafka's tools have: each has words of its own for what is wrong. */
export type OptionParser = "joptsimple" | "argparse4j";

const WORDS = {
  joptsimple: {
    unknown: (name: string) => `${name} is not a recognized option`,
    noValue: (name: string) => `Option ${name} requires an argument`,
    // Kafka's tools take this for an error of the run.
    noNumber: (name: string, text: string) => new Error(`Cannot parse argument '${text}' of option ${name}`),
    missing: (name: string) => `Missing required argument "[${name}]"`,
  },
  argparse4j: {
    unknown: (name: string) => `unrecognized arguments: '--${name}'`,
    noValue: (name: string) => `argument --${name}: expected one argument`,
    noNumber: (name: string, text: string) => {
      return new UsageError(`argument --${name}: could not convert '${text}' to Long (For input string: "${text}")`);
    },
    missing: (name: string) => `argument --${name} is required`,
  },
} as const;

/** The options that were given. */
export class GivenOptions<Name extends string = string> {
  /** All of them, as they were typed. */
  readonly args: readonly string[];
  readonly #values = new Map<string, string[]>();
  readonly #words: (typeof WORDS)[OptionParser];

  /** @throws UsageError for an option that there isn't, or one without its value */
  constructor(
    options: Readonly<Record<Name, ToolOption>>, args: readonly string[], parser: OptionParser = "joptsimple",
  ) {
    this.args = args;
    this.#words = WORDS[parser];
    const known: ReadonlyMap<string, ToolOption> = new Map(Object.entries(options));
    const types = [...known].map(([name, { value, isValueOptional }]) => {
      return [name, { type: value === undefined || isValueOptional === true ? "boolean" : "string" } as const] as const;
    });
    const parsed = parseArgs({
      args: [...args], options: Object.fromEntries(types), strict: false, allowPositionals: true, tokens: true,
    });
    for (const [i, token] of parsed.tokens.entries()) {
      if (token.kind !== "option") continue;
      const option = known.get(token.name);
      if (token.name === "zookeeper") throw new UsageError(NO_ZOOKEEPER, false);
      if (option === undefined) throw new UsageError(this.#words.unknown(token.name), false);
      const next = parsed.tokens[i + 1];
      const after = option.isValueOptional === true && next?.kind === "positional" ? next.value : undefined;
      const value = token.value ?? after;
      if (option.value !== undefined && value === undefined && option.isValueOptional !== true) {
        throw new UsageError(this.#words.noValue(token.name), false);
      }
      this.#values.set(token.name, [...(this.#values.get(token.name) ?? []), value ?? ""]);
      if (option.takesMany === true) this.#values.get(token.name)!.push(...positionalsAfter(parsed.tokens, i));
    }
    for (const [name, { isList, takesMany }] of known) {
      if (isList !== true && takesMany !== true && this.all(name as Name).length > 1) {
        throw new UsageError(`Found multiple arguments for option ${name}, but you asked for only one`, false);
      }
    }
  }

  has(name: Name): boolean {
    return this.#values.has(name);
  }

  /** The value of an option, null when it wasn't given. */
  get(name: Name): string | null {
    return this.#values.get(name)?.[0] ?? null;
  }

  /** All values of an option, in their order. */
  all(name: Name): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** The number that an option has, null when it wasn't given. @throws Error when it is none */
  number(name: Name): number | null {
    const text = this.get(name);
    if (text === null) return null;
    if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
    throw this.#words.noNumber(name, text);
  }

  /** @throws UsageError when one of these is missing */
  require(...names: readonly Name[]): void {
    for (const name of names) {
      if (!this.has(name)) throw new UsageError(this.#words.missing(name));
    }
  }

  /** @throws UsageError when one of `others` was given beside `name` */
  forbid(name: Name, ...others: readonly Name[]): void {
    for (const other of others) {
      if (this.has(name) && this.has(other)) {
        throw new UsageError(`Option "[${name}]" can't be used with option "[${other}]"`);
      }
    }
  }
}

function positionalsAfter(tokens: ReturnType<typeof parseArgs>["tokens"], at: number): string[] {
  const values: string[] = [];
  for (const token of (tokens ?? []).slice(at + 1)) {
    if (token.kind !== "positional") break;
    values.push(token.value);
  }
  return values;
}

const NO_ZOOKEEPER = "zookeeper is not a recognized option: tools ask the brokers, by --bootstrap-server HOST:PORT";

/** The help of a tool, for 80 columns. */
export function helpText(about: string, options: Readonly<Record<string, ToolOption>>): string {
  const names = Object.entries(options).toSorted(([a], [b]) => compareText(a, b));
  const rows = names.map(([name, { value, help }]) => [`--${name}${value === undefined ? "" : ` <${value}>`}`, help]);
  const width = Math.min(34, Math.max(...rows.map(([left]) => left!.length)) + 2);
  const lines = rows.flatMap(([left, help]) => {
    const [first = "", ...rest] = wrap(help!, 79 - width);
    const start = left!.length < width ? [left!.padEnd(width) + first] : [left!, " ".repeat(width) + first];
    return [...start, ...rest.map((line) => " ".repeat(width) + line)];
  });
  return `${about}\n\n${lines.join("\n")}\n`;
}

function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1)!;
    if (last !== "" && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}
