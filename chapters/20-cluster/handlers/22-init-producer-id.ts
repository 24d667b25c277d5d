/**
 * InitProducerId: an id and an epoch, by which the log tells a producer's batches and finds its duplicates.
 *
 * Behaviour / Version notes
 * - An idempotent producer gets an id that was never given out before, also not before a restart, and epoch 0.
 * - A transactional one needs a transaction coordinator, which there isn't yet: TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
 *   as FindCoordinator says, after the checks that Kafka makes first. (*Different*: it is the one error that every
 *   client takes for the end; COORDINATOR_NOT_AVAILABLE would be asked again for ever.)
 * - v3 lets a producer that has an id say so. Without transactions it gets a new one all the same.
 *
 * @module
 */
import { ERRORS } from "#ground/errors";
import { InitProducerId } from "#ground/protocol/messages/22-init-producer-id";
import { toKafkaError } from "#ground/to-kafka-error";
import { type ApiHandler, handler } from "../handler.ts";

export const initProducerId: ApiHandler = handler({
  api: InitProducerId,
  versions: [0, 5],
  async handle(request, { broker }) {
    const { transactionalId, transactionTimeoutMs, producerId, producerEpoch } = request;
    const isHalfGiven = (producerId === -1) !== (producerEpoch === -1);
    if (transactionalId === "" || isHalfGiven) return failed(ERRORS.INVALID_REQUEST[0]);
    if (transactionalId !== null) {
      const isAllowed = transactionTimeoutMs > 0 && transactionTimeoutMs <= broker.config["transaction.max.timeout.ms"];
      return failed(ERRORS[isAllowed ? "TRANSACTIONAL_ID_AUTHORIZATION_FAILED" : "INVALID_TRANSACTION_TIMEOUT"][0]);
    }
    try {
      return { producerId: await broker.producerIds.next(), producerEpoch: 0 };
    } catch (error) {
      return failed(toKafkaError(error, "InitProducerId", broker.log).errorCode);
    }
  },
});

function failed(errorCode: number): { errorCode: number; producerId: number; producerEpoch: number } {
  return { errorCode, producerId: -1, producerEpoch: -1 };
}
