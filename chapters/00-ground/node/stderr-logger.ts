import { type Logger } from "#ground/runtime";

/** How much is logged: lines of this level and of those after it. */
export type LogLevel = "debug" | "info" | "warn" | "error";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Who reads our lines may stop, as `tee` does when ctrl-C ends it together with us: no reason not to end in order. */
function ignoreError(): void {}

/** Writes log lines to stderr, in the format of Kafka's `log4j`, with UTC times. */
export class StderrLogger implements Logger {
  readonly #minimum: number;

  /** @param level - lines below this level are dropped */
  constructor(level: LogLevel = "info") {
    this.#minimum = LEVELS.indexOf(level);
    if (!process.stderr.listeners("error").includes(ignoreError)) process.stderr.on("error", ignoreError);
  }

  debug(message: string): void {
    this.#line("debug", message);
  }

  info(message: string): void {
    this.#line("info", message);
  }

  warn(message: string): void {
    this.#line("warn", message);
  }

  error(message: string): void {
    this.#line("error", message);
  }

  #line(level: LogLevel, message: string): void {
    if (LEVELS.indexOf(level) >= this.#minimum) process.stderr.write(formatLogLine(Date.now(), level, message));
  }
}

/**
 * One log line, with its line break: `[2024-07-01 12:00:00,123] INFO message`.
 *
 * A message may hold what a client sent. So its control characters are made visible and its further lines are
 * indented: nobody can forge a line, or talk to the terminal.
 */
export function formatLogLine(wallMs: number, level: LogLevel, message: string): string {
  const time = new Date(wallMs).toISOString().replace("T", " ").replace(".", ",").slice(0, -1);
  const text = message
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, (character) => {
      return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
    })
    .replaceAll("\n", "\n    ");
  return `[${time}] ${level.toUpperCase()} ${text}\n`;
}
