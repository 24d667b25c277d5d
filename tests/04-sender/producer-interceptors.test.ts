import { describe, expect, test } from "vitest";
import { type RecordMetadata } from "#accumulator";
import { KafkaError } from "#ground/errors";
import { type Logger } from "#ground/runtime";
import { type ProducerInterceptor } from "#sender/given/assembly/producer-interceptor";
import { ProducerInterceptors } from "#sender/producer-interceptors";
import { type ProducerRecord } from "#sender/given/assembly/producer-record";

/** What {@link interceptors} logged. */
interface Logged {
  readonly lines: string[];
}

function interceptors(...list: ProducerInterceptor[]): ProducerInterceptors & Logged {
  const lines: string[] = [];
  const log: Logger = { debug() {}, info() {}, error() {}, warn: (line) => void lines.push(line) };
  return Object.assign(new ProducerInterceptors(list, log), { lines });
}

/** Puts `prefix` before the value. */
function prefixing(prefix: string): ProducerInterceptor {
  return { onSend: (record) => ({ ...record, value: `${prefix}${String(record.value)}` }) };
}

function throwing(message: string): ProducerInterceptor {
  const fail = (): never => {
    throw new Error(message);
  };
  return { onSend: fail, onAcknowledgement: fail };
}

const RECORD: ProducerRecord = { topic: "orders", key: "k", value: "v" };
const METADATA: RecordMetadata = { topic: "orders", partition: 0, offset: 7, timestamp: 0 };

describe("onSend", () => {
  test("4.2 onSend: without interceptors the record stays as it is", () => {
    expect(interceptors().onSend(RECORD)).toBe(RECORD);
  });

  test("4.2 onSend: each gets what the one before it returned, in the order of the list", () => {
    expect(interceptors(prefixing("a"), prefixing("b")).onSend(RECORD)?.value).toBe("bav");
  });

  test("4.2 onSend: one that throws is passed over, and the next gets the last good record [I2]", () => {
    const all = interceptors(prefixing("a"), throwing("of no use"), prefixing("b"));
    expect(all.onSend(RECORD)?.value).toBe("bav");
    expect(all.lines).toEqual(["An interceptor threw in onSend: of no use"]);
  });

  test("4.2 onSend: if the first one throws, the last good record is the original", () => {
    expect(interceptors(throwing("of no use"), prefixing("b")).onSend(RECORD)?.value).toBe("bv");
  });

  test("4.2 onSend: a record for which one returns null is filtered, and those after it don't see it", () => {
    const seen: unknown[] = [];
    const watching: ProducerInterceptor = { onSend: (record) => void seen.push(record) };
    const all = interceptors({ onSend: ({ value }) => (value === "v" ? null : undefined) }, watching);
    expect(all.onSend(RECORD)).toBeNull();
    expect(all.onSend({ ...RECORD, value: "w" })?.value).toBe("w");
    expect(seen).toEqual([{ ...RECORD, value: "w" }]);
  });

  test("4.2 onSend: one that returns nothing, or has no onSend, leaves the record as it is", () => {
    let count = 0;
    const counting: ProducerInterceptor = { onSend: () => void count++ };
    expect(interceptors(prefixing("a"), counting, {}).onSend(RECORD)?.value).toBe("av");
    expect(count).toBe(1);
  });

  test("4.2 onSend: an interceptor keeps its own this", () => {
    class Numbering implements ProducerInterceptor {
      count = 0;
      onSend(record: ProducerRecord): ProducerRecord {
        return { ...record, key: `${++this.count}` };
      }
    }
    const all = interceptors(new Numbering());
    expect([all.onSend(RECORD)?.key, all.onSend(RECORD)?.key]).toEqual(["1", "2"]);
  });
});

describe("onAcknowledgement", () => {
  test("4.2 onAcknowledgement: all are told, in the order of the list, with the same metadata and error", () => {
    const told: unknown[] = [];
    const error = new KafkaError("NOT_ENOUGH_REPLICAS");
    const telling = (name: string): ProducerInterceptor => ({
      onAcknowledgement: (metadata, failure) => void told.push([name, metadata, failure]),
    });
    const all = interceptors(telling("first"), {}, telling("second"));
    all.onAcknowledgement(METADATA, null);
    all.onAcknowledgement(METADATA, error);
    expect(told).toEqual([
      ["first", METADATA, null], ["second", METADATA, null], ["first", METADATA, error], ["second", METADATA, error],
    ]);
  });

  test("4.2 onAcknowledgement: one that throws is logged, and the next is told all the same [I2]", () => {
    let told = 0;
    const all = interceptors(throwing("of no use"), { onAcknowledgement: () => void told++ });
    all.onAcknowledgement(METADATA, new KafkaError("NOT_ENOUGH_REPLICAS"));
    expect(told).toBe(1);
    expect(all.lines, "what it threw, not what became of the record").toEqual([
      "An interceptor threw in onAcknowledgement: of no use",
    ]);
  });

  test("4.2 onAcknowledgement: an interceptor keeps its own this", () => {
    class Counter implements ProducerInterceptor {
      acknowledged = 0;
      onAcknowledgement(): void {
        this.acknowledged++;
      }
    }
    const counter = new Counter();
    interceptors(counter).onAcknowledgement(METADATA, null);
    expect(counter.acknowledged).toBe(1);
  });
});
