/**
 * Who leads instead: told with an error that says that this broker doesn't, so that the client need not ask (KIP-951).
 *
 * @module
 */
import { type MetadataImage, NO_LEADER } from "#replication";
import { endPointOf } from "./brokers-for.ts";

/** A leader as Produce and Fetch name it; -1 and -1 when the partition isn't known. */
export interface CurrentLeader {
  readonly leaderId: number;
  readonly leaderEpoch: number;
}

/** Where a named leader is, at the listener through which the client came. */
export interface NamedLeader {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/** The leaders that one answer names. */
export class LeaderHints {
  readonly #image: MetadataImage;
  readonly #listener: string;
  readonly #named = new Set<number>();

  constructor(image: MetadataImage, listener: string) {
    this.#image = image;
    this.#listener = listener;
  }

  /** Names the leader of a partition. */
  of(topic: string, index: number): CurrentLeader {
    const { leader = NO_LEADER, leaderEpoch = -1 } = this.#image.partition(topic, index) ?? {};
    this.#named.add(leader);
    return { leaderId: leader, leaderEpoch };
  }

  /** Where those are that were named, each once. */
  get endPoints(): NamedLeader[] {
    return [...this.#named].flatMap((nodeId) => {
      const at = endPointOf(this.#image, nodeId, this.#listener);
      const rack = this.#image.brokers.get(nodeId)?.rack ?? null;
      return at === undefined ? [] : [{ nodeId, host: at.host, port: at.port, rack }];
    });
  }
}
