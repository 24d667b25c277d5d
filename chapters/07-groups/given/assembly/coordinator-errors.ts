import { type KafkaError, type KafkaErrorName, refusal } from "#ground/errors";

/** What a client of a coordinator hears instead: it knows nothing of the partition behind. */
const TOLD_AS: Readonly<Partial<Record<KafkaErrorName, KafkaErrorName>>> = {
  UNKNOWN_TOPIC_OR_PARTITION: "COORDINATOR_NOT_AVAILABLE",
  NOT_ENOUGH_REPLICAS: "COORDINATOR_NOT_AVAILABLE",
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: "COORDINATOR_NOT_AVAILABLE",
  REQUEST_TIMED_OUT: "COORDINATOR_NOT_AVAILABLE",
  NOT_LEADER_OR_FOLLOWER: "NOT_COORDINATOR",
  FENCED_LEADER_EPOCH: "NOT_COORDINATOR",
  UNKNOWN_LEADER_EPOCH: "NOT_COORDINATOR",
  KAFKA_STORAGE_ERROR: "NOT_COORDINATOR",
  MESSAGE_TOO_LARGE: "UNKNOWN_SERVER_ERROR",
  RECORD_LIST_TOO_LARGE: "UNKNOWN_SERVER_ERROR",
};

/**
 * The error that a coordinator answers for one of its log.
 * Source: Kafka's `GroupCoordinatorService.handleOperationException`.
 */
export function coordinatorError(error: KafkaError): KafkaError {
  const code = TOLD_AS[error.code];
  return code === undefined ? error : refusal(code);
}
