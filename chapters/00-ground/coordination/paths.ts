/**
 * What a request may look like: paths, sizes. Checked before anything else is done with it.
 *
 * Source: ZooKeeper's `PathUtils.validatePath` and `jute.maxbuffer`.
 *
 * @module
 */
import { CoordinationError, type Operation } from "./coordination.ts";

/** The longest path, in UTF-16 code units. */
export const MAX_PATH_LENGTH = 1024;
/** The most data that a node, or all nodes of one multi together, may bring: 1 MiB less a byte, as in ZooKeeper. */
export const MAX_DATA_BYTES = 1_048_575;
/** The most steps of a multi. */
export const MAX_STEPS = 10_000;
/** The longest session time-out: a day. */
export const MAX_SESSION_TIMEOUT_MS = 24 * 60 * 60 * 1000;

/** Digits that a sequential node's name ends in. */
export const SEQUENCE_DIGITS = 10;

// Control characters, surrogates and private use, as ZooKeeper refuses them.
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/;

/** @throws CoordinationError BAD_ARGUMENTS unless `path` is `/` or `/a/b` without empty, `.` or `..` parts. */
export function validatePath(path: string): void {
  if (path.length > MAX_PATH_LENGTH) refuse(`a path of ${path.length} characters (at most ${MAX_PATH_LENGTH})`);
  const names = path.split("/").slice(1);
  const hasBadName = path !== "/" && names.some((name) => name === "" || name === "." || name === "..");
  if (!path.startsWith("/") || hasBadName || FORBIDDEN.test(path)) refuse(`path ${JSON.stringify(path)}`);
}

/** @throws CoordinationError BAD_ARGUMENTS unless a session may have this time-out. */
export function validateSessionTimeout(timeoutMs: number): void {
  if (!(timeoutMs > 0 && timeoutMs <= MAX_SESSION_TIMEOUT_MS)) refuse(`a session time-out of ${timeoutMs} ms`);
}

/** @throws CoordinationError BAD_ARGUMENTS for a wrong path, a version that is none, or too much data or steps. */
export function validateOperations(steps: readonly Operation[]): void {
  if (steps.length > MAX_STEPS) refuse(`a multi of ${steps.length} steps (at most ${MAX_STEPS})`);
  let dataBytes = 0;
  for (const step of steps) {
    const isSequential = step.type === "create" && step.sequential === true;
    validatePath(isSequential ? sequentialPath(step.path, 0) : step.path);
    if ("data" in step) dataBytes += step.data.length;
    const version = "expectedVersion" in step ? step.expectedVersion : undefined;
    if (version !== undefined && !(Number.isSafeInteger(version) && version >= 0)) refuse(`version ${version}`);
  }
  if (dataBytes > MAX_DATA_BYTES) refuse(`${dataBytes} bytes of data (at most ${MAX_DATA_BYTES})`);
}

/** The path of the `number`th child that was made with this prefix. */
export function sequentialPath(prefix: string, number: number): string {
  return prefix + String(number).padStart(SEQUENCE_DIGITS, "0");
}

/** `/a` for `/a/b`, `/` for `/a`. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 1));
}

/** `b` for `/a/b`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function refuse(what: string): never {
  throw new CoordinationError("BAD_ARGUMENTS", what);
}
