/**
 * What a hostile or broken client might send. Everything follows from the seed.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { encodeRequest } from "#ground/protocol/frames";
import { Produce } from "#ground/protocol/messages/00-produce";
import { Fetch } from "#ground/protocol/messages/01-fetch";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { writeInt16, writeInt32 } from "#ground/int64";
import { SeededRandom } from "#ground/sim/seeded-random";
import { crc32c, RecordBatchBuilder } from "#serialization";
import * as layout from "#serialization/given/record-batch-layout";
import { goldenNames, goldenRows, unhex, type WireRow } from "../00-ground/protocol/golden-files.ts";

/** Names that lead out of a folder, or that no file system likes. */
export const BAD_NAMES: readonly string[] = [
  "../x",
  "..",
  ".",
  "../../../../tmp/x",
  "a/../../b",
  "/etc/x",
  "a\u0000b",
  "a\\..\\b",
  "",
  "x".repeat(30_000),
  "\u202e",
  "con:",
];

/** Makes hostile bytes, size fields and all. */
export class HostileFrames {
  readonly #random: SeededRandom;
  readonly #requests: readonly Uint8Array[];
  readonly #bombs: readonly Uint8Array[];

  /** @param topic a topic that exists, so that some requests get far. */
  constructor(seed: number, topic: string) {
    this.#random = new SeededRandom(`${seed}/hostile`);
    this.#requests = goldenNames("wire")
      .filter((name) => /^\d/.test(name))
      .flatMap((name) => goldenRows<WireRow>(`wire/${name}`))
      .filter(({ kind }) => kind === "request")
      .map(({ hexWithHeader }) => unhex(hexWithHeader));
    this.#bombs = bombs(topic);
  }

  /** The next bytes to send on a connection. */
  next(): Uint8Array {
    const kind = this.#random.int(1000);
    if (kind < 600) return sized(this.#mutated());
    if (kind < 750) return sized(this.#random.bytes(this.#random.int(300)));
    if (kind < 850) return this.#wrongSize();
    if (kind < 900) return this.#random.bytes(1 + this.#random.int(100));
    if (kind < 998) return this.#badName();
    return this.#pick(this.#bombs);
  }

  /** A request of every API that Kafka has, with some bytes changed, or cut off, or added. */
  #mutated(): Uint8Array {
    const frame = Buffer.from(this.#pick(this.#requests));
    const flips = this.#random.int(4);
    for (let i = 0; i < flips; i++) frame[this.#random.int(frame.length)] = this.#random.int(256);
    const way = this.#random.int(4);
    if (way === 0) return frame.subarray(0, this.#random.int(frame.length));
    if (way === 1) return Buffer.concat([frame, this.#random.bytes(this.#random.int(50))]);
    return frame;
  }

  /** A size that is not the size of what follows. */
  #wrongSize(): Uint8Array {
    const bytes = Buffer.concat([new Uint8Array(4), this.#pick(this.#requests)]);
    const sizes = [-1, 0, 3, 0x7fff_ffff, -0x8000_0000, 100 << 20, 0x4854_5450, this.#random.int(2 ** 31)];
    bytes.writeInt32BE(this.#pick(sizes));
    return bytes;
  }

  #badName(): Uint8Array {
    const name = this.#pick(BAD_NAMES);
    switch (this.#random.int(4)) {
      case 0:
        return request(encodeRequest(Metadata, 9, HEADER, { topics: [{ name }] }));
      case 1: {
        const topics = [{ name, numPartitions: 1, replicationFactor: 1 }];
        return request(encodeRequest(CreateTopics, 7, HEADER, { topics }));
      }
      case 2: {
        const topicData = [{ name, partitionData: [{ index: 0, records: batch() }] }];
        return request(encodeRequest(Produce, 9, HEADER, { acks: 1, topicData }));
      }
      default: {
        const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 }];
        const topics = [{ topic: name, partitions }];
        return request(encodeRequest(Fetch, 12, HEADER, { maxWaitMs: 0x7fff_ffff, minBytes: 1, topics }));
      }
    }
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#random.int(from.length)]!;
  }
}

const HEADER = { correlationId: 1, clientId: "hostile" };

function request(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

function sized(frame: Uint8Array): Uint8Array {
  const size = new Uint8Array(4);
  writeInt32(size, 0, frame.length);
  return Buffer.concat([size, frame]);
}

function batch(): Uint8Array {
  const builder = new RecordBatchBuilder();
  builder.append(Date.now(), null, Buffer.from("x"));
  return builder.build();
}

/** Produce requests of some hundred kilobytes whose batches inflate to half a gigabyte, or say that they do. */
function bombs(topic: string): Uint8Array[] {
  const gzip = gzipSync(Buffer.alloc(512 << 20), { level: 1 });
  // Snappy and zstd begin with the size that they claim.
  const snappy = unhex("ffffffff07 0061");
  const zstd = unhex("28b52ffd a0ffffff7f 010000");
  const lz4 = unhex("04224d18 6870 ffffff7f0000000000 ffffff7f");
  const payloads = [[1, gzip], [2, snappy], [3, lz4], [4, zstd]] as const;
  return payloads.map(([codec, payload]) => {
    const topicData = [{ name: topic, partitionData: [{ index: 0, records: batchAround(codec, payload) }] }];
    return request(encodeRequest(Produce, 9, HEADER, { acks: 1, timeoutMs: 1000, topicData }));
  });
}

/** A batch whose header is right, around records that say they are compressed. */
function batchAround(codec: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(layout.RECORD_BATCH_OVERHEAD + payload.length);
  bytes.set(batch().subarray(0, layout.RECORD_BATCH_OVERHEAD));
  bytes.set(payload, layout.RECORD_BATCH_OVERHEAD);
  writeInt32(bytes, layout.BATCH_LENGTH_AT, bytes.length - layout.LOG_OVERHEAD);
  writeInt16(bytes, layout.ATTRIBUTES_AT, codec);
  writeInt32(bytes, layout.CRC_AT, crc32c(bytes, layout.ATTRIBUTES_AT, bytes.length));
  return bytes;
}
