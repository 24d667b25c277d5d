import { NotImplementedError } from "#ground/errors";
import { KeyHash } from "#compaction/given/key-hash";

/** Bytes that a slot takes: 16 of the key's hash, 8 of the offset. */
export const SLOT_BYTES = 24;

/** Words of a hash. */
const HASH_WORDS = 4;

/**
 * The last offset of each key, in memory of a fixed size. Keys can be of any length and there may be millions, so a map
 * that holds them would take more memory than there is. This one holds a 16-byte hash in the place of each.
 *
 * It is a table of slots. A key's hash says at which slot to begin; when another key has that one, the next is looked
 * at, and so on, after the last slot the first. Nothing is ever removed, so a search may end at the first slot that is
 * free; one always is.
 *
 * Source: Kafka's `SkimpyOffsetMap`.
 */
export class OffsetMap {
  /** How many keys it takes; fewer than there are slots, as searches get long when few are free. */
  readonly capacity: number;
  /** How many keys it has. */
  size: number = 0;
  /** Everything up to this offset (inclusive) has been taken in; −1 at first. {@link put} leaves it alone. */
  latestOffset: number = -1;
  readonly #keyHash = new KeyHash();
  /** How many slots there are. */
  readonly #slots: number;
  /** Four words for each slot: those of slot s begin at 4 s. */
  readonly #hashes: Int32Array;
  /** One for each slot: the offset, plus 1; 0 in a slot that is free. */
  readonly #offsets: Float64Array;

  /**
   * @param slots at least 1
   * @param loadFactor what share of the slots may be taken, up to 1 (`log.cleaner.io.buffer.load.factor`)
   */
  constructor(slots: number, loadFactor: number = 0.9) {
    this.capacity = Math.max(1, Math.floor(slots * loadFactor));
    // One is always free, where a search ends.
    this.#slots = Math.max(slots, this.capacity + 1);
    this.#hashes = new Int32Array(HASH_WORDS * this.#slots);
    this.#offsets = new Float64Array(this.#slots);
  }

  /**
   * Notes the offset of a key. A key that is there already gets the new offset in the place of the old one: offsets
   * come in growing order. Keys are told apart by their hashes: `this.#keyHash.take(bytes, at, length)` leaves the four
   * words of a key's in `this.#keyHash.words`. The first of them, as an unsigned number, modulo the number of slots, is
   * the slot to begin with.
   *
   * @param bytes hold the key at [`at`, `at + length`). Nothing of them is kept
   * @returns false, with nothing changed, when this would be one key more than {@link capacity}
   * @exercise 8.1 OffsetMap.put
   */
  put(bytes: Uint8Array, at: number, length: number, offset: number): boolean {
    throw new NotImplementedError("8.1 OffsetMap.put");
  }

  /**
   * The last offset of a key, or −1 when the map doesn't have it.
   *
   * @param bytes hold the key at [`at`, `at + length`)
   * @exercise 8.1 OffsetMap.get
   */
  get(bytes: Uint8Array, at: number, length: number): number {
    throw new NotImplementedError("8.1 OffsetMap.get");
  }
}
