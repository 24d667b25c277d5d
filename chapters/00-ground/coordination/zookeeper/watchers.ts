/**
 * Who waits for what on one connection to a ZooKeeper. The server knows two kinds of watches, of a node and of its
 * children, and each fires once for all that have set it here.
 *
 * Source: `ZKWatchManager`.
 *
 * @module
 */
import { type WatchKind } from "../coordination.ts";
import { type Notification } from "./protocol.ts";

/** What a server must be asked to watch. `made`: a node that isn't there, so that it has no children to watch yet. */
export type Awaited = WatchKind | "made";

const FIRED: Readonly<Record<Notification["change"], readonly Awaited[]>> = {
  made: ["data", "made"],
  set: ["data", "made"],
  deleted: ["data", "children", "made"],
  children: ["children"],
};

/** Watches by what they wait for. */
export class Watchers {
  readonly #waiting = new Map<string, (() => void)[]>();

  /** Adds a watch that the server has agreed to. */
  add(path: string, awaited: Awaited, once: () => void): void {
    const key = keyOf(path, awaited);
    const waiting = this.#waiting.get(key) ?? [];
    waiting.push(once);
    this.#waiting.set(key, waiting);
  }

  /** Takes out those that a change concerns. */
  take({ path, change }: Notification): (() => void)[] {
    return FIRED[change].flatMap((awaited) => {
      const key = keyOf(path, awaited);
      const taken = this.#waiting.get(key) ?? [];
      this.#waiting.delete(key);
      return taken;
    });
  }

  /** Takes out all. */
  takeAll(): (() => void)[] {
    const all = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    return all;
  }
}

function keyOf(path: string, awaited: Awaited): string {
  return `${awaited} ${path}`;
}
