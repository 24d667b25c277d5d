import { describe, expect, test } from "vitest";
import {
  DiskError,
  mayPass,
  ERRORS,
  errorForCode,
  KafkaError,
  type KafkaErrorName,
  NotImplementedError,
  refusal,
  rethrowStub,
} from "#ground/errors";

const NAMES = Object.keys(ERRORS) as KafkaErrorName[];

describe("the table of errors", () => {
  test("has every code from -1 to 132, each once and in order", () => {
    expect(NAMES.map((name) => ERRORS[name][0])).toEqual(Array.from({ length: 134 }, (_, i) => i - 1));
  });

  test("gives each error a text of its own", () => {
    const texts = NAMES.map((name) => ERRORS[name][2]);
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts.filter((text) => !text.endsWith("."))).toEqual([]);
  });

  test("says of the errors that clients act on whether they are retriable", () => {
    const retriable: KafkaErrorName[] = [
      "CORRUPT_MESSAGE",
      "UNKNOWN_TOPIC_OR_PARTITION",
      "NOT_LEADER_OR_FOLLOWER",
      "NOT_ENOUGH_REPLICAS",
      "NETWORK_EXCEPTION",
      "CONCURRENT_TRANSACTIONS",
      "KAFKA_STORAGE_ERROR",
      "FENCED_LEADER_EPOCH",
      "UNKNOWN_TOPIC_ID",
    ];
    const fatal: KafkaErrorName[] = [
      "OFFSET_OUT_OF_RANGE",
      "MESSAGE_TOO_LARGE",
      "OUT_OF_ORDER_SEQUENCE_NUMBER",
      "INVALID_RECORD",
      "PRODUCER_FENCED",
      "REBALANCE_IN_PROGRESS",
    ];
    expect(retriable.filter((name) => !new KafkaError(name).retriable)).toEqual([]);
    expect(fatal.filter((name) => new KafkaError(name).retriable)).toEqual([]);
  });
});

describe("KafkaError", () => {
  test("crosses the wire as its code and comes back as the same error", () => {
    for (const name of NAMES.filter((each) => each !== "NONE")) {
      const error = new KafkaError(name, "what happened");
      expect(errorForCode(error.errorCode, error.message)).toEqual(error);
    }
  });

  test("has the default text, unless a better one is given", () => {
    expect(new KafkaError("INVALID_CONFIG").message).toBe(ERRORS.INVALID_CONFIG[2]);
    expect(new KafkaError("INVALID_CONFIG", "num.partitions: expected 1 or more, got 0").message).toBe(
      "num.partitions: expected 1 or more, got 0",
    );
  });

  test("keeps its cause", () => {
    const cause = new Error("EIO");
    expect(new KafkaError("KAFKA_STORAGE_ERROR", "append failed", { cause }).cause).toBe(cause);
  });
});

describe("errorForCode", () => {
  test("0 is no error", () => {
    expect(errorForCode(0)).toBeNull();
  });

  test("null and empty messages mean the default text", () => {
    expect(errorForCode(3, null)?.message).toBe(ERRORS.UNKNOWN_TOPIC_OR_PARTITION[2]);
    expect(errorForCode(3, "")?.message).toBe(ERRORS.UNKNOWN_TOPIC_OR_PARTITION[2]);
  });

  test("a code of the future is named", () => {
    const error = errorForCode(999, "the newest thing");
    expect(error?.code).toBe("UNKNOWN_SERVER_ERROR");
    expect(error?.message).toBe("Error code 999 is unknown here: the newest thing");
  });
});

describe("DiskError", () => {
  test("names the path and what is wrong, and is a storage error to clients", () => {
    const error = new DiskError("full", "data/t-0/00000000000000000000.log");
    expect(error).toBeInstanceOf(KafkaError);
    expect(error.code).toBe("KAFKA_STORAGE_ERROR");
    expect(error.reason).toBe("full");
    expect(error.message).toBe("data/t-0/00000000000000000000.log: no space left on the device");
  });
});

describe("mayPass", () => {
  test("is true where nothing is broken: room can be made, and descriptors be freed", () => {
    const reasons = ["full", "descriptors", "io", "missing", "locked", "read-only"] as const;
    expect(reasons.filter((reason) => mayPass(new DiskError(reason, "f")))).toEqual(["full", "descriptors"]);
    expect([mayPass(new KafkaError("KAFKA_STORAGE_ERROR")), mayPass(undefined)]).toEqual([false, false]);
  });
});

describe("rethrowStub", () => {
  const thrownBy = (error: unknown): unknown => {
    try {
      rethrowStub(error);
      return "nothing";
    } catch (thrown) {
      return thrown;
    }
  };

  test("lets every other error pass", () => {
    expect(thrownBy(new KafkaError("NETWORK_EXCEPTION"))).toBe("nothing");
    expect(thrownBy("a string")).toBe("nothing");
    expect(thrownBy(undefined)).toBe("nothing");
  });

  test("finds a stub at the end of a chain of causes", () => {
    // Not made by its constructor, which would report a stub to the harness.
    const stub = Object.create(NotImplementedError.prototype) as NotImplementedError;
    const wrapped = new KafkaError("UNKNOWN_SERVER_ERROR", "handler failed", {
      cause: new Error("append failed", { cause: stub }),
    });
    expect(thrownBy(stub)).toBe(stub);
    expect(thrownBy(wrapped)).toBe(stub);
  });

  test("ends on a chain of causes that runs in a circle", () => {
    const first = new Error("first");
    first.cause = new Error("second", { cause: first });
    expect(thrownBy(first)).toBe("nothing");
  });
});

describe("a refusal", () => {
  test("is a KafkaError like any other, but has no stack", () => {
    for (const message of [undefined, "There is no partition 7"]) {
      const refused = refusal("UNKNOWN_TOPIC_OR_PARTITION", message);
      const like = new KafkaError("UNKNOWN_TOPIC_OR_PARTITION", message);
      expect(refused).toBeInstanceOf(KafkaError);
      expect(String(refused)).toBe(String(like));
      const { code, errorCode, retriable } = refused;
      expect({ code, errorCode, retriable }).toEqual({ code: like.code, errorCode: 3, retriable: true });
      expect(refused.stack).toBeUndefined();
    }
  });
});
