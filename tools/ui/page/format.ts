/**
 * Figures for people.
 *
 * @module
 */

/** 12,345 */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}

/** 12 MB */
export function bytes(value: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let unit = 0;
  let rest = value;
  while (rest >= 1_000 && unit < units.length - 1) {
    rest /= 1_000;
    unit++;
  }
  return `${rest < 10 && unit > 0 ? rest.toFixed(1) : Math.round(rest)} ${units[unit]}`;
}
