/**
 * The producer of this page: its batches as they fill, its memory, what is under way.
 *
 * @module
 */
import { type ProducerPicture, type QueuePicture } from "../picture.ts";
import { bytes, count } from "./format.ts";

const MOST_QUEUES = 12;

export function Producer({ producer }: { readonly producer: ProducerPicture }) {
  const { sent, acknowledged, failed, p50Ms, p99Ms, lastError, queues, metrics } = producer;
  const total = metrics["buffer-total-bytes"] ?? 0;
  const used = total - (metrics["buffer-available-bytes"] ?? total);
  return (
    <div class="producer">
      <div class="queues">
        {queues.slice(0, MOST_QUEUES).map((queue) => (
          <Queue key={queue.partition} queue={queue} />
        ))}
      </div>
      <p class="figures">
        <span title="buffer.memory">memory {bytes(used)} of {bytes(total)}</span>,{" "}
        <span title="max.in.flight.requests.per.connection">in flight {count(metrics["requests-in-flight"] ?? 0)}</span>
        {" "}requests; batches of {bytes(metrics["batch-size-avg"] ?? 0)}, retried{" "}
        {count(metrics["record-retry-total"] ?? 0)}
        <br />
        sent {count(sent)}, acknowledged {count(acknowledged)}
        {failed > 0 && <b class="missing">, failed {count(failed)}</b>}; in the open{" "}
        {count(sent - acknowledged - failed)}; p50 {p50Ms.toFixed(1)} ms, p99 {p99Ms.toFixed(1)} ms
        {lastError !== null && <span class="missing"> — {lastError}</span>}
      </p>
    </div>
  );
}

/** The batch that is being filled, and how many wait before it. */
function Queue({ queue }: { readonly queue: QueuePicture }) {
  const { partition, batches, bytes: filled, sizeBytes } = queue;
  const share = sizeBytes === 0 ? 0 : Math.min(1, filled / sizeBytes);
  const words = batches === 0 ? "nothing waits" : `${bytes(filled)} of ${bytes(sizeBytes)}, ${batches - 1} batches before`;
  return (
    <span class="queue" title={`partition ${partition}: ${words}`}>
      {partition}
      <i class="batch"><i style={{ width: `${share * 100}%` }} /></i>
      {batches > 1 && `+${batches - 1}`}
    </span>
  );
}
