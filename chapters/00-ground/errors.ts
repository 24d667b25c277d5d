/**
 * The one family of errors. A {@link KafkaError} carries one of Kafka's own error names, so that it can cross
 * the wire as an error code and come back as the same error.
 *
 * @module
 */

/**
 * Kafka's error codes: name → [code, retriable, default message]. Codes are int16 on the wire and never change
 * their meaning. "Retriable" means: the same request may well succeed later, so a client should try again.
 *
 * Source: `org.apache.kafka.common.protocol.Errors` of Kafka 4.0 and the exception class behind each code.
 */
export const ERRORS = {
  UNKNOWN_SERVER_ERROR: [-1, false, "The server met an error that it did not expect."],
  NONE: [0, false, "No error."],
  OFFSET_OUT_OF_RANGE: [1, false, "The offset lies outside of the log."],
  CORRUPT_MESSAGE: [2, true, "The record batch is damaged: wrong checksum, wrong length, or a key is missing."],
  UNKNOWN_TOPIC_OR_PARTITION: [3, true, "This broker does not host the partition."],
  INVALID_FETCH_SIZE: [4, false, "The fetch size is not valid."],
  LEADER_NOT_AVAILABLE: [5, true, "The partition has no leader at the moment; an election is under way."],
  NOT_LEADER_OR_FOLLOWER: [6, true, "This broker is not the leader of the partition, or holds no replica of it."],
  REQUEST_TIMED_OUT: [7, true, "The request was not done in time."],
  BROKER_NOT_AVAILABLE: [8, false, "The broker is not available."],
  REPLICA_NOT_AVAILABLE: [9, true, "The replica is not available."],
  MESSAGE_TOO_LARGE: [10, false, "A record batch is larger than the broker accepts."],
  STALE_CONTROLLER_EPOCH: [11, false, "The controller has moved to another broker."],
  OFFSET_METADATA_TOO_LARGE: [12, false, "The metadata of a committed offset is too large."],
  NETWORK_EXCEPTION: [13, true, "The connection ended before the response came."],
  COORDINATOR_LOAD_IN_PROGRESS: [14, true, "The coordinator is still loading its state."],
  COORDINATOR_NOT_AVAILABLE: [15, true, "The coordinator is not available."],
  NOT_COORDINATOR: [16, true, "This broker is not the coordinator."],
  INVALID_TOPIC_EXCEPTION: [17, false, "The topic's name is not valid, or the topic does not allow the operation."],
  RECORD_LIST_TOO_LARGE: [18, false, "A record batch is larger than a segment of the log."],
  NOT_ENOUGH_REPLICAS: [19, true, "Too few replicas are in sync; nothing was written."],
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: [20, true, "The records were written, but to too few in-sync replicas."],
  INVALID_REQUIRED_ACKS: [21, false, "acks must be 0, 1 or -1."],
  ILLEGAL_GENERATION: [22, false, "The generation of the group is not the current one."],
  INCONSISTENT_GROUP_PROTOCOL: [23, false, "The member shares no protocol with the other members of the group."],
  INVALID_GROUP_ID: [24, false, "The group id is not valid."],
  UNKNOWN_MEMBER_ID: [25, false, "The coordinator does not know this member."],
  INVALID_SESSION_TIMEOUT: [26, false, "The session time-out is outside of the range that the broker allows."],
  REBALANCE_IN_PROGRESS: [27, false, "The group is rebalancing: join again."],
  INVALID_COMMIT_OFFSET_SIZE: [28, false, "The data of a committed offset is too large."],
  TOPIC_AUTHORIZATION_FAILED: [29, false, "Not authorized for the topic."],
  GROUP_AUTHORIZATION_FAILED: [30, false, "Not authorized for the group."],
  CLUSTER_AUTHORIZATION_FAILED: [31, false, "Not authorized for the cluster."],
  INVALID_TIMESTAMP: [32, false, "The record's timestamp is outside of the allowed range."],
  UNSUPPORTED_SASL_MECHANISM: [33, false, "The broker does not offer this SASL mechanism."],
  ILLEGAL_SASL_STATE: [34, false, "The request does not fit into this state of the SASL exchange."],
  UNSUPPORTED_VERSION: [35, false, "The version of the API is not supported."],
  TOPIC_ALREADY_EXISTS: [36, false, "A topic of this name exists already."],
  INVALID_PARTITIONS: [37, false, "The number of partitions is not valid."],
  INVALID_REPLICATION_FACTOR: [38, false, "The replication factor is below 1 or above the number of brokers."],
  INVALID_REPLICA_ASSIGNMENT: [39, false, "The assignment of replicas is not valid."],
  INVALID_CONFIG: [40, false, "The configuration is not valid."],
  NOT_CONTROLLER: [41, true, "This broker is not the controller."],
  INVALID_REQUEST: [42, false, "The request is malformed or contradicts itself."],
  UNSUPPORTED_FOR_MESSAGE_FORMAT: [43, false, "The record format on the broker does not support the request."],
  POLICY_VIOLATION: [44, false, "The request goes against a policy of the cluster."],
  OUT_OF_ORDER_SEQUENCE_NUMBER: [45, false, "A sequence number of the producer came out of order."],
  DUPLICATE_SEQUENCE_NUMBER: [46, false, "A sequence number of the producer came twice."],
  INVALID_PRODUCER_EPOCH: [47, false, "The producer's epoch is an old one."],
  INVALID_TXN_STATE: [48, false, "The transaction is in a state that does not allow the operation."],
  INVALID_PRODUCER_ID_MAPPING: [49, false, "The producer id does not belong to the transactional id."],
  INVALID_TRANSACTION_TIMEOUT: [50, false, "The transaction time-out is above transaction.max.timeout.ms."],
  CONCURRENT_TRANSACTIONS: [51, true, "Another operation on the same transaction has not ended yet."],
  TRANSACTION_COORDINATOR_FENCED: [52, false, "The marker comes from a transaction coordinator of the past."],
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: [53, false, "Not authorized for the transactional id."],
  SECURITY_DISABLED: [54, false, "Security features are switched off."],
  OPERATION_NOT_ATTEMPTED: [55, false, "The operation was not tried, because another one of the same request failed."],
  KAFKA_STORAGE_ERROR: [56, true, "The disk failed while a file of the log was used."],
  LOG_DIR_NOT_FOUND: [57, false, "The log directory is not one of the broker's."],
  SASL_AUTHENTICATION_FAILED: [58, false, "The SASL log-in failed."],
  UNKNOWN_PRODUCER_ID: [59, false, "The broker knows nothing of this producer id any more."],
  REASSIGNMENT_IN_PROGRESS: [60, false, "The partition's replicas are being reassigned."],
  DELEGATION_TOKEN_AUTH_DISABLED: [61, false, "Delegation tokens are switched off."],
  DELEGATION_TOKEN_NOT_FOUND: [62, false, "There is no such delegation token."],
  DELEGATION_TOKEN_OWNER_MISMATCH: [63, false, "The principal neither owns nor may renew the delegation token."],
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: [64, false, "Delegation tokens can't be managed over this kind of connection."],
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: [65, false, "Not authorized for the delegation token."],
  DELEGATION_TOKEN_EXPIRED: [66, false, "The delegation token has expired."],
  INVALID_PRINCIPAL_TYPE: [67, false, "The type of principal is not supported."],
  NON_EMPTY_GROUP: [68, false, "The group still has members."],
  GROUP_ID_NOT_FOUND: [69, false, "There is no such group."],
  FETCH_SESSION_ID_NOT_FOUND: [70, true, "There is no such fetch session."],
  INVALID_FETCH_SESSION_EPOCH: [71, true, "The epoch of the fetch session is not the expected one."],
  LISTENER_NOT_FOUND: [72, true, "The leader has no listener of the name through which the request came."],
  TOPIC_DELETION_DISABLED: [73, false, "Deleting topics is switched off."],
  FENCED_LEADER_EPOCH: [74, true, "The leader epoch of the request is older than the broker's."],
  UNKNOWN_LEADER_EPOCH: [75, true, "The leader epoch of the request is newer than the broker's."],
  UNSUPPORTED_COMPRESSION_TYPE: [76, false, "The client does not support the compression of the partition."],
  STALE_BROKER_EPOCH: [77, false, "The broker's epoch has changed."],
  OFFSET_NOT_AVAILABLE: [78, true, "A new leader's high watermark has not caught up yet."],
  MEMBER_ID_REQUIRED: [79, false, "Join again with the member id of this response."],
  PREFERRED_LEADER_NOT_AVAILABLE: [80, true, "The preferred leader is not available."],
  GROUP_MAX_SIZE_REACHED: [81, false, "The group has as many members as it may have."],
  FENCED_INSTANCE_ID: [82, false, "Another member has taken over this group.instance.id."],
  ELIGIBLE_LEADERS_NOT_AVAILABLE: [83, true, "None of the replicas that may lead is available."],
  ELECTION_NOT_NEEDED: [84, true, "The partition needs no election."],
  NO_REASSIGNMENT_IN_PROGRESS: [85, false, "The partition's replicas are not being reassigned."],
  GROUP_SUBSCRIBED_TO_TOPIC: [86, false, "The group is subscribed to the topic, so its offsets can't be deleted."],
  INVALID_RECORD: [87, false, "The broker refuses the record: it breaks a rule of the format or of the topic."],
  UNSTABLE_OFFSET_COMMIT: [88, true, "An open transaction still holds offsets of the group."],
  THROTTLING_QUOTA_EXCEEDED: [89, true, "The quota is used up for now."],
  PRODUCER_FENCED: [90, false, "A newer producer of the same transactional id has taken over."],
  RESOURCE_NOT_FOUND: [91, false, "The request names a resource that does not exist."],
  DUPLICATE_RESOURCE: [92, false, "The request names the same resource twice."],
  UNACCEPTABLE_CREDENTIAL: [93, false, "The credential does not meet the requirements."],
  INCONSISTENT_VOTER_SET: [94, false, "Sender or recipient is not one of the expected voters."],
  INVALID_UPDATE_VERSION: [95, false, "The version of the update is not valid."],
  FEATURE_UPDATE_FAILED: [96, false, "The features could not be updated."],
  PRINCIPAL_DESERIALIZATION_FAILURE: [97, false, "The principal of a forwarded request can't be read."],
  SNAPSHOT_NOT_FOUND: [98, false, "There is no such snapshot."],
  POSITION_OUT_OF_RANGE: [99, false, "The position lies outside of the snapshot."],
  UNKNOWN_TOPIC_ID: [100, true, "This broker does not host a topic of this id."],
  DUPLICATE_BROKER_REGISTRATION: [101, false, "The broker id is in use already."],
  BROKER_ID_NOT_REGISTERED: [102, false, "The broker id is not registered."],
  INCONSISTENT_TOPIC_ID: [103, true, "The log's topic id differs from the one in the request."],
  INCONSISTENT_CLUSTER_ID: [104, false, "The cluster id differs from the one in the request."],
  TRANSACTIONAL_ID_NOT_FOUND: [105, false, "There is no such transactional id."],
  FETCH_SESSION_TOPIC_ID_ERROR: [106, true, "The fetch session mixes topic names and topic ids."],
  INELIGIBLE_REPLICA: [107, false, "The new ISR has a replica that may not be in it."],
  NEW_LEADER_ELECTED: [108, false, "The partition's state was changed, and its leader with it."],
  OFFSET_MOVED_TO_TIERED_STORAGE: [109, false, "The offset has moved to tiered storage."],
  FENCED_MEMBER_EPOCH: [110, false, "The member is fenced: it must give up its partitions and join again."],
  UNRELEASED_INSTANCE_ID: [111, false, "Another member of the group still uses the instance id."],
  UNSUPPORTED_ASSIGNOR: [112, false, "The group does not support the assignor."],
  STALE_MEMBER_EPOCH: [113, false, "The member's epoch is stale: try again with the one of the next heartbeat."],
  MISMATCHED_ENDPOINT_TYPE: [114, false, "The request went to the wrong type of endpoint."],
  UNSUPPORTED_ENDPOINT_TYPE: [115, false, "The type of endpoint is not supported."],
  UNKNOWN_CONTROLLER_ID: [116, false, "There is no such controller."],
  UNKNOWN_SUBSCRIPTION_ID: [117, false, "The telemetry subscription is unknown or outdated."],
  TELEMETRY_TOO_LARGE: [118, false, "The telemetry is larger than the broker accepts."],
  INVALID_REGISTRATION: [119, false, "The controller finds the broker's registration invalid."],
  TRANSACTION_ABORTABLE: [120, false, "The transaction failed; after an abort the transactional id can be used again."],
  INVALID_RECORD_STATE: [121, false, "The record's delivery can't be acknowledged in its present state."],
  SHARE_SESSION_NOT_FOUND: [122, true, "There is no such share session."],
  INVALID_SHARE_SESSION_EPOCH: [123, true, "The epoch of the share session is not the expected one."],
  FENCED_STATE_EPOCH: [124, false, "The state epoch of the share group is an old one."],
  INVALID_VOTER_KEY: [125, false, "The voter's key differs from the receiver's."],
  DUPLICATE_VOTER: [126, false, "The voter is in the set of voters already."],
  VOTER_NOT_FOUND: [127, false, "The voter is not in the set of voters."],
  INVALID_REGULAR_EXPRESSION: [128, false, "The regular expression is not valid."],
  REBOOTSTRAP_REQUIRED: [129, false, "The client's metadata is too old: bootstrap again."],
  STREAMS_INVALID_TOPOLOGY: [130, false, "The topology is not valid."],
  STREAMS_INVALID_TOPOLOGY_EPOCH: [131, false, "The epoch of the topology is not valid."],
  STREAMS_TOPOLOGY_FENCED: [132, false, "The epoch of the topology is an old one."],
} as const satisfies Record<string, readonly [code: number, retriable: boolean, message: string]>;

