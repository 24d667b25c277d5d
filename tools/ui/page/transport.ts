/**
 * Where pictures come from, and where wishes go: a server, or a worker of this page.
 *
 * @module
 */
import { type ClusterEvent } from "#ground/events";
import { type Picture } from "../picture.ts";

/** What is told. */
export interface Listening {
  onPicture(picture: Picture): void;
  /** What had happened before one looked. */
  onPast(events: readonly ClusterEvent[]): void;
  onGone(): void;
  /** From here on it is another cluster. */
  onAnew(): void;
}

/** See above. */
export interface Transport {
  /** @returns what ends it */
  listen(listening: Listening): () => void;
  /** @returns what has become of the wish, in a sentence */
  act(wish: object): Promise<string>;
}
