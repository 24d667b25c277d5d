/**
 * The watches of all sessions. They belong to connections, not to the tree: they are not in the journal, and end
 * with their session.
 *
 * Source: ZooKeeper's `WatchManager`.
 *
 * @module
 */
import { type WatchKind } from "./coordination.ts";
import { type Change } from "./tree.ts";

/** One watch: whose it is, and what to call. */
export interface Watch {
  readonly session: string;
  readonly once: () => void;
}

/** Watches by what they wait for. */
export class WatchTable {
  readonly #watches = new Map<string, Set<Watch>>();

  get size(): number {
    return [...this.#watches.values()].reduce((sum, set) => sum + set.size, 0);
  }

  add(path: string, kind: WatchKind, watch: Watch): void {
    const key = keyOf({ path, kind });
    const set = this.#watches.get(key) ?? new Set();
    this.#watches.set(key, set.add(watch));
  }

  /** Takes out the watches that wait for one of the changes; each once, in the order of the changes. */
  take(changes: readonly Change[]): Watch[] {
    const taken: Watch[] = [];
    for (const change of changes) {
      const key = keyOf(change);
      taken.push(...(this.#watches.get(key) ?? []));
      this.#watches.delete(key);
    }
    return taken;
  }

  /** Drops the watches of a session that has ended. */
  dropSession(session: string): void {
    for (const [key, set] of this.#watches) {
      for (const watch of set) if (watch.session === session) set.delete(watch);
      if (set.size === 0) this.#watches.delete(key);
    }
  }
}

function keyOf({ path, kind }: Change): string {
  return `${kind} ${path}`;
}
