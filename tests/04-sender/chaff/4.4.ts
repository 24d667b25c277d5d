import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
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
    exercise: "4.4 NetworkClient.leastLoadedNode",
    name: "a connection that is being made rather than one that is there",
    why: "It may never come; and a node that can answer at once is at hand.",
    caughtBy: "4.4 leastLoadedNode: all the more one that is ready and idle",
    replace: [["ready ?? connecting ?? connectable", "connecting ?? ready ?? connectable"]],
  },
  {
    exercise: "4.4 NetworkClient.poll",
    name: "time-outs before notes",
    why:
      "After a pause of the program the answers are there, and are thrown away: everything is sent again," +
      " for nothing.",
    caughtBy: "4.4 poll: an answer that has come counts, however late its note is read",
    body:
      "for (const nodeId of this.#inFlight.nodesWithTimedOutRequests(now)) {\n" +
      "  this.disconnect(nodeId, new KafkaError(\"REQUEST_TIMED_OUT\"), now);\n" +
      "}\n" +
      "while (this.#events.length > 0) this.#events.shift()!(now);",
  },
  {
    exercise: "4.4 NetworkClient.poll",
    name: "the newest note first",
    why: "`pop` takes from the wrong end: a connection is told of as lost before the answers that came on it.",
    caughtBy: "4.4 poll: notes are read in their order, also those that come while others are read",
    body:
      "while (this.#events.length > 0) this.#events.pop()!(now);\n" +
      "for (const nodeId of this.#inFlight.nodesWithTimedOutRequests(now)) {\n" +
      "  this.disconnect(nodeId, new KafkaError(\"REQUEST_TIMED_OUT\"), now);\n" +
      "}",
  },
  {
    exercise: "4.4 NetworkClient.poll",
    name: "notes that come meanwhile wait for the next poll",
    why: "Nobody has reason to poll again soon: what a handler has caused lies there until something else happens.",
    caughtBy: "4.4 poll: notes are read in their order, also those that come while others are read",
    replace: [["    while (this.#events.length > 0) {\n", "    if (this.#events.length > 0) {\n"]],
  },
  {
    exercise: "4.4 NetworkClient.poll",
    name: "notes that come meanwhile are thrown away",
    why: "The list is emptied after it was gone through: what a handler has caused in between is lost with it.",
    caughtBy: "4.4 poll: notes are read in their order, also those that come while others are read",
    replace: [
      [
        "    while (this.#events.length > 0) {\n" +
        "      const events = this.#events;\n" +
        "      this.#events = [];\n" +
        "      for (const event of events) event(now);\n" +
        "    }\n",
        "    for (const event of [...this.#events]) event(now);\n    this.#events = [];\n",
      ],
    ],
  },
  {
    exercise: "4.4 NetworkClient.poll",
    name: "nobody looks at the time",
    why: "A broker that hangs is waited for until its connection ends by itself: perhaps never.",
    caughtBy: "4.4 poll: a request without an answer ends its connection, and all its requests fail",
    replace: [
      ["of this.#inFlight.nodesWithTimedOutRequests(now)) {", "of this.#inFlight.nodesWithTimedOutRequests(-1)) {"],
    ],
  },
  {
    exercise: "4.4 NetworkClient.poll",
    name: "any error will do",
    why: "Whoever waits can't tell a broker that is slow from a network that is cut.",
    caughtBy: "4.4 poll: a request without an answer ends its connection, and all its requests fail",
    replace: [["new KafkaError(\"REQUEST_TIMED_OUT\", message)", "new KafkaError(\"NETWORK_EXCEPTION\", message)"]],
  },
  {
    exercise: "4.4 NetworkClient.disconnect",
    name: "the connection stays open",
    why: "The broker may still answer on it, and its next answer would be taken for one to another request.",
    caughtBy: "4.4 disconnect: the connection is closed, noted as lost, and followed by a pause",
    replace: [["    connection?.close(error);\n", "    if (connection?.closed === true) connection.close(error);\n"]],
  },
  {
    exercise: "4.4 NetworkClient.disconnect",
    name: "the node is not noted as lost",
    why: "Its state is still \"ready\": the next batch is sent on a connection that is no more.",
    caughtBy: "4.4 disconnect: the connection is closed, noted as lost, and followed by a pause",
    replace: [["    this.#connections.disconnected(nodeId, now, error);\n", ""]],
  },
  {
    exercise: "4.4 NetworkClient.disconnect",
    name: "nobody asks who leads now",
    why: "The broker may be dead, and others lead its partitions: that is learned only when the metadata are old.",
    caughtBy: "4.4 disconnect: the connection is closed, noted as lost, and followed by a pause",
    replace: [["    this.#options.onDisconnect?.();\n", ""]],
  },
  {
    exercise: "4.4 NetworkClient.disconnect",
    name: "only the oldest request is told",
    why: "The answers to all of them would have come on this connection: none will.",
    caughtBy: "4.4 disconnect: each request to the node fails, the oldest first, as one of Kafka's errors",
    replace: [
      ["for (const { handler } of requests) handler", "for (const { handler } of requests.slice(0, 1)) handler"],
    ],
  },
  {
    exercise: "4.4 NetworkClient.disconnect",
    name: "the newest request is told first",
    why: "What was sent first goes back into its queue last, and what was sent after it overtakes it.",
    caughtBy: "4.4 disconnect: each request to the node fails, the oldest first, as one of Kafka's errors",
    replace: [["of requests) handler", "of requests.toReversed()) handler"]],
  },
  {
    exercise: "4.4 NetworkClient.disconnect",
    name: "whoever is told finds the node as it was",
    why: "A handler that sends again at once finds a connection that is \"ready\", and another one is told twice.",
    caughtBy: "4.4 disconnect: who hears of it finds nothing of the node in flight, and no connection",
    body:
      "const { connection } = this.#connections.get(nodeId);\n" +
      "for (const request of this.#inFlight.clearAll(nodeId)) {\n" +
      "  request.isOver = true;\n" +
      "  request.handler.onFailure(networkError(error), now);\n" +
      "}\n" +
      "this.#connections.disconnected(nodeId, now, error);\n" +
      "connection?.close(error);\n" +
      "this.#options.onDisconnect?.();",
  },
  {
    exercise: "4.4 NetworkClient.disconnect",
    name: "a request can end twice",
    why: "It isn't marked as over: its time-out is told, and then what became of its connection.",
    caughtBy: "4.4 poll: each request ends once, also when its answer comes after its time-out",
    replace: [["    for (const request of requests) request.isOver = true;\n", ""]],
  },
]);
