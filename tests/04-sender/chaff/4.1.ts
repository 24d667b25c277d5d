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
  {
    exercise: "4.1 InFlightRequests.count",
    name: "the count of all nodes together",
    why: "The limit is one of a connection: a busy broker must not keep the others idle.",
    caughtBy: "4.1 add, count: each node has a count of its own",
    body: "return this.#queues.get(nodeId) === undefined ? 0 : this.#total;",
  },
  {
    exercise: "4.1 InFlightRequests.add",
    name: "the newest in front",
    why: "Answers come in the order of the requests: the oldest one is the first to be completed.",
    caughtBy: "4.1 completeNext: an answer belongs to the oldest request of its node",
    replace: [["queue.push(request)", "queue.unshift(request)"]],
  },
  {
    exercise: "4.1 InFlightRequests.add",
    name: "a node's first request is not in the total",
    why: "Then the total says that nothing is in flight, and a closing producer doesn't wait for the answer.",
    caughtBy: "4.1 add, count: each node has a count of its own",
    replace: [
      [
        "else queue.push(request);\n    this.#total++;",
        "else {\n      queue.push(request);\n      this.#total++;\n    }",
      ],
    ],
  },
  {
    exercise: "4.1 InFlightRequests.completeNext",
    name: "the newest request gets the answer",
    why: "`pop` takes from the wrong end: a program would be told of the fate of other records than its own.",
    caughtBy: "4.1 completeNext: an answer belongs to the oldest request of its node",
    replace: [["?.shift()", "?.pop()"]],
  },
  {
    exercise: "4.1 InFlightRequests.completeNext",
    name: "an answer too many is counted",
    why: "The total becomes negative, and hides a request that is in flight to another node.",
    caughtBy: "4.1 completeNext: an answer that belongs to no request is an error that names the node",
    replace: [
      ["this.#queues.get(nodeId)?.shift();", "this.#queues.get(nodeId)?.shift();\n    this.#total--;"],
      ["in flight.`);\n    this.#total--;", "in flight.`);"],
    ],
  },
  {
    exercise: "4.1 InFlightRequests.canSendMore",
    name: "one more than max.in.flight",
    why: "`<=` counts the request that is to come twice: with 5 there are 6, and order is lost.",
    caughtBy: "4.1 canSendMore: as long as fewer than max.in.flight are in flight to this node",
    replace: [["queue.length < this.#maxPerNode", "queue.length <= this.#maxPerNode"]],
  },
  {
    exercise: "4.1 InFlightRequests.canSendMore",
    name: "requests pile up in front of a slow network",
    why: "Batches that wait behind unsent bytes can't grow any more, and hold memory for nothing.",
    caughtBy: "4.1 canSendMore: not while the only request is still leaving",
    replace: [[" && queue.at(-1)!.isSent", ""]],
  },
  {
    exercise: "4.1 InFlightRequests.canSendMore",
    name: "the oldest request is asked whether it is sent",
    why: "Of the requests of a connection the newest one is the last to leave; the oldest has long gone.",
    caughtBy: "4.1 canSendMore: not before the network has taken all of the newest request",
    replace: [["queue.at(-1)!", "queue[0]!"]],
  },
  {
    exercise: "4.1 InFlightRequests.nodesWithTimedOutRequests",
    name: "only the oldest request counts",
    why: "It was sent first, but a later one may have less time.",
    caughtBy: "4.1 nodesWithTimedOutRequests: a later request with a shorter time-out counts, too",
    replace: [["queue.some(", "queue.slice(0, 1).some("]],
  },
  {
    exercise: "4.1 InFlightRequests.nodesWithTimedOutRequests",
    name: "a node is named for each of its requests",
    why: "Its connection would be given up twice, the second time the new one.",
    caughtBy: "4.1 nodesWithTimedOutRequests: names a node once, and none whose requests were answered",
    replace: [
      [
        "if (queue.some(({ sentMs, timeoutMs }) => now >= sentMs + timeoutMs)) nodes.push(nodeId);",
        "for (const { sentMs, timeoutMs } of queue) if (now >= sentMs + timeoutMs) nodes.push(nodeId);",
      ],
    ],
  },
  {
    exercise: "4.1 InFlightRequests.nodesWithTimedOutRequests",
    name: "the time-out counts from zero",
    why: "`now >= timeoutMs` is soon true for every request: each is given up as soon as it is sent.",
    caughtBy: "4.1 nodesWithTimedOutRequests: those with a request that is older than its time-out",
    replace: [["({ sentMs, timeoutMs }) => now >= sentMs + timeoutMs", "({ timeoutMs }) => now >= timeoutMs"]],
  },
  {
    exercise: "4.1 InFlightRequests.nodesWithTimedOutRequests",
    name: "only requests that have left can time out",
    why: "A broker that hangs stops reading, too: what can't leave would wait for it for ever.",
    caughtBy: "4.1 nodesWithTimedOutRequests: also a request that the network has not taken yet",
    replace: [["({ sentMs, timeoutMs }) => now", "({ sentMs, timeoutMs, isSent }) => isSent && now"]],
  },
  {
    exercise: "4.1 InFlightRequests.clearAll",
    name: "the queue is given out, and emptied",
    why: "The caller gets the very array that is made empty: none of the requests is ever told that it has failed.",
    caughtBy: "4.1 clearAll: gives out all requests to one node, the oldest first",
    replace: [
      [
        "this.#queues.delete(nodeId);\n    this.#total -= queue.length;",
        "this.#total -= queue.length;\n    queue.length = 0;",
      ],
    ],
  },
  {
    exercise: "4.1 InFlightRequests.clearAll",
    name: "the queue is given out, and used again",
    why: "What the caller holds grows with each request that is sent later, and so do the failures that it tells of.",
    caughtBy: "4.1 clearAll: what it gives out is the caller's: requests that are added later are not in it",
    replace: [["    this.#queues.delete(nodeId);\n", ""]],
  },
  {
    exercise: "4.1 InFlightRequests.clearAll",
    name: "the total stays",
    why: "Nothing is in flight any more, but the client believes so: a closing producer waits for ever.",
    caughtBy: "4.1 clearAll: gives out all requests to one node, the oldest first",
    replace: [["    this.#total -= queue.length;\n", ""]],
  },
  {
    exercise: "4.1 InFlightRequests.remove",
    name: "one that isn't there is counted",
    why: "A request that ended a moment ago is taken off the total once more: another one is missing in it.",
    caughtBy: "4.1 remove: one that isn't there any more, or was never there, changes nothing",
    replace: [
      [
        "    if (at === -1) return;\n    queue!.splice(at, 1);\n    this.#total--;",
        "    this.#total--;\n    if (at !== -1) queue!.splice(at, 1);",
      ],
    ],
  },
  {
    exercise: "4.1 InFlightRequests.remove",
    name: "the last one goes when it isn't there",
    why: "`indexOf` says −1, and `splice(-1, 1)` takes the last one: a request that is still waited for.",
    caughtBy: "4.1 remove: one that isn't there any more, or was never there, changes nothing",
    replace: [
      [
        "    if (at === -1) return;\n    queue!.splice(at, 1);\n    this.#total--;",
        "    if (queue === undefined || queue.length === 0) return;\n    queue.splice(at, 1);\n    this.#total--;",
      ],
    ],
  },
  {
    exercise: "4.1 InFlightRequests.remove",
    name: "the oldest one goes",
    why: "A queue is taken from at its front, but the one that failed may stand anywhere in it.",
    caughtBy: "4.1 remove: takes one out, wherever it stands; the others keep their order",
    replace: [["queue!.splice(at, 1)", "queue!.shift()"]],
  },
]);
