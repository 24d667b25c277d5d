/**
 * Times as a pattern of Java's says, in UTC.
 * Source: `java.text.SimpleDateFormat`, of which these letters are known: y M d H m s S.
 *
 * @module
 */
const LETTERS: Readonly<Record<string, (time: Date) => number>> = {
  y: (time) => time.getUTCFullYear(),
  M: (time) => time.getUTCMonth() + 1,
  d: (time) => time.getUTCDate(),
  H: (time) => time.getUTCHours(),
  m: (time) => time.getUTCMinutes(),
  s: (time) => time.getUTCSeconds(),
  S: (time) => time.getUTCMilliseconds(),
};

/** Shows wall times. @throws Error for a letter that isn't known */
export function dateFormat(pattern: string): (wallMs: number) => string {
  const parts = (pattern.match(/([A-Za-z])\1*|[^A-Za-z]+/g) ?? []).map((part) => {
    if (!/[A-Za-z]/.test(part)) return () => part;
    const number = LETTERS[part[0]!];
    if (number === undefined) throw new Error(`Expected a date format of the letters y M d H m s S, got "${pattern}".`);
    return (time: Date) => String(number(time)).padStart(part.length, "0").slice(part === "yy" ? -2 : 0);
  });
  return (wallMs) => {
    const time = new Date(wallMs);
    return parts.map((part) => part(time)).join("");
  };
}
