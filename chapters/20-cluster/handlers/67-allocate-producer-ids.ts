/**
 * AllocateProducerIds: a broker asks the controller for producer ids to give out (KIP-730). Only brokers ask it.
 *
 * @module
 */
import { toKafkaError } from "#ground/to-kafka-error";
import { type ApiHandler, handler } from "../handler.ts";
import { AllocateProducerIds } from "../inter-broker/apis.ts";

export const allocateProducerIds: ApiHandler = handler({
  api: AllocateProducerIds,
  versions: [0, 0],
  isInternal: true,
  async handle({ brokerId }, { broker }) {
    try {
      const { first, last } = await broker.controller.allocateProducerIds(brokerId);
      return { producerIdStart: first, producerIdLen: last - first + 1 };
    } catch (error) {
      return { errorCode: toKafkaError(error, `Producer ids for broker ${brokerId}`, broker.log).errorCode };
    }
  },
});