/** A name from Kafka's table of errors, such as `CORRUPT_MESSAGE`. */
export type KafkaErrorName = keyof typeof ERRORS;

const NAME_OF_CODE: ReadonlyMap<number, KafkaErrorName> = new Map(
  (Object.keys(ERRORS) as KafkaErrorName[]).map((name) => [ERRORS[name][0], name]),
);

/**
 * An error with one of Kafka's names. `message` says what was expected, what came and where; without one it is
 * the table's. On the wire it becomes {@link KafkaError.errorCode}.
 */
export class KafkaError extends Error {
  /** Kafka's name of the error, such as `OFFSET_OUT_OF_RANGE`. */
  readonly code: KafkaErrorName;
  /** Kafka's number of the error (int16). */
  readonly errorCode: number;
  /** Whether the same request may succeed later. */
  readonly retriable: boolean;

  constructor(code: KafkaErrorName, message?: string, options?: { cause?: unknown }) {
    const [errorCode, retriable, defaultMessage] = ERRORS[code];
    super(message ?? defaultMessage, options);
    this.name = `KafkaError [${code}]`;
    this.code = code;
    this.errorCode = errorCode;
    this.retriable = retriable;
  }
}

/** The number of an error by its name; 0 for none. */
export function errorCodeOf(name: KafkaErrorName | null): number {
  return name === null ? 0 : ERRORS[name][0];
}

