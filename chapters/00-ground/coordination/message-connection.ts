import { Buffer } from "node:buffer";
import { KafkaError } from "#ground/errors";
import { FrameReader } from "#ground/network/frame-reader";
import { type Connection, type Scheduler } from "#ground/runtime";
import { MAX_MESSAGE_BYTES } from "./tcp-messages.ts";

/** A peer that leaves so much unread is cut off. */
const MAX_UNREAD_BYTES = 4 * MAX_MESSAGE_BYTES;

/** What one end of a {@link MessageConnection} does about what comes. */
export interface MessageHandler {
  /** A frame has come. When this throws a KafkaError, the frame was a bad one: the connection is closed. */
  onFrame(frame: Uint8Array): void;
  /** The connection is gone. Called once, after the last frame; never inside {@link MessageConnection.close}. */
  onClose(error?: Error): void;
}

/**
 * One end of a connection between a client and the coordination service.
 *
 * Each frame gets a turn of its own, and so does the end: promises that the one before has settled have told so to
 * those who wait for them.
 */
export class MessageConnection {
  readonly #connection: Connection;
  readonly #reader = new FrameReader(MAX_MESSAGE_BYTES);
  #isOver = false;

  constructor(scheduler: Scheduler, connection: Connection, handler: MessageHandler) {
    this.#connection = connection;
    const inTurn = (frame: Uint8Array): void => {
      scheduler.soon(() => {
        if (!this.#isOver) this.#hand(frame, handler);
      });
    };
    connection.handle({
      onData: (chunk) => {
        try {
          this.#reader.push(chunk, inTurn);
        } catch (error) {
          this.close(error as Error);
        }
      },
      onClose: (error) => scheduler.soon(() => handler.onClose(error)),
    });
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  /** Sends a frame of at most {@link MAX_MESSAGE_BYTES}. Harmless when the connection is gone. */
  send(frame: Uint8Array): void {
    if (this.#isOver) return;
    const size = Buffer.alloc(4);
    size.writeInt32BE(frame.length);
    this.#connection.write([size, frame]);
    const { bytesQueued } = this.#connection;
    if (bytesQueued <= MAX_UNREAD_BYTES) return;
    this.close(new KafkaError("NETWORK_EXCEPTION", `The peer has left ${bytesQueued} bytes unread.`));
  }

  /** Sends what is queued, then ends; with an error drops it. Either way no more frames are handed out. Idempotent. */
  close(error?: Error): void {
    this.#isOver = true;
    this.#connection.close(error);
  }

  #hand(frame: Uint8Array, handler: MessageHandler): void {
    try {
      handler.onFrame(frame);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      this.close(error);
    }
  }
}
