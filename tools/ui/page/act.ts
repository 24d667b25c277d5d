/**
 * @module
 */

/** Asks for something: see the server's `Wish`. @param how - the command that does the same, or the key */
export type Act = (wish: object, how?: string) => Promise<void>;
