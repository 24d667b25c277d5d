import { type DiskError, KafkaError, mayPass, rethrowStub } from "#ground/errors";
import { LaterWork, removeGradually, runGradually } from "#ground/gradually";
import { type LogConfig } from "./log-config.ts";
import { LogDir } from "./log-dir.ts";
import { type TopicPartition } from "#ground/topic-partition";
import { folderName } from "../log-files.ts";
import { type LogManagerOptions, type LogSpec } from "./log-manager-options.ts";
import { type LogOptions } from "./log-options.ts";
import { PeriodicTasks } from "#ground/periodic-tasks";
import { UnifiedLog } from "./unified-log.ts";
import { UnusableLogs } from "./unusable-logs.ts";

const MINUTE_MS = 60_000;
const FIRST_RUN_MS = 30_000;

/**
 * All logs of a broker, in one or several `log.dirs`. A dir whose disk fails goes offline with its partitions; the rest
 * goes on.
 *
 * Source: Kafka's `LogManager`, KIP-112.
 */
export class LogManager {
  readonly #options: LogManagerOptions;
  readonly #dirs: LogDir[];
  readonly #logs = new Map<string, { readonly log: UnifiedLog; readonly dir: LogDir }>();
  readonly #unusable = new UnusableLogs();
  readonly #removals: LaterWork;
  readonly #tasks: PeriodicTasks;
  #isClosed = false;

