/**
 * Answers of a controller that has learned meanwhile that it is none any more.
 *
 * @module
 */
import { ERRORS } from "#ground/errors";

/**
 * Whether an answer says nothing but NOT_CONTROLLER, and perhaps what else is wrong: nothing was changed, and the
 * request can be handed on to whoever is the controller now.
 * Source: Kafka's `RequestChannel.Request.buildResponseSend`.
 */
export function isFromNoController(answer: unknown): boolean {
  const codes = [...errorCodesOf(answer)];
  return codes.includes(ERRORS.NOT_CONTROLLER[0]) && !codes.includes(0);
}

/** All error codes in an answer. Source: Kafka's `AbstractResponse.errorCounts`. */
function* errorCodesOf(value: unknown): Iterable<number> {
  if (Array.isArray(value)) {
    for (const one of value) yield* errorCodesOf(one);
  } else if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) {
    for (const [name, field] of Object.entries(value)) {
      if (name === "errorCode") yield field as number;
      else yield* errorCodesOf(field);
    }
  }
}
