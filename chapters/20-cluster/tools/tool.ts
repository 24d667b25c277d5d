/**
 * What every tool is: options, and a run over them. Names, flags, output and exit codes are those of Apache Kafka's
 * tools.
 *
 * @module
 */
import { parseProperties } from "#ground/config/properties";
import { rethrowStub } from "#ground/errors";
import { type Runtime } from "#ground/runtime";
import { Admin } from "../admin/admin.ts";
import { COMMON_OPTIONS, GivenOptions, helpText, type ToolOption, UsageError } from "./tool-options.ts";

/** What a tool can touch. */
export interface ToolContext {
  readonly runtime: Runtime;
  /** Writes to stdout. */
  out(text: string | Uint8Array): void;
  /** Writes to stderr. */
  err(text: string): void;
  /** What to do when somebody wants the tool to end (ctrl-C), and the exit code then. By default it ends at once. */
  onStop(call: (exitCode: number) => void): void;
  /** The lines of stdin. */
  lines(): AsyncIterable<string>;
  /** The text of a file. @throws Error when there is none */
  readFile(path: string): string;
}

/** One of Kafka's tools. */
export interface Tool<Name extends string> {
  /** As one types it: `kafka-topics`. */
  readonly name: string;
  /** What it is for, in a sentence. */
  readonly about: string;
  /** What Kafka's tool calls itself in errors, if argparse4j reads its options. Then help goes to stdout, too. */
  readonly argparseName?: string;
  /** Without {@link COMMON_OPTIONS}. */
  readonly options: Readonly<Record<Name, ToolOption>>;
  /** @returns the exit code. @throws UsageError, and whatever else is to be shown as a sentence */
  run(given: GivenOptions<Name>, context: ToolContext): Promise<number>;
}

const VERSION = "katafka 0.1.0";

/** Runs a tool. @returns the exit code */
export async function runTool<Name extends string>(
  { about, argparseName, options, run }: Tool<Name>, args: readonly string[], context: ToolContext,
): Promise<number> {
  const all = { ...COMMON_OPTIONS, ...options };
  const parser = argparseName === undefined ? "joptsimple" : "argparse4j";
  try {
    const given = new GivenOptions<Name | keyof typeof COMMON_OPTIONS>(all, args, parser);
    if (given.has("version")) {
      context.out(`${VERSION}\n`);
      return 0;
    }
    if (argparseName !== undefined && (given.has("help") || args.length === 0)) {
      context.out(helpText(about, all));
      return args.length === 0 ? 0 : 1;
    }
    if (given.has("help") || args.length === 0) {
      context.err(helpText(about, all));
      return 1;
    }
    return await run(given as GivenOptions<Name>, context);
  } catch (error) {
    rethrowStub(error);
    if (error instanceof UsageError && argparseName !== undefined) {
      context.err(`usage: ${argparseName} [options] (--help tells which)\n${argparseName}: error: ${error.message}\n`);
    } else if (error instanceof UsageError) {
      context.err(`${error.message}\n${error.showsHelp ? `\n${helpText(about, all)}` : ""}`);
    } else if (error instanceof Error && !(error instanceof TypeError)) {
      context.err(`${error.message}\n`);
    } else {
      throw error;
    }
    return 1;
  }
}

/** The admin client of a tool. @param configFile - a file of properties for it, or null */
export function createAdmin(
  context: ToolContext, bootstrapServer: string, configFile: string | null,
  more: Readonly<Record<string, string>> = {},
): Admin {
  const configured = propertiesIn(context, configFile);
  return new Admin({ ...configured, ...more, "bootstrap.servers": bootstrapServer }, { runtime: context.runtime });
}

/** The properties of a file that an option names; none without it. @throws UsageError when it can't be read */
export function propertiesIn({ readFile }: ToolContext, path: string | null): Record<string, string> {
  return path === null ? {} : parseProperties(readText(readFile, path), path);
}

/** The text of a file that an option names. @throws UsageError when it can't be read */
export function readText(readFile: ToolContext["readFile"], path: string): string {
  try {
    return readFile(path);
  } catch (error) {
    throw new UsageError(`${path} can't be read: ${(error as Error).message}`, false);
  }
}
