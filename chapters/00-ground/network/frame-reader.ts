import { KafkaError } from "#ground/errors";
import { type Memory } from "#ground/runtime";
import { alienProtocol } from "./alien-protocol.ts";

/** Bytes of the size in front of each frame. */
const SIZE_BYTES = 4;
/** No frame is shorter: every header holds at least a correlation id. */
const MIN_FRAME_BYTES = 4;
/** Room is made for so many times what has come of a frame. */
const GROWTH = 4;
/** The most that is reserved at once because the peer has sent frames of that size before. */
const MAX_PROVEN_BYTES = 1024 * 1024;
/** What is missing of smaller frames is read with what follows them, in one system call, and copied. */
const MIN_ROOM_BYTES = 32 * 1024;

/**
 * Cuts a stream of bytes into frames: int32 size, then so many bytes (Kafka's `NetworkReceive`).
 *
 * A size is only a claim. Memory for a frame grows with the bytes that have come of it, so a thousand peers that
 * claim 100 MiB each and send nothing cost nothing. To grow means to copy what is there; so for a peer that has
 * sent larger frames, that much is reserved at once, and each byte is copied just once.
 */
export class FrameReader {
  readonly #maxFrameBytes: number;
  readonly #memory: Memory | null;
  /** The size as far as it has come, and how many of its bytes that is. */
  #size = 0;
  #sizeBytesRead = 0;
  /** The frame as far as it has come. */
  #frame: Uint8Array | null = null;
  #filled = 0;
  #provenBytes = 0;

  /**
   * @param maxFrameBytes - larger frames are refused (`socket.request.max.bytes`); without the size itself
   * @param memory - where frames come from, and who is done with one may give it back; null: all are new
   */
  constructor(maxFrameBytes: number, memory: Memory | null = null) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#memory = memory;
  }

  /**
   * Takes the next bytes of the stream, and calls `onFrame` for each frame that they complete: without its size, in
   * a buffer of its own, the receiver's to keep and to change. `chunk` is free again on return.
   * @throws KafkaError INVALID_REQUEST on a size that can't be; what is after it in the stream can't be understood
   */
  push(chunk: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#sizeBytesRead < SIZE_BYTES) {
        this.#size = (this.#size << 8) | chunk[at++]!;
        if (++this.#sizeBytesRead === SIZE_BYTES) this.#checkSize();
        continue;
      }
      const taken = Math.min(this.#size - this.#filled, chunk.length - at);
      const needed = this.#filled + taken;
      const frame = this.#frame !== null && this.#frame.length >= needed ? this.#frame : this.#grow(needed);
      frame.set(chunk.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled === this.#size) onFrame(this.#finish(frame));
    }
  }

  /**
   * Where the next bytes of the stream may be put instead of being pushed: they belong to one frame, and are at least
   * 32 KiB. Null: push them. The place is good until the next call of `push` or `filled`.
   */
  room(): Uint8Array | null {
    if (this.#sizeBytesRead < SIZE_BYTES || this.#size - this.#filled < MIN_ROOM_BYTES) return null;
    let frame = this.#frame;
    if (frame === null || frame.length - this.#filled < MIN_ROOM_BYTES) {
      if (this.#sizeFor(this.#filled) - this.#filled < MIN_ROOM_BYTES) return null;
      frame = this.#grow(this.#filled);
    }
    return frame.subarray(this.#filled, this.#size);
  }

  /** Takes so many bytes, which were put at the start of {@link room}. Otherwise as {@link push}. */
  filled(bytes: number, onFrame: (frame: Uint8Array) => void): void {
    this.#filled += bytes;
    if (this.#filled === this.#size) onFrame(this.#finish(this.#frame!));
  }

  #checkSize(): void {
    const size = this.#size;
    if (size >= MIN_FRAME_BYTES && size <= this.#maxFrameBytes) return;
    const expected = `Expected the size of a frame, ${MIN_FRAME_BYTES} to ${this.#maxFrameBytes} bytes`;
    const alien = alienProtocol(size);
    const got = alien === null ? `got ${size}` : `got what looks like ${alien}`;
    throw new KafkaError("INVALID_REQUEST", `${expected}, ${got}.`);
  }

  /** How much to reserve for a frame when there is, or comes, so much of it. */
  #sizeFor(bytes: number): number {
    return Math.min(this.#size, Math.max(GROWTH * bytes, this.#provenBytes));
  }

  /** The frame, in more memory: for `bytes`, and for some that will come. */
  #grow(bytes: number): Uint8Array {
    const before = this.#frame;
    const wanted = this.#sizeFor(bytes);
    // Not filled with zeros: every byte of it is written before it is handed out.
    const frame = this.#memory?.take(wanted) ?? Buffer.allocUnsafe(wanted);
    if (before !== null) {
      frame.set(before.subarray(0, this.#filled));
      this.#memory?.giveBack(before);
    }
    this.#frame = frame;
    return frame;
  }

  #finish(frame: Uint8Array): Uint8Array {
    const size = this.#size;
    this.#provenBytes = Math.min(Math.max(this.#provenBytes, size), MAX_PROVEN_BYTES);
    this.#size = 0;
    this.#sizeBytesRead = 0;
    this.#frame = null;
    this.#filled = 0;
    return frame.length === size ? frame : frame.subarray(0, size);
  }
}
