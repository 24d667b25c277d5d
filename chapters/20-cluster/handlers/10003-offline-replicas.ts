/**
 * OfflineReplicas: a broker says which of its replicas it can't use. Only brokers ask it.
 *
 * @module
 */
import { type ApiHandler, handler } from "../handler.ts";
import { OfflineReplicas } from "../inter-broker/apis.ts";
import { toKafkaError } from "#ground/to-kafka-error";

export const offlineReplicas: ApiHandler = handler({
  api: OfflineReplicas,
  versions: [0, 0],
  isInternal: true,
  async handle({ brokerId, brokerEpoch, replicas }, { broker }) {
    try {
      await broker.controller.setOfflineReplicas(brokerId, Number(brokerEpoch), new Set(replicas));
      return {};
    } catch (error) {
      return { errorCode: toKafkaError(error, `Offline replicas of broker ${brokerId}`, broker.log).errorCode };
    }
  },
});
