import { DiskError, type DiskErrorReason } from "#ground/errors";

const REASON_OF_CODE: Readonly<Record<string, DiskErrorReason>> = {
  ENOSPC: "full",
  EDQUOT: "full",
  EROFS: "read-only",
  EMFILE: "descriptors",
  ENFILE: "descriptors",
  ENOENT: "missing",
  ENOTDIR: "missing",
};

/** The {@link DiskError} for what a call of `node:fs` threw. */
export function diskErrorOf(error: unknown, path: string): DiskError {
  if (error instanceof DiskError) return error;
  const reason = REASON_OF_CODE[codeOf(error) ?? ""] ?? "io";
  // What the system says of an i/o error is more than we know; the other reasons have a sentence.
  const message = reason === "io" && error instanceof Error ? `${path}: ${error.message}` : undefined;
  return new DiskError(reason, path, message, { cause: error });
}

/** The system's name of an error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
