import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "4.4 InFlightRequests.count",
    name: "the count of all nodes together",
    why: "The limit is one of a connection: a busy broker must not keep the others idle.",
    caughtBy: "4.4 add, count: each node has a count of its own",
    body: "return this.#queues.get(nodeId) === undefined ? 0 : this.#total;",
  },
  {
    exercise: "4.4 InFlightRequests.add",
    name: "the newest in front",
    why: "Answers come in the order of the requests: the oldest one is the first to be completed.",
    caughtBy: "4.4 completeNext: an answer belongs to the oldest request of its node",
    replace: [["queue.push(request)", "queue.unshift(request)"]],
  },
  {
    exercise: "4.4 InFlightRequests.add",
    name: "a node's first request is not in the total",
    why: "Then the total says that nothing is in flight, and a closing producer doesn't wait for the answer.",
    caughtBy: "4.4 add, count: each node has a count of its own",
    replace: [
      [
        "else queue.push(request);\n    this.#total++;",
        "else {\n      queue.push(request);\n      this.#total++;\n    }",
      ],
    ],
  },
  {
    exercise: "4.4 InFlightRequests.completeNext",
    name: "the newest request gets the answer",
    why: "`pop` takes from the wrong end: a program would be told of the fate of other records than its own.",
    caughtBy: "4.4 completeNext: an answer belongs to the oldest request of its node",
    replace: [["?.shift()", "?.pop()"]],
  },
  {
    exercise: "4.4 InFlightRequests.completeNext",
    name: "an answer too many is counted",
    why: "The total becomes negative, and hides a request that is in flight to another node.",
    caughtBy: "4.4 completeNext: an answer that belongs to no request is an error that names the node",
    replace: [
      ["this.#queues.get(nodeId)?.shift();", "this.#queues.get(nodeId)?.shift();\n    this.#total--;"],
      ["in flight.`);\n    this.#total--;", "in flight.`);"],
    ],
  },
  {
    exercise: "4.4 InFlightRequests.canSendMore",
    name: "one more than max.in.flight",
    why: "`<=` counts the request that is to come twice: with 5 there are 6, and order is lost.",
    caughtBy: "4.4 canSendMore: as long as fewer than max.in.flight are in flight to this node",
    replace: [["queue.length < this.#maxPerNode", "queue.length <= this.#maxPerNode"]],
  },
  {
    exercise: "4.4 InFlightRequests.canSendMore",
    name: "requests pile up in front of a slow network",
    why: "Batches that wait behind unsent bytes can't grow any more, and hold memory for nothing.",
    caughtBy: "4.4 canSendMore: not while the only request is still leaving",
    replace: [[" && queue.at(-1)!.isSent", ""]],
  },
  {
    exercise: "4.4 InFlightRequests.canSendMore",
    name: "the oldest request is asked whether it is sent",
    why: "Of the requests of a connection the newest one is the last to leave; the oldest has long gone.",
    caughtBy: "4.4 canSendMore: not before the network has taken all of the newest request",
    replace: [["queue.at(-1)!", "queue[0]!"]],
  },
  {
    exercise: "4.4 InFlightRequests.nodesWithTimedOutRequests",
    name: "only the oldest request counts",
    why: "It was sent first, but a later one may have less time.",
    caughtBy: "4.4 nodesWithTimedOutRequests: a later request with a shorter time-out counts, too",
    replace: [["queue.some(", "queue.slice(0, 1).some("]],
  },
  {
    exercise: "4.4 InFlightRequests.nodesWithTimedOutRequests",
    name: "a node is named for each of its requests",
    why: "Its connection would be given up twice, the second time the new one.",
    caughtBy: "4.4 nodesWithTimedOutRequests: names a node once, and none whose requests were answered",
    replace: [
      [
        "if (queue.some(({ sentMs, timeoutMs }) => now >= sentMs + timeoutMs)) nodes.push(nodeId);",
        "for (const { sentMs, timeoutMs } of queue) if (now >= sentMs + timeoutMs) nodes.push(nodeId);",
      ],
    ],
  },
  {
    exercise: "4.4 InFlightRequests.nodesWithTimedOutRequests",
    name: "the time-out counts from zero",
    why: "`now >= timeoutMs` is soon true for every request: each is given up as soon as it is sent.",
    caughtBy: "4.4 nodesWithTimedOutRequests: those with a request that is older than its time-out",
    replace: [["({ sentMs, timeoutMs }) => now >= sentMs + timeoutMs", "({ timeoutMs }) => now >= timeoutMs"]],
  },
  {
    exercise: "4.4 NetworkClient.leastLoadedNode",
    name: "the most loaded node",
    why: "The comparison is the wrong way round: who has most to do gets more.",
    caughtBy: "4.4 leastLoadedNode: of those that are ready, the one with the fewest requests in flight",
    replace: [
      [
        "this.#inFlight.count(node.id) < this.#inFlight.count(ready.id)",
        "this.#inFlight.count(node.id) > this.#inFlight.count(ready.id)",
      ],
    ],
  },
  {
    exercise: "4.4 NetworkClient.leastLoadedNode",
    name: "always from the first node on",
    why: "Thousands of clients with the same list would all ask its first broker.",
    caughtBy: "4.4 leastLoadedNode: ties go to the first one from a random place on",
    replace: [["nodes[(start + i) % nodes.length]!", "nodes[(start * nodes.length + i) % nodes.length]!"]],
  },
  {
    exercise: "4.4 NetworkClient.leastLoadedNode",
    name: "a new connection rather than a busy one",
    why:
      "A producer with one request in flight would connect to every broker of the cluster, just to ask" +
      " for metadata.",
    caughtBy: "4.4 leastLoadedNode: a node that is ready before one that is being connected to, or could be",
    replace: [
      [
        "return ready ?? connecting ?? connectable;",
        "const isIdle = ready !== null && this.#inFlight.count(ready.id) === 0;\n    return (isIdle ?" +
          " ready : (connecting ?? connectable)) ?? ready;",
      ],
    ],
  },
  {
    exercise: "4.4 NetworkClient.leastLoadedNode",
    name: "one more connection rather than waiting for one",
    why: "While the first connection is being made, a second and a third are begun.",
    caughtBy: "4.4 leastLoadedNode: one that is being connected to, before one that could be",
    replace: [["ready ?? connecting ?? connectable", "ready ?? connectable ?? connecting"]],
  },
  {
    exercise: "4.4 NetworkClient.leastLoadedNode",
    name: "the same dead address again and again",
    why: "With the first one that may be connected to, the addresses behind it never get their turn.",
    caughtBy: "4.4 leastLoadedNode: of those that can be connected to, the one that was tried longest ago",
    replace: [["lastAttemptMs < this.#connections.get(connectable.id).lastAttemptMs", "lastAttemptMs > Infinity"]],
  },
  {
    exercise: "4.4 NetworkClient.leastLoadedNode",
    name: "somebody, whatever happens",
    why: "A node that has just failed has its pause; and without any node there is nobody to be asked.",
    caughtBy: "4.4 leastLoadedNode: nobody, while all of them have just failed",
    replace: [["ready ?? connecting ?? connectable", "ready ?? connecting ?? connectable ?? nodes[start] ?? null"]],
  },
  {
    exercise: "4.4 InFlightRequests.nodesWithTimedOutRequests",
    name: "only requests that have left can time out",
    why: "A broker that hangs stops reading, too: what can't leave would wait for it for ever.",
    caughtBy: "4.4 nodesWithTimedOutRequests: also a request that the network has not taken yet",
    replace: [["({ sentMs, timeoutMs }) => now", "({ sentMs, timeoutMs, isSent }) => isSent && now"]],
  },
  {
    exercise: "4.4 NetworkClient.leastLoadedNode",
    name: "a connection that is being made rather than one that is there",
    why: "It may never come; and a node that can answer at once is at hand.",
    caughtBy: "4.4 leastLoadedNode: all the more one that is ready and idle",
    replace: [["ready ?? connecting ?? connectable", "connecting ?? ready ?? connectable"]],
  },
]);