/**
 * A {@link KafkaError} that is nothing but an answer to a client: without a stack, which is most of an error's cost. A
 * stranger can ask for 100,000 names in one request, and each answer is one of these.
 */
export function refusal(code: KafkaErrorName, message: string = ERRORS[code][2]): KafkaError {
  // The constructor of Error would take the stack; without it, what is made is the same in all else.
  const error = Object.create(KafkaError.prototype) as { -readonly [K in keyof KafkaError]: KafkaError[K] };
  error.name = `KafkaError [${code}]`;
  error.message = message;
  error.code = code;
  error.errorCode = ERRORS[code][0];
  error.retriable = ERRORS[code][1];
  return error;
}

/** What an answer says of an error. To keep it is cheap; an error keeps all that its stack has seen. */
export interface AnswerError {
  readonly code: KafkaErrorName;
  readonly errorCode: number;
  readonly message: string;
}

/** What to keep of `error` until it is answered. */
export function answerError({ code, errorCode, message }: KafkaError): AnswerError {
  return { code, errorCode, message };
}

/**
 * The error behind a code that came over the wire.
 *
 * @param message - what the peer said about it; null or empty means the default text.
 * @returns null for 0. A number that the table lacks (from a newer broker) becomes `UNKNOWN_SERVER_ERROR` and
 * is named in the message.
 */
