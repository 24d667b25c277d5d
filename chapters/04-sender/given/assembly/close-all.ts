/** @module */
import { rethrowStub } from "#ground/errors";

/** Closes a user's code, all of it. @throws what the first that couldn't be closed threw */
export function closeAll(parts: readonly ({ close?(): void } | null)[]): void {
  const thrown: unknown[] = [];
  for (const part of parts) {
    try {
      part?.close?.();
    } catch (error) {
      rethrowStub(error);
      thrown.push(error);
    }
  }
  if (thrown.length > 0) throw thrown[0];
}
