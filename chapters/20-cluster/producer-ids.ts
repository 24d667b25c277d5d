/**
 * Producer ids that no broker ever gives out twice. The controller hands each broker a block of them; what is left
 * of it when the broker stops is lost, which is cheap: there are 2^63. Source: Kafka's `RPCProducerIdManager`.
 *
 * @module
 */
import { type ProducerIdBlock } from "#ground/coordination/node-data";

/** Gives out the ids of one broker. */
export class ProducerIds {
  readonly #nextBlock: () => Promise<ProducerIdBlock>;
  #block: Promise<ProducerIdBlock> | null = null;
  #next = 0;

  /** @param nextBlock asks the controller. */
  constructor(nextBlock: () => Promise<ProducerIdBlock>) {
    this.#nextBlock = nextBlock;
  }

  /** An id that is new in the cluster. @throws KafkaError (retriable) when the controller can't give a block. */
  async next(): Promise<number> {
    for (;;) {
      this.#block ??= this.#fetchBlock();
      const { last } = await this.#block;
      // Others may have waited for the same block, and taken all of it.
      if (this.#next <= last) return this.#next++;
      this.#block = null;
    }
  }

  async #fetchBlock(): Promise<ProducerIdBlock> {
    try {
      const block = await this.#nextBlock();
      this.#next = block.first;
      return block;
    } catch (error) {
      this.#block = null;
      throw error;
    }
  }
}
