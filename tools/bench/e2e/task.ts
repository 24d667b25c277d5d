/**
 * What the two processes of the end-to-end bench have to do, and what the reader reports.
 *
 * @module
 */

/** One run, of which one process does one half. */
export interface EndToEndTask {
  readonly half: "write" | "read";
  /** One of the file in this folder's `clients`. */
  readonly client: string;
  readonly address: string;
  readonly topic: string;
  readonly recordsPerSecond: number;
  readonly valueBytes: number;
  /** Records that come first, and don't count. */
  readonly warmUp: number;
  /** Records that count. */
  readonly records: number;
}

/** From `send` to the reader's loop, in milliseconds. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** A client's half that writes. */
export interface Writer {
  /** Sends one, and resolves when it is acknowledged. */
  sendFirst(value: Buffer): Promise<unknown>;
  /** Sends the values, and doesn't wait. A failure ends the process. */
  send(values: readonly Buffer[]): void;
  /** Waits until all are acknowledged. */
  close(): Promise<void>;
}

/** A client, both halves. */
export interface EndToEndClient {
  write(task: EndToEndTask): Promise<Writer>;
  /** Calls `onValue` for each record from the topic's start on, until it returns true. */
  read(task: EndToEndTask, onValue: (value: Buffer) => boolean): Promise<void>;
}
