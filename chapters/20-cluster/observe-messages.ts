/**
 * What `npm start` and the processes that it has started say to each other. Apart from both: neither loads the other.
 *
 * @module
 */

/** What the parent sends. */
export interface ObserveMessage {
  readonly observe: true;
}

/** What it is answered: the port on the loopback address. */
export interface ObservedMessage {
  readonly observedAt: number;
}