export function errorForCode(errorCode: number, message?: string | null): KafkaError | null {
  if (errorCode === 0) return null;
  const name = NAME_OF_CODE.get(errorCode);
  if (name !== undefined) return new KafkaError(name, message || undefined);
  const details = message ? `: ${message}` : ".";
  return new KafkaError("UNKNOWN_SERVER_ERROR", `Error code ${errorCode} is unknown here${details}`);
}

/** What went wrong with the disk: no space left, no writing at all, a failing device, no such path, a folder in use. */
export type DiskErrorReason = "full" | "read-only" | "descriptors" | "io" | "missing" | "locked";

const DISK_ERROR_TEXT: Record<DiskErrorReason, string> = {
  full: "no space left on the device",
  "read-only": "the file system is read-only",
  descriptors: "too many open files: the process needs a higher limit (ulimit -n)",
  io: "the device failed",
  missing: "no such file or folder",
  locked: "in use by another process",
};

/** A call of `Disk` or `DiskFile` that failed. Crosses the wire as `KAFKA_STORAGE_ERROR`. */
export class DiskError extends KafkaError {
  readonly reason: DiskErrorReason;
  /** The file or folder that the call was about. */
  readonly path: string;

  constructor(reason: DiskErrorReason, path: string, message?: string, options?: { cause?: unknown }) {
    super("KAFKA_STORAGE_ERROR", message ?? `${path}: ${DISK_ERROR_TEXT[reason]}`, options);
    this.name = `DiskError [${reason}]`;
    this.reason = reason;
    this.path = path;
  }
}

