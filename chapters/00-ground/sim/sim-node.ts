import { type DiskErrorReason } from "#ground/errors";
import { FrameMemory } from "#ground/network/frame-memory";
import { type Runtime } from "#ground/runtime";
import { SimDisk } from "./sim-disk.ts";
import { SimMachine } from "./sim-machine.ts";
import { type SimNetwork } from "./sim-network.ts";
import { SimProcess, type World } from "./sim-process.ts";
import { SimClock, SimLogger, SimScheduler } from "./sim-scheduler.ts";

/** What a simulated device needs to flush, unless the world or a test says otherwise. */
export const DEFAULT_FLUSH_MS = 0.5;

/**
 * A machine of the simulated world, and the one process on it. The machine's disk and clock go on when the process
 * dies; the process comes back, as another incarnation with another {@link Runtime}, by {@link SimNode.restart}.
 */
export class SimNode {
  readonly name: string;
  readonly #world: World;
  readonly #network: SimNetwork;
  readonly #machine: SimMachine;
  #process: SimProcess;
  #runtime: Runtime;
  #isOn = true;
  #incarnation = 0;
  #wallOffsetMs = 0;

  constructor(world: World, network: SimNetwork, name: string, flushMs: number) {
    this.name = name;
    this.#world = world;
    this.#network = network;
    this.#machine = new SimMachine(flushMs);
    network.addHost(name, () => this.#isOn);
    [this.#process, this.#runtime] = this.#start();
  }

  /** Of the current incarnation. After a crash: of the dead one, until {@link SimNode.restart}. */
  get runtime(): Runtime {
    return this.#runtime;
  }

  get isAlive(): boolean {
    return this.#process.alive;
  }

  /** What the process holds open: timers, files, locks, connections, listeners, flushes. Empty when nothing leaks. */
  get openResources(): string[] {
    return [...this.#process.resources].map(({ label }) => label);
  }

  /** How far the process is ahead of the world: what it has spent in this turn, or is to be frozen yet. */
  get aheadMs(): number {
    return this.#process.nowMs - this.#world.nowMs;
  }

  /** The process dies, as by `kill -9`. What it wrote is in the machine's page cache, so nothing of it is lost. */
  crash(): void {
    if (!this.#process.alive) return;
    this.#process.note("crash");
    this.#process.die();
  }

  /** The machine loses power. What was not flushed is lost in part, by the model of `disk-image.ts`. */
  powerLoss(): void {
    if (!this.#isOn) return;
    this.#process.note("power loss");
    this.#isOn = false;
    this.#process.die();
    this.#machine.image.losePower(this.#world.random(`${this.name}/power-loss/${this.#incarnation}`));
  }

  /** Starts the next incarnation; one that is alive is killed first. Faults of the disk stay as they are. */
  restart(): Runtime {
    this.crash();
    [this.#process, this.#runtime] = this.#start();
    if (!this.#isOn) {
      this.#isOn = true;
      this.#network.retransmit();
    }
    return this.#runtime;
  }

  /** The process does nothing for a while: a slow disk, a garbage collection, SIGSTOP. Its machine goes on. */
  freeze(forMs: number): void {
    this.#process.note(`freeze ${forMs} ms`);
    this.#process.spend(forMs);
  }

  /** Whether the process is suspended. */
  get isSuspended(): boolean {
    return this.#process.held !== null;
  }

  /** The process does nothing more until {@link SimNode.resume}: SIGSTOP. */
  suspend(): void {
    if (!this.#process.alive || this.isSuspended) return;
    this.#process.note("suspend");
    this.#process.held = [];
  }

  /** SIGCONT: what was to happen meanwhile happens now, in its order. */
  resume(): void {
    const { held } = this.#process;
    if (held === null || !this.#process.alive) return;
    this.#process.note("resume");
    this.#process.held = null;
    for (const event of held) this.#world.again(event);
  }

  /** Runs `run`, which may read this node's files: that takes no time, and no fault of the disk is met. */
  look<T>(run: () => T): T {
    return this.#machine.undisturbed(run);
  }

  /** Sets the wall clock by so much wrong. The monotonic clock never jumps. */
  setWallClockOffset(offsetMs: number): void {
    this.#wallOffsetMs = offsetMs;
  }

  /**
   * From now on every disk call on `path`, a file or a folder and all below it, fails.
   * @param reason - an i/o error if not given
   */
  failDisk(path: string, reason: DiskErrorReason = "io"): void {
    this.#process.note(`disk fails at ${path}: ${reason}`);
    this.#machine.fail(path, reason);
  }

  /** Leaves room for `bytesLeft` on the disk. */
  fillDisk(bytesLeft = 0): void {
    this.#process.note(`disk has room for ${bytesLeft} B`);
    this.#machine.image.bytesLeft = bytesLeft;
  }

  /** Each disk call blocks the process for `callMs`, and a flush takes `flushMs`. */
  slowDisk(callMs: number, flushMs: number = callMs): void {
    this.#process.note(`disk takes ${callMs} ms a call, ${flushMs} ms a flush`);
    this.#machine.callMs = callMs;
    this.#machine.flushMs = flushMs;
  }

  /** Ends what {@link failDisk}, {@link fillDisk} and {@link slowDisk} did. */
  healDisk(): void {
    this.#process.note("disk heals");
    this.#machine.heal();
  }

  /**
   * The process crashes in the middle of the disk call that takes it beyond `bytes` more written; what it had written
   * of that call stays. Making, removing, renaming or cutting a file counts as one byte: never half done.
   */
  crashAfterWriting(bytes: number): void {
    this.#machine.crashAfterWriting(bytes);
  }

  #start(): [SimProcess, Runtime] {
    const process = new SimProcess(this.#world, this.name);
    const clock = new SimClock(process, () => this.#wallOffsetMs);
    const log = new SimLogger(process);
    const runtime: Runtime = {
      clock,
      scheduler: new SimScheduler(process, log),
      random: this.#world.random(`${this.name}/${++this.#incarnation}`),
      transport: this.#network.transportFor(process),
      disk: new SimDisk(process, this.#machine, () => clock.wallMs()),
      // Whoever still uses what was given back finds out.
      memory: new FrameMemory((memory) => memory.fill(0xdd)),
      log,
    };
    process.note(`start ${this.#incarnation}`);
    return [process, runtime];
  }
}
