import { DiskError, KafkaError, rethrowStub } from "#ground/errors";
import { PeriodicTasks } from "#ground/periodic-tasks";
import { type Runtime } from "#ground/runtime";
import { type UnifiedLog } from "#log";
import { type LogToClean } from "./cleanable-log.ts";
import { Cleaner, type CleanerLimits } from "./cleaner.ts";
import { cleanableOffsets } from "#compaction/cleanable-offsets";
import { dirtiestLog } from "#compaction/dirtiest-log";

/** How a {@link LogCleaner} works. */
export interface LogCleanerOptions extends CleanerLimits {
  /** All logs that can be used, also those that aren't compacted. */
  readonly logs: () => readonly UnifiedLog[];
  /** Writes down up to where each log is clean. */
  readonly checkpoint: () => Promise<void>;
  /** `log.cleaner.backoff.ms`: the pause when there is nothing to clean. */
  readonly backoffMs: number;
}

/**
 * Compacts a broker's logs, one at a time, the dirtiest first. Each replica does so for itself: what it drops is worth
 * nothing to anybody, so replicas may differ in it.
 *
 * Source: Kafka's `LogCleaner`, `LogCleanerManager`. (*Different*: one log at a time, on the one thread that there is;
 * `log.cleaner.threads` is of no effect.)
 */
export class LogCleaner {
  readonly #runtime: Runtime;
  readonly #options: LogCleanerOptions;
  readonly #tasks: PeriodicTasks;
  /** Logs with damaged batches: they stay as they are until they are opened again. */
  readonly #uncleanable = new WeakSet<UnifiedLog>();
  #isClosed = false;
  #running: Promise<void> = Promise.resolve();

  constructor(runtime: Runtime, options: LogCleanerOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#tasks = new PeriodicTasks(runtime);
  }

  /** Looks for dirty logs from now on, every `backoffMs`. */
  start(): void {
    const { backoffMs } = this.#options;
    this.#tasks.start("log cleaner", backoffMs, backoffMs, () => (this.#running = this.cleanAll()));
  }

  /** Ends, in the middle of a log if need be. What has been replaced stays, the rest is as it was. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#tasks.stop();
    await this.#running.catch(() => {});
  }

  /** Cleans one log after the other, until it is time for none. */
  async cleanAll(): Promise<void> {
    const failed = new Set<UnifiedLog>();
    while (!this.#isClosed) {
      const next = dirtiestLog(this.#candidates(failed), this.#runtime.clock.wallMs());
      if (next === undefined) return;
      // One that was given up, or has failed, must not keep the others from their turn.
      if (!(await this.#clean(next))) failed.add(next.log);
    }
  }

  #candidates(failed: ReadonlySet<UnifiedLog>): LogToClean[] {
    const nowMs = this.#runtime.clock.wallMs();
    return this.#options
      .logs()
      .filter((log) => log.config.cleanupPolicy.includes("compact") && !log.isClosed)
      .filter((log) => !failed.has(log) && !this.#uncleanable.has(log))
      .map((log) => ({ log, ...cleanableOffsets(log, log.local.cleanOffset, nowMs) }));
  }

  async #clean(toClean: LogToClean): Promise<boolean> {
    const { log, firstDirtyOffset } = toClean;
    const { clock } = this.#runtime;
    const [startedMs, bytes] = [clock.nowMs(), log.sizeInBytes];
    try {
      const end = await new Cleaner(this.#runtime, toClean, this.#options, () => this.#isClosed).clean();
      if (end === undefined) return false;
      const tookMs = Math.round(clock.nowMs() - startedMs);
      const what = `${log.folder}: compacted, offsets ${firstDirtyOffset} to ${end - 1} were new`;
      this.#runtime.log.info(`${what}; ${bytes} bytes are ${log.sizeInBytes} now; it took ${tookMs} ms`);
      await this.#options.checkpoint();
      return true;
    } catch (error) {
      rethrowStub(error);
      this.#runtime.log.error(`${log.folder}: not compacted: ${String(error)}`);
      if (error instanceof KafkaError && !(error instanceof DiskError)) this.#uncleanable.add(log);
      return false;
    }
  }
}
