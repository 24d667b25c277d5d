/**
 * A guess at how well a topic's records compress, so that a batch can be filled up to `batch.size` *compressed* bytes
 * although the codec runs only once, when the batch is closed.
 *
 * Source: `org.apache.kafka.common.record.CompressionRatioEstimator`.
 *
 * @module
 */

/**
 * How far the estimate comes down after a batch that compressed better than expected: slowly, it may have been luck.
 */
const IMPROVING_STEP = 0.005;
/** How far it goes up at least after one that compressed worse: fast, because too large a batch has to be split. */
const DETERIORATING_STEP = 0.05;

/** The estimate for one topic: compressed size over uncompressed size. */
export class CompressionRatio {
  /** 1 until something is known: records that don't shrink at all. */
  estimate: number = 1;

  /** Takes in what really came out of a batch. */
  update(observed: number): void {
    if (observed > this.estimate) this.estimate = Math.max(this.estimate + DETERIORATING_STEP, observed);
    else this.estimate = Math.max(this.estimate - IMPROVING_STEP, observed);
  }

  /**
   * Starts over after a batch that came out too large: never below 1, so that the next ones are surely small enough.
   */
  reset(observed: number): void {
    this.estimate = Math.max(1, observed);
  }
}
