/**
 * ControlledShutdown: a broker is about to stop, and gives up what it leads. Only brokers ask it.
 *
 * @module
 */
import { type ApiHandler, handler } from "../handler.ts";
import { ControlledShutdown } from "../inter-broker/apis.ts";
import { toKafkaError } from "#ground/to-kafka-error";

export const controlledShutdown: ApiHandler = handler({
  api: ControlledShutdown,
  versions: [0, 0],
  isInternal: true,
  async handle({ brokerId, brokerEpoch }, { broker }) {
    try {
      await broker.controller.controlledShutdown(brokerId, Number(brokerEpoch));
      return {};
    } catch (error) {
      return { errorCode: toKafkaError(error, `Controlled shutdown of broker ${brokerId}`, broker.log).errorCode };
    }
  },
});
