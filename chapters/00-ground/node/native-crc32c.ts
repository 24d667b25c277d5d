import { createRequire } from "node:module";
import { type Checksum } from "#ground/runtime";

/** The CRC-32C of a package with native code, which uses the processor's own instruction; undefined without it. */
export function nativeCrc32c(): Checksum | undefined {
  try {
    const { crc32c } = createRequire(import.meta.url)("@node-rs/crc32") as { crc32c: Checksum };
    return crc32c;
  } catch {
    // It is optional: there is none for some machines.
    return undefined;
  }
}
