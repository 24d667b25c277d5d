import { CoordinationError, type CoordinationSession } from "./coordination.ts";
import { parentOf } from "./paths.ts";

/**
 * Makes a persistent node without data, and its parents, where they are missing.
 *
 * Source: `KafkaZkClient.makeSurePersistentPathExists`.
 */
export async function ensurePath(session: CoordinationSession, path: string): Promise<void> {
  if (path === "/" || (await session.exists(path))) return;
  await ensurePath(session, parentOf(path));
  try {
    await session.create(path, new Uint8Array(0));
  } catch (error) {
    // Somebody else made it in the meantime.
    if (!(error instanceof CoordinationError && error.code === "NODE_EXISTS")) throw error;
  }
}
