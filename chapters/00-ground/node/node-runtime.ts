import { FrameMemory } from "#ground/network/frame-memory";
import { type Checksum, type Logger, type Runtime } from "#ground/runtime";
import { descriptorLimits } from "./descriptor-limits.ts";
import { NodeDisk } from "./node-disk.ts";
import { NodeRandom } from "./node-random.ts";
import { NodeClock, NodeScheduler } from "./node-scheduler.ts";
import { NodeTransport } from "./node-transport.ts";
import { StderrLogger } from "./stderr-logger.ts";

/**
 * The runtime of a real process: Node's clocks, event loop, sockets and file system.
 *
 * @param options - `log`: where log lines go; by default to stderr, from level info on. `crc32c`: see {@link Runtime}
 */
export function createNodeRuntime(options: { log?: Logger; crc32c?: Checksum | undefined } = {}): Runtime {
  const log = options.log ?? new StderrLogger();
  const clock = new NodeClock();
  const limits = descriptorLimits();
  return {
    clock,
    scheduler: new NodeScheduler(clock, log),
    random: new NodeRandom(),
    transport: new NodeTransport(log, { maxConnections: limits.connections }),
    disk: new NodeDisk(limits.files),
    memory: new FrameMemory(),
    ...(options.crc32c === undefined ? {} : { crc32c: options.crc32c }),
    log,
  };
}
