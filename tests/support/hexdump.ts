/**
 * Compares bytes, and shows a difference so that one can see what it is: the fields up to the wrong byte as a tree,
 * then the bytes with a caret under the first wrong one.
 *
 * @module
 */
import { AssertionError } from "node:assert";
import { Buffer } from "node:buffer";
import { rethrowStub } from "#ground/errors";

const PER_ROW = 16;

/** A field found in bytes. */
export interface DecodedField {
  /** Where it belongs: `records[0].headers[1].key`. The names and indexes in front make the tree. */
  readonly path: string;
  readonly value: unknown;
  /** Its first byte. */
  readonly from: number;
  /** The byte after its last. */
  readonly to: number;
}

/** How {@link expectBytes} reads the bytes that it compares. */
export interface ExpectBytesOptions {
  /**
   * Yields the fields in the order of the bytes. It may throw when it can go no further: a generator does, so that
   * what it found until then is shown.
   */
  readonly decode?: (bytes: Uint8Array) => Iterable<DecodedField>;
}

/**
 * Fails unless `got` has the same bytes as `expected`.
 * @param expected - bytes, or their hex digits, with blanks as one likes
 * @throws AssertionError whose message shows the first difference
 */
export function expectBytes(got: unknown, expected: Uint8Array | string, options: ExpectBytesOptions = {}): void {
  const right = typeof expected === "string" ? Buffer.from(expected.replaceAll(" ", ""), "hex") : expected;
  if (!(got instanceof Uint8Array)) {
    throw new AssertionError({ message: `expected ${right.length} bytes, got ${show(got)}`, actual: got, expected });
  }
  const at = firstDifference(got, right);
  if (at === -1) return;
  const tree = options.decode === undefined ? [] : [...fieldTree(got, right, at, options.decode), ""];
  throw new AssertionError({
    message: [summary(got, right, at), "", ...tree, ...dump(got, right, at)].join("\n"),
    actual: hex(got),
    expected: hex(right),
  });
}

/** The first byte that is wrong, missing or too much; −1 when there is none. */
function firstDifference(got: Uint8Array, expected: Uint8Array): number {
  const shorter = Math.min(got.length, expected.length);
  for (let at = 0; at < shorter; at++) if (got[at] !== expected[at]) return at;
  return got.length === expected.length ? -1 : shorter;
}

function summary(got: Uint8Array, expected: Uint8Array, at: number): string {
  if (at === got.length) return `your bytes end at byte ${at}: ${count(expected.length - at)} missing`;
  if (at === expected.length) return `your bytes should end at byte ${at}: ${count(got.length - at)} too many`;
  return `byte ${at} is ${byte(got[at]!)}, expected ${byte(expected[at]!)}`;
}

/** The fields of `got` up to the one that holds the wrong byte, and what that one should have been. */
function fieldTree(
  got: Uint8Array,
  expected: Uint8Array,
  at: number,
  decode: (bytes: Uint8Array) => Iterable<DecodedField>,
): string[] {
  const { fields, stopped } = collect(() => decode(got), (field) => field.to > at);
  const rows: { label: string; note: string }[] = [];
  let outer: string[] = [];
  for (const field of fields) {
    const path = field.path.split(".");
    const name = path.pop()!;
    const shared = sharedLength(outer, path);
    for (let i = shared; i < path.length; i++) rows.push({ label: indent(i, path[i]!), note: "" });
    outer = path;
    const wrong = field.to > at && field.from <= at ? whatInstead(() => decode(expected), field) : "";
    rows.push({ label: indent(path.length, name), note: show(field.value) + wrong });
  }
  const width = Math.max(...rows.map((row) => row.label.length));
  const lines = rows.map((row) => `${row.label.padEnd(width)}  ${row.note}`.trimEnd());
  if (stopped !== null) lines.push(`  (no further: ${stopped})`);
  return ["decoded from your bytes:", ...shorten(lines)];
}

/** All fields up to the first that is `last`. A decoder that fails has found what it has found. */
function collect(
  decode: () => Iterable<DecodedField>,
  last: (field: DecodedField) => boolean,
): { fields: DecodedField[]; stopped: string | null } {
  const fields: DecodedField[] = [];
  try {
    for (const field of decode()) {
      fields.push(field);
      if (last(field)) break;
    }
    return { fields, stopped: null };
  } catch (error) {
    rethrowStub(error);
    return { fields, stopped: (error as Error).message };
  }
}

