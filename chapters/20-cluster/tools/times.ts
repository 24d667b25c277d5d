/**
 * Times and durations as ISO 8601 writes them.
 *
 * @module
 */

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?(Z|[+-]\d\d(?::?\d\d)?)?$/;
const DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** `2020-01-01T00:00:00.000+02:00` as milliseconds since the epoch; UTC where no zone is given. @throws Error */
export function parseDateTime(text: string): number {
  const [, zone] = DATE_TIME.exec(text) ?? [];
  const ms = DATE_TIME.test(text) ? Date.parse(zone === undefined ? `${text}Z` : text) : NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new Error(`expected a time such as 2020-01-01T00:00:00.000, got "${text}"`);
}

/** `P1DT2H30M` in milliseconds. @throws Error */
export function parseDuration(text: string): number {
  const [, days, hours, minutes, seconds] = DURATION.exec(text) ?? [];
  if ([days, hours, minutes, seconds].every((part) => part === undefined)) {
    throw new Error(`Text cannot be parsed to a Duration: expected one such as P1DT2H30M, got "${text}"`);
  }
  const number = (part: string | undefined): number => Number(part ?? 0);
  return (((number(days) * 24 + number(hours)) * 60 + number(minutes)) * 60 + number(seconds)) * 1_000;
}
