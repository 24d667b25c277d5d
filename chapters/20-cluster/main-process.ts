/**
 * How a process of the cluster ends: in order when it is asked to, with one sentence when it can't go on.
 *
 * @module
 */
import { CoordinationError } from "#ground/coordination/coordination";
import { DiskError, KafkaError, NotImplementedError } from "#ground/errors";
import { nativeCrc32c } from "#ground/node/native-crc32c";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { type Runtime } from "#ground/runtime";

/** npm passes on the ctrl-C that the terminal has sent to all: what comes so close together is one wish. */
const SAME_SIGNAL_MS = 500;

/** The runtime of a broker's process. */
export function createBrokerRuntime(): Runtime {
  // Who has written a checksum of their own sees it at work.
  const isReference = import.meta.resolve("#serialization/crc32c").includes("/solutions/");
  return createNodeRuntime(isReference ? { crc32c: nativeCrc32c() } : {});
}

/** Nothing can be trusted any more: ends at once, as by kill -9. The next start recovers. */
export function giveUp(what: "broker" | "coordination service", error: Error): never {
  process.stderr.write(`The ${what} can't go on: ${error.message}\n`);
  process.exit(1);
}

/** The first signal calls `stop` and ends the process in order; the second one ends it at once. */
export function stopOnSignals({ clock, log }: Runtime, stop: () => Promise<void>): void {
  let firstMs: number | null = null;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (firstMs !== null) {
      if (clock.nowMs() - firstMs > SAME_SIGNAL_MS) process.exit(130);
      return;
    }
    firstMs = clock.nowMs();
    log.info(`${signal}: shutting down`);
    stop().then(() => process.exit(0), fail);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  // The terminal is gone. Kafka ends in order then, too.
  process.on("SIGHUP", onSignal);
  // Whoever started this process is gone.
  process.on("disconnect", () => onSignal("SIGTERM"));
}

/** What is wrong with what the user asked for is one sentence; anything else is a bug, and has a stack. */
export function fail(error: unknown): never {
  const text = sentenceFor(error) ?? (error instanceof Error ? error.stack : String(error));
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

function sentenceFor(error: unknown): string | undefined {
  if (error instanceof KafkaError || error instanceof NotImplementedError) return error.message;
  if (!(error instanceof CoordinationError)) return undefined;
  const { cause, about, code, message } = error;
  // The coordination service is lost when its disk is full: that is what to say.
  if (cause instanceof DiskError) return cause.message;
  if (code !== "CONNECTION_LOSS") return message;
  const reason = cause instanceof Error ? cause.message : "it has closed the connection";
  return `The coordination service can't be reached at ${about}: ${reason}`;
}
