/**
 * How `kafka-console-consumer` shows a record.
 * Source: `org.apache.kafka.tools.consumer.DefaultMessageFormatter` of Kafka 4.0.
 *
 * @module
 */
import { type ConsumerRecord } from "#groups";
import { createDeserializer } from "#groups/given/assembly/create-deserializer";
import { type Deserializer } from "#serialization";

/** Bytes of a record, as lines show it. */
export type RecordFormat = (record: ConsumerRecord) => Uint8Array;

const FIELDS = ["timestamp", "partition", "offset", "delivery", "epoch", "headers", "key", "value"] as const;

/** @throws KafkaError INVALID_CONFIG for a deserializer that there isn't */
export function recordFormat(properties: Readonly<Record<string, string>>): RecordFormat {
  const shown = FIELDS.filter((field) => isShown(properties[`print.${field}`], field === "value"));
  const keySeparator = Buffer.from(properties["key.separator"] ?? "\t");
  const end = Buffer.from(properties["line.separator"] ?? "\n");
  const headersSeparator = properties["headers.separator"] ?? ",";
  const nullLiteral = properties["null.literal"] ?? "null";
  const deserializers = {
    key: createDeserializer(properties["key.deserializer"] ?? null, "key.deserializer", properties),
    value: createDeserializer(properties["value.deserializer"] ?? null, "value.deserializer", properties),
  };
  const bytesOf = (record: ConsumerRecord, what: "key" | "value"): Buffer => {
    const bytes = record[what];
    return bytes === null ? Buffer.from(nullLiteral) : deserialized(deserializers[what], record, bytes);
  };
  const show = (record: ConsumerRecord, field: (typeof FIELDS)[number]): Buffer => {
    switch (field) {
      case "timestamp":
        return Buffer.from(record.timestampType === "LogAppendTime" ? `LogAppendTime:${record.timestamp}`
          : Number(record.timestamp) < 0 ? "NO_TIMESTAMP" : `CreateTime:${record.timestamp}`);
      case "partition":
        return Buffer.from(`Partition:${record.partition}`);
      case "offset":
        return Buffer.from(`Offset:${record.offset}`);
      case "delivery":
        return Buffer.from("Delivery:NOT_PRESENT");
      case "epoch":
        return Buffer.from(record.leaderEpoch < 0 ? "Epoch:NOT_PRESENT" : `Epoch:${record.leaderEpoch}`);
      case "headers":
        return Buffer.from(headersOf(record, headersSeparator, nullLiteral));
      case "key":
      case "value":
        return bytesOf(record, field);
    }
  };
  return (record) => Buffer.concat(shown.flatMap((field, i) => {
    return i === 0 ? [show(record, field)] : [keySeparator, show(record, field)];
  }).concat(end));
}

function isShown(text: string | undefined, byDefault: boolean): boolean {
  return text === undefined ? byDefault : text.trim().toLowerCase() === "true";
}

function deserialized(deserializer: Deserializer<unknown> | null, record: ConsumerRecord, bytes: Buffer): Buffer {
  if (deserializer === null) return bytes;
  return Buffer.from(String(deserializer.deserialize(record.topic, record.headers, bytes)));
}

function headersOf({ headers }: ConsumerRecord, separator: string, nullLiteral: string): string {
  if (headers.length === 0) return "NO_HEADERS";
  return headers
    .map(({ key, value }) => `${key}:${value === null ? nullLiteral : Buffer.from(value).toString()}`)
    .join(separator);
}
