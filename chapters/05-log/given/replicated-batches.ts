import { KafkaError } from "#ground/errors";
import { safeOffset } from "#ground/int64";
import { type Checksum } from "#ground/runtime";
import { ensureUndamaged, type RecordBatch } from "#serialization";

/**
 * Checks batches that a leader has sent: undamaged, going on from the log's end, in growing order. Whatever else there
 * is to check the leader has checked.
 * @param name names the partition in errors
 * @param crc32c a quicker checksum for large batches than chapter 1's
 * @throws KafkaError CORRUPT_MESSAGE, UNKNOWN_SERVER_ERROR
 */
export function checkReplicated(
  replicated: readonly RecordBatch[],
  logEndOffset: number,
  name: string,
  crc32c?: Checksum,
): void {
  let next = logEndOffset;
  for (const batch of replicated) {
    ensureUndamaged(batch, crc32c);
    const baseOffset = safeOffset(batch.baseOffset, "baseOffset");
    if (baseOffset < next) {
      throw new KafkaError(
        "UNKNOWN_SERVER_ERROR",
        `expected offset ${next} or later in an append to ${name}, got ${baseOffset}`,
      );
    }
    next = safeOffset(batch.lastOffset, "lastOffset") + 1;
  }
}