/** Whether nothing is broken, and only room on the disk, or a descriptor, was missing: the same may succeed later. */
export function mayPass(error: unknown): error is DiskError {
  return error instanceof DiskError && (error.reason === "full" || error.reason === "descriptors");
}

/** Whether what a file holds is wrong, as opposed to a disk that fails. */
export function isDamage(error: unknown): error is KafkaError {
  return error instanceof KafkaError && !(error instanceof DiskError);
}

/** Key on `globalThis` of the listener for stubs that were met: the learner's and the reference's errors share it. */
const MET_STUB: unique symbol = Symbol.for("katafka.metStub") as never;

// allowed: tests and stories listen here, so that a retry loop or a swallowed rejection can't hide the stub.
const listeners = globalThis as { [MET_STUB]?: (error: NotImplementedError) => void };

/** From now on `told` hears of each exercise that is met and isn't written, also where somebody catches its error. */
export function onStubMet(told: (stub: NotImplementedError) => void): void {
  listeners[MET_STUB] = told;
}

/** What a stub throws. Given code always lets it through; the first one that is met says what to write next. */
export class NotImplementedError extends Error {
  /** Number and title of the exercise, such as `3.2 BufferPool.allocate`. */
  readonly exercise: string;

  constructor(exercise: string) {
    super(`${exercise} is yours to write`);
    this.name = "NotImplementedError";
    this.exercise = exercise;
    listeners[MET_STUB]?.(this);
  }
}

/**
 * Every catch-all calls this first: it throws the {@link NotImplementedError} that `error` is, or that lies
 * somewhere in its chain of causes; any other error passes, and the caller goes on to handle it.
 */
export function rethrowStub(error: unknown): void {
  const seen = new Set<unknown>();
  for (let link = error; link instanceof Error && !seen.has(link); link = link.cause) {
    if (link instanceof NotImplementedError) throw link;
    seen.add(link);
  }
}
