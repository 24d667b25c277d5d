/**
 * The five codecs of a record batch. A producer compresses all records of a batch together; brokers store and send
 * them as they came; consumers inflate them.
 *
 * What comes out of a few bytes can be huge: a gzip of zeros shrinks a thousandfold. So {@link decompress} always has a
 * limit, and knows before or while it inflates that it will be passed.
 *
 * Source: `org.apache.kafka.common.record.CompressionType`, KIP-110 (zstd).
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { gunzip, gzip } from "./gzip.ts";
import { lz4Compress, lz4Decompress } from "./lz4.ts";
import { OutputLimitError } from "./output-limit.ts";
import { snappyCompress, snappyDecompress } from "./snappy.ts";
import { zstdCompress, zstdDecompress } from "./zstd.ts";

/** All codecs, in the order of their numbers: 0 to 4 in the attributes of a batch. */
export const COMPRESSION_TYPES = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

/** A codec, by Kafka's name (`compression.type`). */
export type CompressionType = (typeof COMPRESSION_TYPES)[number];

/** The number of a codec in a batch's attributes. */
export function compressionId(codec: CompressionType): number {
  return COMPRESSION_TYPES.indexOf(codec);
}

/** The codec of a number in a batch's attributes. @throws KafkaError CORRUPT_MESSAGE for 5, 6 and 7. */
export function compressionTypeForId(id: number): CompressionType {
  const codec = COMPRESSION_TYPES[id];
  if (codec === undefined) throw new KafkaError("CORRUPT_MESSAGE", `Expected a codec from 0 to 4, got ${id}.`);
  return codec;
}

/** Compresses `bytes`, at each codec's default level. With `none` the result is `bytes` itself, not a copy. */
export function compress(codec: CompressionType, bytes: Uint8Array): Uint8Array {
  switch (codec) {
    case "none":
      return bytes;
    case "gzip":
      return gzip(bytes);
    case "snappy":
      return snappyCompress(bytes);
    case "lz4":
      return lz4Compress(bytes);
    case "zstd":
      return zstdCompress(bytes);
  }
}

/**
 * Inflates what {@link compress}, or another client's codec, made. With `none` the result is `bytes` itself.
 *
 * @param maxBytes - the most that may come out. Memory is used for this much at most, whatever the bytes claim.
 * @throws KafkaError MESSAGE_TOO_LARGE when more would come out
 * @throws KafkaError CORRUPT_MESSAGE when the bytes are not a whole stream of this codec
 */
export function decompress(codec: CompressionType, bytes: Uint8Array, maxBytes: number): Uint8Array {
  try {
    switch (codec) {
      case "none":
        return bytes;
      case "gzip":
        return gunzip(bytes, maxBytes);
      case "snappy":
        return snappyDecompress(bytes, maxBytes);
      case "lz4":
        return lz4Decompress(bytes, maxBytes);
      case "zstd":
        return zstdDecompress(bytes, maxBytes);
    }
  } catch (error) {
    if (error instanceof KafkaError) throw error;
    if (isOutputLimit(error)) {
      const message = `${bytes.length} bytes of ${codec} hold more than the ${maxBytes} bytes allowed.`;
      throw new KafkaError("MESSAGE_TOO_LARGE", message, { cause: error });
    }
    const reason = error instanceof Error ? error.message : String(error);
    const message = `Expected ${bytes.length} bytes to be a ${codec} stream: ${reason}.`;
    throw new KafkaError("CORRUPT_MESSAGE", message, { cause: error });
  }
}

/** node:zlib has its own error for the same thing. */
function isOutputLimit(error: unknown): boolean {
  return error instanceof OutputLimitError || (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
}