function whatInstead(decode: () => Iterable<DecodedField>, wrong: DecodedField): string {
  const right = collect(decode, (field) => field.path === wrong.path).fields.at(-1);
  if (right?.path !== wrong.path) return "   <-- not expected here";
  const [is, should] = [show(wrong.value), show(right.value)];
  if (is !== should) return `   <-- expected ${should}`;
  return wrong.value instanceof Uint8Array ? "   <-- wrong further on" : "   <-- the value is right, its bytes are not";
}

function sharedLength(a: readonly string[], b: readonly string[]): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function indent(depth: number, text: string): string {
  return `${"  ".repeat(depth + 1)}${text}`;
}

/** What stands at the end is near the difference; of what comes before, the first few are enough. */
function shorten(lines: string[]): string[] {
  const [first, last] = [6, 18];
  if (lines.length <= first + last + 1) return lines;
  const hidden = lines.length - first - last;
  return [...lines.slice(0, first), `  … ${hidden} more lines …`, ...lines.slice(-last)];
}

/**
 * The rows around byte `at`: those before it once, then its own and the next as expected (`-`) and as they are (`+`).
 */
function dump(got: Uint8Array, expected: Uint8Array, at: number): string[] {
  const start = at - (at % PER_ROW);
  const lines = ["- expected   + got"];
  if (start > 2 * PER_ROW) lines.push(`    … ${count(start - 2 * PER_ROW)} more, the same in both`);
  for (let row = Math.max(0, start - 2 * PER_ROW); row < start; row += PER_ROW) {
    lines.push(rowOf(" ", row, got));
  }
  lines.push(rowOf("-", start, expected), rowOf("+", start, got));
  lines.push(`${" ".repeat(columnOf(at % PER_ROW))}^^`);
  const next = start + PER_ROW;
  const [should, is] = [rowOf("-", next, expected), rowOf("+", next, got)];
  if (next < Math.min(expected.length, got.length) && should.slice(1) === is.slice(1)) {
    lines.push(rowOf(" ", next, got));
  } else {
    if (next < expected.length) lines.push(should);
    if (next < got.length) lines.push(is);
  }
  const left = Math.max(expected.length, got.length) - next - PER_ROW;
  if (left > 0) lines.push(`    … ${count(left)} more`);
  return lines;
}

/** `+   16  00 00 00 02 …  ....`: sixteen bytes from `start` on, with a gap in the middle. It fits 80 columns. */
function rowOf(label: string, start: number, bytes: Uint8Array): string {
  const row = [...bytes.subarray(start, start + PER_ROW)];
  const digits = Array.from({ length: PER_ROW }, (_, i) => {
    const value = row[i];
    return `${i === PER_ROW / 2 ? " " : ""}${value === undefined ? "  " : value.toString(16).padStart(2, "0")}`;
  });
  const text = row.map((value) => (value >= 0x20 && value < 0x7f ? String.fromCharCode(value) : ".")).join("");
  return `${label}${start.toString().padStart(5)}  ${digits.join(" ")}  ${text}`.trimEnd();
}

/** Where a row has the digits of its byte `index`. */
function columnOf(index: number): number {
  return 1 + 5 + 2 + index * 3 + (index >= PER_ROW / 2 ? 1 : 0);
}

/** A value in a few characters; bytes as hex digits, and as text if that is what they seem to be. */
function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (value instanceof Uint8Array) return showBytes(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

function showBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return "no bytes";
  const start = bytes.subarray(0, 12);
  const digits = [...start].map((value) => value.toString(16).padStart(2, "0")).join(" ");
  if (bytes.length > start.length) return `${digits} … (${bytes.length} bytes)`;
  const isText = start.every((value) => value >= 0x20 && value < 0x7f);
  return isText ? `${digits} ${JSON.stringify(String.fromCharCode(...start))}` : digits;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function byte(value: number): string {
  return `0x${value.toString(16).padStart(2, "0")}`;
}

function count(bytes: number): string {
  return bytes === 1 ? "1 byte" : `${bytes} bytes`;
}
