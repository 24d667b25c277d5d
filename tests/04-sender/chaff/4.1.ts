import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "4.1 ExponentialBackoff.backoffMs",
    name: "the limit comes before the jitter",
    why: "Then a wait at the limit can become up to 20 % longer than it: the limit is none.",
    caughtBy: "4.1 backoffMs: chance makes no wait longer than the limit",
    replace: [["Math.min(this.maxMs, limited * factor)", "limited * factor"]],
  },
  {
    exercise: "4.1 ExponentialBackoff.backoffMs",
    name: "chance ends where the limit begins",
    why: "After some failures everybody waits exactly as long as everybody else, and all come back together.",
    caughtBy: "4.1 backoffMs: but shorter: also at the limit not all clients wait equally long",
    replace: [["const limited = Math.min(this.maxMs, doubled);", "const limited = doubled;"]],
  },
  {
    exercise: "4.1 ExponentialBackoff.backoffMs",
    name: "the first wait is doubled already",
    why:
      "`failures` counts the failures before this one: after the first failure it is 0, and the wait is" +
      " `initialMs`.",
    caughtBy: "4.1 backoffMs: each wait is twice as long as the one before, up to the limit",
    replace: [["Math.min(failures, MOST_DOUBLINGS)", "Math.min(failures + 1, MOST_DOUBLINGS)"]],
  },
  {
    exercise: "4.1 ExponentialBackoff.backoffMs",
    name: "linear instead of exponential",
    why: "100, 200, 300, 400: a cluster that is down for a minute is asked far too often.",
    caughtBy: "4.1 backoffMs: each wait is twice as long as the one before, up to the limit",
    replace: [["MULTIPLIER ** Math.min(failures, MOST_DOUBLINGS)", "(Math.min(failures, MOST_DOUBLINGS) + 1)"]],
  },
  {
    exercise: "4.1 ExponentialBackoff.backoffMs",
    name: "no jitter",
    why: "A thousand clients that lost one broker at one instant come back at one instant, again and again.",
    caughtBy: "4.1 backoffMs: a wait is up to 20 % shorter or longer, by chance",
    replace: [["1 - JITTER + 2 * JITTER * this.#random.next()", "1 - JITTER + 2 * JITTER * 0.5"]],
  },
  {
    exercise: "4.1 ExponentialBackoff.backoffMs",
    name: "waits only get longer by chance, never shorter",
    why: "`1 + JITTER * random` spreads the clients half as wide, and all of them late.",
    caughtBy: "4.1 backoffMs: a wait is up to 20 % shorter or longer, by chance",
    replace: [["1 - JITTER + 2 * JITTER * this.#random.next()", "1 + JITTER * this.#random.next()"]],
  },
  {
    exercise: "4.1 ExponentialBackoff.backoffMs",
    name: "the power of two becomes infinite",
    why: "2 ** 10000 is Infinity. The limit hides that, until a wait of 0 is multiplied with it: 0 × Infinity is NaN.",
    caughtBy: "4.1 backoffMs: after 10,000 failures it is still a number",
    replace: [["Math.min(failures, MOST_DOUBLINGS)", "failures"]],
  },
]);
