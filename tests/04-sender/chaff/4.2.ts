import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "4.2 ProducerInterceptors.onSend",
    name: "each gets the original record",
    why: "The interceptors are a chain: what one has changed is what the next one sees.",
    caughtBy: "4.2 onSend: each gets what the one before it returned, in the order of the list",
    replace: [["interceptor.onSend(current)", "interceptor.onSend(record)"]],
  },
  {
    exercise: "4.2 ProducerInterceptors.onSend",
    name: "after an error the next one gets the original record",
    why: "What the interceptors before it had done would be lost: the *last good* record goes on.",
    caughtBy: "4.2 onSend: one that throws is passed over, and the next gets the last good record",
    replace: [["rethrowStub(error);", "rethrowStub(error);\n        current = record;"]],
  },
  {
    exercise: "4.2 ProducerInterceptors.onSend",
    name: "an error ends the chain",
    why: "With the loop inside of the `try`, one that throws takes all that come after it with it.",
    caughtBy: "4.2 onSend: if the first one throws, the last good record is the original",
    replace: [["this.warn(\"onSend\", error);", "this.warn(\"onSend\", error);\n        return current;"]],
  },
  {
    exercise: "4.2 ProducerInterceptors.onSend",
    name: "null means unchanged",
    why: "`??` takes null for undefined. Null is the interceptor's way to say: don't send it.",
    caughtBy: "4.2 onSend: a record for which one returns null is filtered, and those after it don't see it",
    replace: [["        if (returned === null) return null;\n", ""]],
  },
  {
    exercise: "4.2 ProducerInterceptors.onSend",
    name: "undefined means filtered",
    why: "`== null` is true for undefined, too: an interceptor that only counts would lose every record.",
    caughtBy: "4.2 onSend: one that returns nothing, or has no onSend, leaves the record as it is",
    replace: [["returned === null", "returned == null"], ["returned ?? current", "returned"]],
  },
  {
    exercise: "4.2 ProducerInterceptors.onSend",
    name: "errors are swallowed",
    why: "One that throws for every record does nothing any more, and nobody ever learns of it.",
    caughtBy: "4.2 onSend: one that throws is passed over, and the next gets the last good record",
    replace: [["        this.warn(\"onSend\", error);\n", ""]],
  },
  {
    exercise: "4.2 ProducerInterceptors.onAcknowledgement",
    name: "an error keeps the others from being told",
    why:
      "A `try` around the loop: after one that throws, the others miss acknowledgements, and their" +
      " counts are wrong.",
    caughtBy: "4.2 onAcknowledgement: one that throws is logged, and the next is told all the same",
    replace: [
      ["this.warn(\"onAcknowledgement\", thrown);", "this.warn(\"onAcknowledgement\", thrown);\n        return;"],
    ],
  },
  {
    exercise: "4.2 ProducerInterceptors.onAcknowledgement",
    name: "told in the reverse order",
    why: "As if they were wrapped round each other. Kafka goes through the list from the front, both ways.",
    caughtBy: "4.2 onAcknowledgement: all are told, in the order of the list, with the same metadata and error",
    replace: [["of this.#interceptors)", "of this.#interceptors.toReversed())"]],
  },
  {
    exercise: "4.2 ProducerInterceptors.onAcknowledgement",
    name: "only successes are told",
    why: "A ratio of successes needs the failures.",
    caughtBy: "4.2 onAcknowledgement: all are told, in the order of the list, with the same metadata and error",
    replace: [
      [
        "interceptor.onAcknowledgement?.(metadata, error);",
        "if (error === null) interceptor.onAcknowledgement?.(metadata, error);",
      ],
    ],
  },
  {
    exercise: "4.2 ProducerInterceptors.onAcknowledgement",
    name: "the method loses its this",
    why: "`const { onAcknowledgement } = interceptor` calls it without its object: `this` is undefined in it.",
    caughtBy: "4.2 onAcknowledgement: an interceptor keeps its own this",
    replace: [
      [
        "interceptor.onAcknowledgement?.(metadata, error);",
        "const tell = interceptor.onAcknowledgement;\n        tell?.(metadata, error);",
      ],
    ],
  },
  {
    exercise: "4.2 ProducerInterceptors.onAcknowledgement",
    name: "the record's error is logged",
    why: "Two errors in one place, and the parameter has the better name. What the interceptor threw is never seen.",
    caughtBy: "4.2 onAcknowledgement: one that throws is logged, and the next is told all the same",
    replace: [['this.warn("onAcknowledgement", thrown)', 'this.warn("onAcknowledgement", error ?? thrown)']],
  },
  {
    exercise: "4.2 ProducerInterceptors.onSend",
    name: "onSend loses its this",
    why: "`const { onSend } = interceptor` calls it without its object: `this` is undefined in it, and it throws.",
    caughtBy: "4.2 onSend: an interceptor keeps its own this",
    replace: [["interceptor.onSend(current)", "(0, interceptor.onSend)(current)"]],
  },
]);
