/**
 * Producer ids that no broker ever gives out twice. The controller hands each broker a block of them; what is left
 * of it when the broker stops is lost, which is cheap: there are 2^63. Source: Kafka's `RPCProducerIdManager`.
 *
 * @module
 */
import { type ProducerIdBlock } from "#ground/coordination/node-data";
import { KafkaError } from "#ground/errors";

/** Gives out the ids of one broker. */
export class ProducerIds {
  readonly #nextBlock: () => Promise<ProducerIdBlock>;
  #block: Promise<ProducerIdBlock> | null = null;
  #next = 0;

  /** @param nextBlock asks the controller. */
  constructor(nextBlock: () => Promise<ProducerIdBlock>) {
    this.#nextBlock = nextBlock;
  }

  /** An id that is new in the cluster. @throws KafkaError COORDINATOR_LOAD_IN_PROGRESS when none can be had now. */
  async next(): Promise<number> {
    for (;;) {
      const block = (this.#block ??= this.#fetchBlock());
      const { last } = await block;
      if (this.#next <= last) return this.#next++;
      // Others have waited for the same block, and taken all of it. One of them may have asked for another already.
      if (this.#block === block) this.#block = null;
    }
  }

  async #fetchBlock(): Promise<ProducerIdBlock> {
    try {
      const block = await this.#nextBlock();
      this.#next = block.first;
      return block;
    } catch (error) {
      this.#block = null;
      if (!(error instanceof KafkaError)) throw error;
      // The code on which every producer tries again; others stop for good on a timeout or a missing controller.
      const text = `No producer ids can be had from the controller: ${error.message}`;
      throw new KafkaError("COORDINATOR_LOAD_IN_PROGRESS", text, { cause: error });
    }
  }
}
