import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "2.1 toPositive",
    name: "the absolute value",
    why: "−5 becomes 5, but Kafka clears the sign bit: half of all keys go elsewhere than with every other client.",
    caughtBy: "2.1 toPositive: a negative number loses its sign bit, and is not turned round",
    body: "return Math.abs(hash);",
  },
  {
    exercise: "2.1 toPositive",
    name: "the sign bit is counted instead of cleared",
    why:
      "`>>> 0` makes an unsigned number of the same 32 bits: −1 becomes 4294967295, and modulo 3 that is another " +
        "number.",
    caughtBy: "2.1 toPositive: a negative number loses its sign bit, and is not turned round",
    body: "return hash >>> 0;",
  },
  {
    exercise: "2.1 toPositive",
    name: "the sign bit is shifted out",
    why: "`>>> 1` drops the lowest bit: every number is halved, also those that were positive already.",
    caughtBy: "2.1 toPositive: what is not negative stays as it is",
    body: "return hash >>> 1;",
  },
  {
    exercise: "2.1 toPositive",
    name: "negative numbers become 0",
    why: "Half of all keys then share partition 0.",
    caughtBy: "2.1 toPositive: is what Apache Kafka makes of its hashes",
    body: "return Math.max(0, hash);",
  },
]);
