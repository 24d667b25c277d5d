/**
 * Colours, only where a person looks: on a terminal, and not when NO_COLOR is set.
 *
 * @module
 */

const RESET = "\u001b[0m";

/** Whether to colour what goes to standard output. */
export function coloursWanted(): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "") return FORCE_COLOR !== "0";
  return process.stdout.isTTY === true && process.env["TERM"] !== "dumb";
}

function paint(code: number, text: string): string {
  return coloursWanted() && text !== "" ? `\u001b[${code}m${text}${RESET}` : text;
}

export const bold = (text: string): string => paint(1, text);
export const dim = (text: string): string => paint(2, text);
export const red = (text: string): string => paint(31, text);
export const green = (text: string): string => paint(32, text);
export const yellow = (text: string): string => paint(33, text);
export const cyan = (text: string): string => paint(36, text);
