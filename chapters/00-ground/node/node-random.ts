import { randomBytes } from "node:crypto";
import { type Random } from "#ground/runtime";

/** Randomness of the machine: that of `bytes` is fit for secrets and ids. */
export class NodeRandom implements Random {
  next(): number {
    return Math.random();
  }

  int(boundExclusive: number): number {
    return Math.floor(Math.random() * boundExclusive);
  }

  bytes(length: number): Uint8Array {
    return randomBytes(length);
  }
}
