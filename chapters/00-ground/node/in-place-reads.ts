import net, { type Socket } from "node:net";
import { type ConnectionHandler } from "#ground/runtime";

/**
 * Lets a socket read to where its owner wants the bytes, instead of into new memory for every read: that is dear to
 * make and to collect. Node calls the two methods in turn, `buffer` right after `callback`, so what `buffer` gives is
 * held until the next bytes come. (`onread` of `net.Socket`.)
 */
export class InPlaceReads {
  /** Who gets the bytes; null: nobody, they are dropped. */
  handler: ConnectionHandler | null = null;
  readonly #scratch: Uint8Array;
  #isScratch = true;

  /** @param scratch - for reads that the owner has no place for; all sockets may share it */
  constructor(scratch: Uint8Array) {
    this.#scratch = scratch;
  }

  readonly buffer = (): Uint8Array => {
    const place = this.handler?.readInto?.() ?? null;
    this.#isScratch = place === null;
    return place ?? this.#scratch;
  };

  readonly callback = (bytes: number): boolean => {
    if (this.#isScratch) this.handler?.onData(this.#scratch.subarray(0, bytes));
    else this.handler?.onRead?.(bytes);
    return true;
  };
}

/** What isn't documented of a socket, and may be missing in a later Node. */
interface SocketWithHandle {
  _handle?: { useUserBuffer?: unknown } | null;
}

/**
 * A socket in the place of `accepted`, that reads as `reads` says. Node offers `onread` for sockets that one opens, not
 * for those that a server accepts; so the accepted one's handle is taken from it, which isn't documented. `accepted`
 * must be paused, and is of no use afterwards; the new socket is paused, too.
 *
 * @returns null where it can't be done: `accepted` is as it was then
 */
export function takeOver(accepted: Socket, reads: InPlaceReads, highWaterMark: number): Socket | null {
  const holder = accepted as SocketWithHandle;
  const handle = holder._handle;
  if (typeof handle?.useUserBuffer !== "function") return null;
  const { allowHalfOpen } = accepted;
  const options = { handle, pauseOnCreate: true, allowHalfOpen, highWaterMark, onread: reads };
  const socket = new net.Socket(options as unknown as net.SocketConstructorOpts);
  holder._handle = null;
  // So the server doesn't count it any more.
  accepted.destroy();
  return socket;
}
