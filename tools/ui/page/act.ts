/**
 * @module
 */

/** Asks for something: see the server's `Wish`. */
export type Act = (wish: object) => Promise<void>;
