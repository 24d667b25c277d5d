/**
 * Ids of brokers among the arguments of a tool.
 *
 * @module
 */

/** @throws Error for what is no id, in Java's words */
export function brokerId(text: string): number {
  if (/^\d{1,9}$/.test(text.trim())) return Number(text);
  throw new Error(`For input string: "${text}"`);
}
