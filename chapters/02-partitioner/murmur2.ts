/**
 * The hash that all of Kafka's producers agree on: 32 bits of MurmurHash2 over the bytes of a key. It is no secret and
 * resists no attacker; it is fast, and it spreads similar keys (`user-1`, `user-2`) over the whole range.
 *
 * Source: `org.apache.kafka.common.utils.Utils.murmur2` and `toPositive`.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";

/** Where the hash starts from. Any number would do, but it has to be everybody's. */
export const MURMUR2_SEED = 0x9747b28c;
/** The factor of MurmurHash2. */
export const MURMUR2_M = 0x5bd1e995;
/** The shift of MurmurHash2. */
export const MURMUR2_R = 24;

/**
 * Clears the sign bit: 5 → 5, −1 → 2147483647, −2³¹ → 0.
 *
 * This is not the absolute value. −5 becomes 2147483643, and that is what Kafka does; a client that takes 5 instead
 * sends half of all keys to other partitions than everybody else.
 *
 * @exercise 2.1 toPositive
 * @param hash - from −2³¹ to 2³¹ − 1
 * @returns from 0 to 2³¹ − 1
 */
export function toPositive(hash: number): number {
  throw new NotImplementedError("2.1 toPositive");
}

/**
 * Hashes `bytes`. All arithmetic is that of 32-bit integers, wrapping around:
 *
 * 1. `h` starts as {@link MURMUR2_SEED} exclusive-or the number of bytes.
 * 2. Each four bytes are a little-endian number `k`: times M, exclusive-or itself shifted right (unsigned) by R, times
 *    M; then `h` times M, exclusive-or `k`.
 * 3. The one to three bytes left over, as a little-endian number: exclusive-or into `h`, then `h` times M. Nothing
 *    happens when no byte is left over.
 * 4. At last `h` exclusive-or itself shifted right (unsigned) by 13, times M, exclusive-or itself shifted right by 15.
 *
 * @exercise 2.2 murmur2
 * @param bytes - a serialized key; may be empty
 * @returns from −2³¹ to 2³¹ − 1, as Java's `int`
 */
export function murmur2(bytes: Uint8Array): number {
  throw new NotImplementedError("2.2 murmur2");
}
