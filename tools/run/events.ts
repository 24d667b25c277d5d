/**
 * What a test run tells its parent process, message by message. Plain data: it crosses a process boundary.
 *
 * @module
 */

import { type ClusterEvent } from "#ground/events";

/** One line of a stack. Paths are absolute. */
export interface Frame {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** An error, as far as a reader needs it. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly actual?: string;
  readonly expected?: string;
  /** Lines that start with `-` were expected, with `+` got. */
  readonly diff?: string;
  readonly frames: readonly Frame[];
}

/** The outcome of one test. */
export interface TestReport {
  /** Absolute path of the test file. */
  readonly file: string;
  /** The test's own title. */
  readonly title: string;
  /** Place among the tests of its file. */
  readonly index: number;
  readonly state: "passed" | "failed" | "skipped";
  /** Titles of exercises whose stubs it met, in order of first meeting. */
  readonly stubs: readonly string[];
  /** On the traced reference: titles of the exercises that were entered in it, or outside of any test before it. */
  readonly reached?: { readonly exercises: readonly string[]; readonly outside: readonly string[] };
  /** What its timeline has, if it failed and has one. */
  readonly events?: readonly ClusterEvent[];
  readonly failures: readonly Failure[];
  readonly durationMs: number;
}

/** A message from the reporter inside the test process. */
export type RunEvent =
  | { readonly kind: "start"; readonly files: readonly string[] }
  | { readonly kind: "collected"; readonly tests: number }
  | { readonly kind: "test"; readonly report: TestReport }
  | { readonly kind: "file-failed"; readonly file: string; readonly failures: readonly Failure[] }
  | { readonly kind: "log"; readonly title: string | null; readonly text: string }
  | { readonly kind: "end"; readonly failures: readonly Failure[] };
