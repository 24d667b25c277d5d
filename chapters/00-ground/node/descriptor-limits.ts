import fs from "node:fs";

/** How a process shares out the descriptors that it may have. */
export interface DescriptorLimits {
  /** For files that are open. */
  readonly files: number;
  /** For connections that others have opened to us. */
  readonly connections: number;
}

/** Where nobody says how many there may be. Node itself raises the limit as far as it may. */
const UNKNOWN_LIMIT = 4096;
/** For what is neither: Node's own, listening sockets, connections to others, folders that are flushed, libraries. */
const RESERVED = 64;
/** More open files than this make nothing faster. */
const MAX_FILES = 16_384;

/** What this process may open: `ulimit -n`, from /proc on Linux. */
export function descriptorLimits(): DescriptorLimits {
  return shareDescriptors(process.platform === "linux" ? linuxLimit() : UNKNOWN_LIMIT);
}

/** One half for files, the other for connections. @param limit - of the process, such as 1024 */
export function shareDescriptors(limit: number): DescriptorLimits {
  const free = Math.max(2, limit - Math.min(RESERVED, Math.floor(limit / 2)));
  const files = Math.min(Math.floor(free / 2), MAX_FILES);
  return { files, connections: free - files };
}

function linuxLimit(): number {
  try {
    return parseLimit(fs.readFileSync("/proc/self/limits", "utf8"));
  } catch {
    return UNKNOWN_LIMIT;
  }
}

/** Finds the soft limit in the text of /proc/PID/limits. */
export function parseLimit(text: string): number {
  const soft = /^Max open files +(\d+|unlimited)/m.exec(text)?.[1];
  if (soft === undefined) return UNKNOWN_LIMIT;
  return soft === "unlimited" ? Infinity : Number(soft);
}
