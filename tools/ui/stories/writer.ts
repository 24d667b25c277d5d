/**
 * A program that writes, and keeps what it was told.
 *
 * @module
 */
import { pause } from "#ground/pause";
import { type Runtime } from "#ground/runtime";
import { KafkaProducer } from "#sender";

/** How it writes. */
export interface WriterOptions {
  readonly topic: string;
  /** Not given: the key decides. */
  readonly partition?: number;
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  /** The key of the record with this number. */
  readonly keyOf?: (number: number) => string;
  readonly valueBytes?: number;
}

/** What became of a record. */
interface Failed {
  readonly value: string;
  /** The error's name in Kafka, or its class. */
  readonly code: string;
}

/** A producer and its outcomes. */
export class Writer {
  readonly producer: KafkaProducer;
  readonly acknowledged: string[] = [];
  readonly failed: Failed[] = [];
  /** From `send` to the acknowledgement, in milliseconds: since they were last taken. */
  latenciesMs: number[] = [];
  readonly #name: string;
  readonly #runtime: Runtime;
  readonly #options: WriterOptions;
  #sent = 0;
  #isSending = false;

  constructor(name: string, runtime: Runtime, servers: Readonly<Record<string, string>>, options: WriterOptions) {
    this.#name = name;
    this.#runtime = runtime;
    this.#options = options;
    const own = { ...servers, "client.id": name, "linger.ms": 0, ...options.config };
    this.producer = new KafkaProducer(own, { runtime, onError: () => {} });
  }

  get sent(): number {
    return this.#sent;
  }

  /** Records whose outcome isn't known yet. */
  get open(): number {
    return this.#sent - this.acknowledged.length - this.failed.length;
  }

  /** Sends so many, all at once. */
  send(count: number): void {
    for (let i = 0; i < count; i++) this.#send();
  }

  /** Sends one every so often, or several, until it is stopped. */
  sendEvery(intervalMs: number, count: number = 1): void {
    this.#isSending = true;
    const { clock, scheduler } = this.#runtime;
    const again = (): void => {
      if (!this.#isSending) return;
      this.send(count);
      scheduler.at(clock.nowMs() + intervalMs, again);
    };
    again();
  }

  /** As {@link sendEvery}, but before each it awaits the signal that there is room. */
  async sendWhenReady(intervalMs: number): Promise<void> {
    for (this.#isSending = true; this.#isSending; await pause(this.#runtime, intervalMs)) {
      await this.producer.ready();
      this.#send();
    }
  }

  /** Sends no more. */
  stop(): void {
    this.#isSending = false;
  }

  #send(): void {
    const { topic, partition, keyOf, valueBytes = 0 } = this.#options;
    const number = this.#sent++;
    const value = `${this.#name}-${number}`.padEnd(valueBytes, ".");
    const sentMs = this.#runtime.clock.nowMs();
    this.producer.send({ topic, partition, key: keyOf?.(number) ?? null, value }, (place, error) => {
      if (place === null) this.failed.push({ value, code: nameOf(error) });
      else this.acknowledged.push(value);
      if (place !== null) this.latenciesMs.push(this.#runtime.clock.nowMs() - sentMs);
    });
  }
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" ? code : error.name;
}
