/**
 * The codecs, in a browser: there are none.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";

function refuse(): never {
  const message = "A browser's tab has no codec: set compression.type=none.";
  throw new KafkaError("UNSUPPORTED_COMPRESSION_TYPE", message);
}

export {
  refuse as gunzip, refuse as gzip, refuse as lz4Compress, refuse as lz4Decompress, refuse as snappyCompress,
  refuse as snappyDecompress, refuse as zstdCompress, refuse as zstdDecompress,
};
