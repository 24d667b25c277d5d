/**
 * Loaded into each broker of the chaos before its own program: tells the parent, again and again, what it holds.
 *
 * @module
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const EVERY_MS = 5_000;

/** What a process holds, after a collection of all garbage. */
export interface MemoryReport {
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** Sockets, servers, timers: what keeps node's loop alive. */
  readonly handles: number;
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

setInterval(() => {
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  const handles = process.getActiveResourcesInfo().length;
  const memory: MemoryReport = { heapBytes: heapUsed, rssBytes: rss, handles };
  process.send?.({ memory });
}, EVERY_MS).unref();