  /**
   * Opens all log dirs and loads all logs in them, recovering those that weren't closed in order. Takes turns of 5 ms.
   * @throws KafkaError when a dir is in use by another process or belongs to another broker, when a partition is in two
   * dirs, or when no dir at all can be used
   */
  static async start(options: LogManagerOptions): Promise<LogManager> {
    const manager = new LogManager(options);
    try {
      manager.#openDirs();
      for (const dir of manager.#onlineDirs()) {
        await manager.#loadLogs(dir).catch((error: unknown) => {
          if (!dir.isOffline) throw error;
        });
      }
    } catch (error) {
      manager.abandon();
      throw error;
    }
    manager.#startTasks();
    return manager;
  }

  private constructor(options: LogManagerOptions) {
    const { runtime, logDirs } = options;
    this.#options = options;
    this.#removals = new LaterWork(runtime);
    this.#tasks = new PeriodicTasks(runtime);
    this.#dirs = logDirs.map((path) => {
      const giveUp = (error: DiskError): void => runtime.scheduler.soon(() => this.#giveUp(dir, error));
      const dir: LogDir = new LogDir(runtime, path, giveUp, (partition) => this.#unusable.has(partition));
      return dir;
    });
  }

  /** Paths of the dirs that have failed. */
  get offlineDirs(): string[] {
    return this.#dirs.filter((dir) => dir.isOffline).map(({ path }) => path);
  }

  /** All logs that can be used. */
  get all(): UnifiedLog[] {
    return Array.from(this.#logs.values(), ({ log }) => log);
  }

  /** Partitions with a folder that can't be loaded, in dirs that work. */
  get unloadable(): TopicPartition[] {
    return this.#dirs.flatMap((dir) => this.#unusable.unloadableIn(dir));
  }

  /** Whether the partition's folder has the records of another topic, which once had this name. */
  isAnothers(partition: TopicPartition): boolean {
    return this.#unusable.get(partition)?.error.code === "INCONSISTENT_TOPIC_ID";
  }

  /** The log of a partition, or undefined if there is none, or none that can be used. */
  get(partition: TopicPartition): UnifiedLog | undefined {
    return this.#logs.get(`${partition.topic}-${partition.partition}`)?.log;
  }

  /**
   * The log of a partition. A new one is made in the dir with the fewest partitions.
   * @throws KafkaError INVALID_TOPIC_EXCEPTION for a name that can't be a folder's, INCONSISTENT_TOPIC_ID for another
   * topic's records, KAFKA_STORAGE_ERROR when the partition, or every dir, is offline
   */
  getOrCreate(partition: TopicPartition, { config, topicId, isNew = false }: LogSpec): UnifiedLog {
    const name = folderName(partition);
    this.#unusable.check(partition);
    const log = this.#logs.get(name)?.log;
    if (log === undefined) return this.#create(partition, config, topicId, isNew);
    log.config = config;
    if (topicId !== undefined) log.assignTopicId(topicId);
    return log;
  }

  /**
   * Makes folders for new partitions, flushed side by side and not within a turn: of thousands, {@link getOrCreate} has
   * little to do then. What fails is its to tell. Not with several dirs, as it chooses one for each.
   */
  async prepare(wanted: readonly (TopicPartition & { readonly topicId: Uint8Array })[]): Promise<void> {
    const [dir] = this.#dirs;
    if (dir === undefined || dir.isOffline || this.#dirs.length > 1) return;
    await Promise.allSettled(wanted.map((one) => dir.prepare(one, one.topicId)));
  }

  /** Loads a log again for which there was no room, or no descriptor, so that {@link getOrCreate} may give it. */
  *reload(partition: TopicPartition): Generator<void, void> {
    const unusable = this.#unusable.get(partition);
    if (unusable === undefined || unusable.dir.isOffline || !mayPass(unusable.error)) return;
    const log = yield* this.#loadLog(unusable.dir, partition);
    if (log === null) return;
    // Meanwhile the partition may have been deleted, the dir have failed, the manager been closed.
    if (this.#isClosed || this.#unusable.get(partition) !== unusable || unusable.dir.isOffline) return log.abandon();
    this.#unusable.delete(partition);
    this.#logs.set(folderName(partition), { log, dir: unusable.dir });
  }

  /**
   * Deletes a partition's log, also one that can't be used: its name is free then. The folder gets another name at
   * once, and is removed after `file.delete.delay.ms`. In a dir that is offline it stays.
   * @throws DiskError when the folder can't be renamed; the log is gone all the same
   */
  delete(partition: TopicPartition): void {
    const { fileDeleteDelayMs } = this.get(partition)?.config ?? this.#options.configFor(partition.topic);
    // Records that seem to be another topic's aren't deleted with this one.
    const isOthers = this.isAnothers(partition);
    const dir = this.#forget(partition);
    if (dir === undefined || dir.isOffline) return;
    const folder = dir.moveAway(partition, isOthers ? "stray" : "delete");
    if (folder !== undefined && !isOthers) this.#removeLater(dir, folder, fileDeleteDelayMs);
  }

  /**
   * Takes a partition out of service that this broker should not have, and keeps all its files: why it should not may
   * be a mistake. In a dir that is offline the folder stays as it is.
   * @returns the folder's new path, which ends in `-stray`; undefined when there is none, or its dir is offline
   * @throws DiskError when the folder can't be renamed; the log is out of service all the same
   */
  setAside(partition: TopicPartition): string | undefined {
    const dir = this.#forget(partition);
    return dir === undefined || dir.isOffline ? undefined : dir.moveAway(partition, "stray");
  }

  /** Writes all recovery points and log start offsets down now. */
  checkpoint(): void {
    for (const dir of this.#onlineDirs()) {
      try {
        dir.recoveryPoints.write(this.#logsIn(dir));
        dir.logStartOffsets.write(this.#logsIn(dir));
      } catch (error) {
        this.#logFailure(dir.path, error);
      }
    }
  }

  /** Writes down up to where the logs are compacted, in all dirs. Nobody has to wait for the device. */
  checkpointCleanOffsets(): Promise<void> {
    return this.#eachDirGradually((dir, logs) => dir.cleanOffsets.writeGradually(logs));
  }

  /** Closes all logs in order, so that none needs to be recovered. A dir in which that fails will be recovered. */
  async shutdown(): Promise<void> {
    this.#isClosed = true;
    this.#tasks.stop();
    this.#removals.cancel();
    for (const dir of this.#onlineDirs()) {
      try {
        const logs = this.#logsIn(dir);
        const closed = await Promise.allSettled(logs.map((log) => log.close()));
        for (const result of closed) if (result.status === "rejected") throw result.reason;
        dir.recoveryPoints.write(logs);
        dir.logStartOffsets.write(logs);
        // A log that wasn't loaded, and so wasn't recovered, mustn't pass for one that was closed in order.
        if (dir.hadCleanShutdown || this.#unusable.unloadableIn(dir).length === 0) dir.markCleanShutdown();
      } catch (error) {
        rethrowStub(error);
        this.#options.runtime.log.error(`${dir.path}: not closed in order: ${String(error)}`);
      }
    }
    this.abandon();
  }

  /** Closes all files and frees the dirs, nothing more. What is on disk is as after a crash. */
  abandon(): void {
    this.#isClosed = true;
    this.#tasks.stop();
    this.#removals.cancel();
    for (const log of this.all) log.abandon();
    for (const dir of this.#dirs) dir.close();
    this.#logs.clear();
  }

  #openDirs(): void {
    for (const dir of this.#dirs) {
      try {
        dir.open(this.#options.owner);
      } catch (error) {
        if (!dir.isOffline) throw error;
        this.#options.runtime.log.error(`${dir.path}: offline: ${String(error)}`);
      }
    }
    if (this.#onlineDirs().length === 0) {
      throw new KafkaError("KAFKA_STORAGE_ERROR", `none of the log dirs can be used: ${this.offlineDirs.join(", ")}`);
    }
  }

  async #loadLogs(dir: LogDir): Promise<void> {
    for (const folder of dir.unusedFolders("delete")) this.#removeLater(dir, folder, 0);
    const strays = dir.unusedFolders("stray").length;
    if (strays > 0) this.#options.runtime.log.warn(`${dir.path}: ${strays} folders that end in -stray are kept`);
    for (const partition of dir.partitions()) {
      const log = await runGradually(dir.runtime, this.#loadLog(dir, partition));
      if (log === null) continue;
      const name = folderName(partition);
      const other = this.get(partition)?.folder;
      if (other !== undefined) {
        log.abandon();
        throw new KafkaError("KAFKA_STORAGE_ERROR", `expected one folder for ${name}, got ${other} and ${log.folder}`);
      }
      if (this.isAnothers(partition)) this.#keepOlder(this.#unusable.get(partition)!.dir, partition);
      this.#logs.set(name, { log, dir });
    }
  }

  /** @returns null when there is no log that can be used; the dir has others. */
  *#loadLog(dir: LogDir, partition: TopicPartition): Generator<void, UnifiedLog | null> {
    const options = this.#logOptions(dir, partition);
    const topicId = this.#options.topicIdFor?.(partition.topic);
    try {
      return yield* UnifiedLog.load(topicId === undefined ? options : { ...options, topicId });
    } catch (error) {
      if (dir.isOffline || !(error instanceof KafkaError)) throw error;
      const isOther = error.code === "INCONSISTENT_TOPIC_ID";
      if (isOther && this.get(partition) !== undefined) {
        this.#keepOlder(dir, partition);
        return null;
      }
      const hint = isOther ? ". If these are the topic's records, put the id right; if not, move the folder away" : "";
      const text = `${options.folder} can't be loaded, and stays as it is: ${error.message}${hint}`;
      // Of what is tried again, its owner speaks.
      if (!mayPass(error)) this.#options.runtime.log.error(text);
      this.#unusable.add({ partition, dir, error });
      return null;
    }
  }

  /** The partition's log is in another dir: the folder in this one is of an older topic of that name. */
  #keepOlder(dir: LogDir, partition: TopicPartition): void {
    const kept = dir.moveAway(partition, "stray");
    this.#unusable.delete(partition);
    this.#options.runtime.log.warn(`${folderName(partition)} of a topic that is gone is kept as ${kept}`);
  }

  #logOptions(dir: LogDir, topicPartition: TopicPartition): LogOptions {
    const { configFor, producerIdExpirationMs } = this.#options;
    return {
      runtime: dir.runtime,
      folder: `${dir.path}/${folderName(topicPartition)}`,
      topicPartition,
      config: configFor(topicPartition.topic),
      hadCleanShutdown: dir.hadCleanShutdown,
      onRecoveryPointLowered: () => dir.checkpointRecoveryPointsSoon(() => this.#logsIn(dir)),
      ...dir.checkpointed(topicPartition),
      ...(producerIdExpirationMs === undefined ? {} : { producerIdExpirationMs }),
    };
  }

  #create(partition: TopicPartition, config: LogConfig, topicId: Uint8Array | undefined, isNew: boolean): UnifiedLog {
    const online = this.#onlineDirs();
    if (online.length === 0 || (!isNew && online.length < this.#dirs.length)) {
      throw new KafkaError(
        "KAFKA_STORAGE_ERROR",
        `${folderName(partition)} may be in a log dir that is offline: ${this.offlineDirs.join(", ")}`,
      );
    }
    const dir = online.reduce((least, each) => (this.#logsIn(each).length < this.#logsIn(least).length ? each : least));
    try {
      dir.forget(partition, () => this.#logsIn(dir));
      const options = { ...this.#logOptions(dir, partition), config, hadCleanShutdown: false };
      const log = UnifiedLog.open(topicId === undefined ? options : { ...options, topicId });
      this.#logs.set(folderName(partition), { log, dir });
      return log;
    } catch (error) {
      // The folder may be there: whoever tries again, or deletes the partition, must find it.
      if (mayPass(error)) this.#unusable.add({ partition, dir, error });
      throw error;
    }
  }

  /** Ends the use of a partition's log. @returns the dir that has its folder, if one has */
  #forget(partition: TopicPartition): LogDir | undefined {
    const name = folderName(partition);
    const found = this.#logs.get(name);
    const dir = found?.dir ?? this.#unusable.get(partition)?.dir;
    found?.log.abandon();
    this.#logs.delete(name);
    this.#unusable.delete(partition);
    return dir;
  }

  #removeLater(dir: LogDir, folder: string, delayMs: number): void {
    this.#removals.after(delayMs, `remove ${folder}`, () => removeGradually(dir.runtime.disk, folder));
  }

  /** A dir has failed: its partitions can't be used until the broker has been started again. */
  #giveUp(dir: LogDir, error: DiskError): void {
    const logs = this.#logsIn(dir);
    this.#options.runtime.log.error(`${dir.path}: offline with ${logs.length} partitions: ${error.message}`);
    for (const log of logs) {
      log.abandon();
      this.#logs.delete(folderName(log.topicPartition));
      this.#unusable.add({ partition: log.topicPartition, dir, error });
    }
    this.#options.onDirFailure?.(dir.path, logs.map(({ topicPartition }) => topicPartition), error);
  }

  #startTasks(): void {
    const options = this.#options;
    const { retentionCheckMs = 5 * MINUTE_MS, flushCheckMs = Infinity } = options;
    const { recoveryPointCheckpointMs = MINUTE_MS, logStartOffsetCheckpointMs = MINUTE_MS } = options;
    const { producerIdExpirationCheckMs = 10 * MINUTE_MS } = options;
    const tasks = this.#tasks;
    tasks.start("log retention", FIRST_RUN_MS, retentionCheckMs, () => this.#eachLog((log) => log.deleteOldSegments()));
    tasks.start("log flush", flushCheckMs, flushCheckMs, () => this.#flushDirtyLogs());
    tasks.start("recovery point checkpoint", FIRST_RUN_MS, recoveryPointCheckpointMs, () =>
      this.#eachDirGradually((dir, logs) => dir.recoveryPoints.writeGradually(logs)),
    );
    tasks.start("log start offset checkpoint", FIRST_RUN_MS, logStartOffsetCheckpointMs, () =>
      this.#eachDirGradually((dir, logs) => dir.logStartOffsets.writeGradually(logs)),
    );
    tasks.start("producer expiration", producerIdExpirationCheckMs, producerIdExpirationCheckMs, () =>
      this.#eachLog((log) => log.producers.removeExpiredProducers(options.runtime.clock.wallMs())),
    );
  }

  /** Does something with every dir that works. One whose disk is full doesn't keep the others from their turn. */
  async #eachDirGradually(visit: (dir: LogDir, logs: UnifiedLog[]) => Promise<void>): Promise<void> {
    for (const dir of this.#onlineDirs()) {
      try {
        await visit(dir, this.#logsIn(dir));
      } catch (error) {
        this.#logFailure(dir.path, error);
      }
    }
  }

  /** Does something with every log, a few in each turn. A log that fails doesn't keep the others from their turn. */
  #eachLog(visit: (log: UnifiedLog) => void): Promise<void> {
    return runGradually(this.#options.runtime, this.#visits(visit));
  }

  *#visits(visit: (log: UnifiedLog) => void): Generator<void, void> {
    for (const log of this.all) {
      if (log.isClosed) continue;
      try {
        visit(log);
      } catch (error) {
        this.#logFailure(log.folder, error);
      }
      yield;
    }
  }

  /** A log that fails doesn't keep the others from their turn. */
  async #flushDirtyLogs(): Promise<void> {
    const { clock } = this.#options.runtime;
    for (const log of this.all) {
      if (log.isClosed || clock.nowMs() - log.lastFlushMs < log.config.flushMs) continue;
      try {
        await log.flush();
      } catch (error) {
        this.#logFailure(log.folder, error);
      }
    }
  }

  /** What fails in a task is logged, and others have their turn. */
  #logFailure(path: string, error: unknown): void {
    rethrowStub(error);
    this.#options.runtime.log.error(`${path}: ${String(error)}`);
  }

  #onlineDirs(): LogDir[] {
    return this.#dirs.filter((dir) => !dir.isOffline);
  }

  #logsIn(dir: LogDir): UnifiedLog[] {
    return [...this.#logs.values()].flatMap((each) => (each.dir === dir ? each.log : []));
  }
}
