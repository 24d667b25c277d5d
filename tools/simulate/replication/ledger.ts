/**
 * What was sent, and what clients have been told of it; each is held against what is committed.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { CommittedLog, type TakeRecord } from "./committed-log.ts";
import { demand, Violation } from "./violation.ts";

/** A value is `producer:number`; numbers of one producer grow with each send. */
export function valueOf(producer: string, number: number): string {
  return `${producer}:${number}`;
}

/** One topic. */
export class Ledger {
  readonly topic: string;
  /** What a client was told that isn't so. Noted, not thrown: it would be thrown at the client. */
  violation: Violation | null = null;
  /** By name of the partition. */
  readonly logs = new Map<string, CommittedLog>();
  readonly #sent = new Set<string>();
  readonly #exactlyOnce = new Set<string>();
  /** The number of the last record that is committed, by partition and producer. */
  readonly #last = new Map<string, number>();
  /** Below it, records may have been deleted at a client's wish; by partition. */
  readonly #deletedBefore: number[];

  constructor(topic: string, partitions: number) {
    this.topic = topic;
    this.#deletedBefore = Array.from({ length: partitions }, () => 0);
    this.follow(topic, partitions, ({ value }, log) => this.#committed(log, Buffer.from(value!).toString()));
  }

  get partitions(): number {
    return this.#deletedBefore.length;
  }

  log(partition: number): CommittedLog {
    return this.logs.get(`${this.topic}-${partition}`)!;
  }

  /** Looks at a topic's partitions, too. @param take - as of {@link CommittedLog} */
  follow(topic: string, partitions: number, take: TakeRecord): void {
    for (let index = 0; index < partitions; index++) {
      const log = new CommittedLog(topic, index, take);
      this.logs.set(log.name, log);
    }
  }

  /** A client was told what isn't so. @param text - begins with the name of the invariant */
  violated(text: string): void {
    this.violation ??= new Violation(text);
  }

  /** From a producer of this name come records that are there once, and in order. */
  expectExactlyOnce(producer: string): void {
    this.#exactlyOnce.add(producer);
  }

  sent(value: string): void {
    this.#sent.add(value);
  }

  /** A producer with acks=all was told that its record is there. @param offset -1 when it wasn't told where */
  acknowledged(partition: number, value: string, offset: number): void {
    const log = this.log(partition);
    const isThere = offset < 0 ? log.has(value) : log.valueAt(offset) === value;
    if (isThere) return;
    const there = offset < log.end ? log.valueAt(offset) : `nothing (committed is ${log.end})`;
    const text = `${value} is acknowledged at ${offset} of ${log.name}, where ${there} is`;
    this.violated(`CommittedNeverLost: ${text}`);
  }

  /** A consumer was given a record. */
  read(partition: number, value: string, offset: number, reader: string): void {
    const log = this.log(partition);
    const committed = log.valueAt(offset);
    if (committed === value) return;
    const text = `${reader} got ${value} at ${offset} of ${log.name}, committed is ${committed ?? "nothing"}`;
    this.violated(`ConsistentRead: ${text}`);
  }

  /** Somebody asks for records to be deleted. */
  deleting(partition: number, before: number): void {
    this.#deletedBefore[partition] = Math.max(this.#deletedBefore[partition]!, before);
  }

  deletedBefore(partition: number): number {
    return this.#deletedBefore[partition]!;
  }

  #committed({ name, end: offset }: CommittedLog, value: string): string {
    demand(this.#sent.has(value), () => `nothing is invented: at ${offset} of ${name} stands ${value}`);
    const [producer = "", number = ""] = value.split(":");
    if (!this.#exactlyOnce.has(producer)) return value;
    const key = `${name}/${producer}`;
    const last = this.#last.get(key) ?? -1;
    const what = (): string => `${value} at ${offset} of ${name} comes after ${valueOf(producer, last)}`;
    demand(Number(number) > last, () => `idempotent: exactly once, and in order: ${what()}`);
    this.#last.set(key, Number(number));
    return value;
  }
}
