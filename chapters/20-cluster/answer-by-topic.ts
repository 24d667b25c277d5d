import { ERRORS } from "#ground/errors";

/** Partitions of a topic that a request is about. */
export interface AskedTopic {
  readonly name: string;
  readonly partitions: readonly { readonly partitionIndex: number }[];
}

/** What is answered about them. */
export interface AnsweredTopic {
  readonly name: string;
  readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[];
}

/**
 * An error code for each partition of a request, in its order.
 * @param existing the topics that there are; partitions of others get UNKNOWN_TOPIC_OR_PARTITION
 * @param errorCodes of the partitions of topics that there are, in the order of the request
 */
export function answerByTopic(
  topics: readonly AskedTopic[],
  existing: ReadonlyMap<string, unknown>,
  errorCodes: readonly number[],
): AnsweredTopic[] {
  let at = 0;
  const unknown = ERRORS.UNKNOWN_TOPIC_OR_PARTITION[0];
  return topics.map(({ name, partitions }) => {
    const isKnown = existing.has(name);
    const answer = partitions.map(({ partitionIndex }) => {
      return { partitionIndex, errorCode: isKnown ? errorCodes[at++]! : unknown };
    });
    return { name, partitions: answer };
  });
}
