import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "4.6 produceRequest",
    name: "a topic for each batch",
    why: "A topic that is named twice in a request is refused by some brokers; others answer only once.",
    caughtBy: "4.6 produceRequest: each topic once, and under it its partitions, in the order of the batches",
    replace: [
      [
        "const topicData = [...partitionsOf].map(([name, partitionData]) => ({ name, partitionData }));",
        "const topicData = [...partitionsOf].flatMap(([name, all]) => all.map((one) => ({ name," +
          " partitionData: [one] })));",
      ],
    ],
  },
  {
    exercise: "4.6 produceRequest",
    name: "partitions in numerical order",
    why: "Sorting costs time and gives nothing; it hides that the drain starts with another partition each time.",
    caughtBy: "4.6 produceRequest: each topic once, and under it its partitions, in the order of the batches",
    replace: [
      ["({ name, partitionData }))", "({ name, partitionData: partitionData.sort((a, b) => a.index - b.index) }))"],
    ],
  },
  {
    exercise: "4.6 produceRequest",
    name: "the records are copied",
    why: "Every byte is copied once more: at hundreds of megabytes a second that is most of what a core can do.",
    caughtBy: "4.6 produceRequest: the records are the built batch, and not a copy of it",
    replace: [["records: batch.build() }", "records: batch.build().slice() }"]],
  },
  {
    exercise: "4.6 produceRequest",
    name: "acks are always all",
    why: "What the user has configured never reaches the broker.",
    caughtBy: "4.6 produceRequest: says acks and the broker's time limit; no transaction",
    replace: [
      ["acks, timeoutMs, topicData }", "acks: -1 * Math.abs(Math.sign(acks + timeoutMs + 1)), timeoutMs, topicData }"],
    ],
  },
  {
    exercise: "4.6 Sender.sendProducerData",
    name: "one request a partition",
    why: "Each request costs a system call and an answer; with a hundred partitions, a hundred times.",
    caughtBy: "4.6 sendProducerData: all that one node leads goes into one request to it",
    replace: [
      [
        "if (batches.length > 0) this.sendRequest(nodeId, batches, now);",
        "for (const batch of batches) this.sendRequest(nodeId, [batch], now);",
      ],
    ],
  },
  {
    exercise: "4.6 Sender.sendProducerData",
    name: "batches are drained for nodes that can't take them",
    why: "They have left the accumulator, but there is no connection: nobody ever sends them.",
    caughtBy: "4.6 sendProducerData: a node that can take nothing keeps its batches, the others don't wait for it",
    replace: [["      readyNodes.delete(nodeId);\n", ""]],
  },
  {
    exercise: "4.6 Sender.sendProducerData",
    name: "one node that isn't ready stops all",
    why: "`break` instead of `continue`, or an early return: one dead broker, and nothing is sent to the others.",
    caughtBy: "4.6 sendProducerData: a node that can take nothing keeps its batches, the others don't wait for it",
    replace: [
      [
        "delayMs = Math.min(delayMs, client.connectionDelayMs(nodeId, now));",
        "return Math.min(delayMs, client.connectionDelayMs(nodeId, now));",
      ],
    ],
  },
  {
    exercise: "4.6 Sender.sendProducerData",
    name: "nobody comes back for a node that may be tried again later",
    why:
      "When the pause after a failed attempt is over nothing happens on the network: only a timer can" +
      " wake the sender.",
    caughtBy: "4.6 sendProducerData: a node that can take nothing keeps its batches, the others don't wait for it",
    replace: [
      ["      delayMs = Math.min(delayMs, client.connectionDelayMs(nodeId, now));\n", ""],
      ["let delayMs", "const delayMs"],
    ],
  },
  {
    exercise: "4.6 Sender.sendProducerData",
    name: "the delay is that of the last node",
    why: "A node that could be tried again in 50 ms waits for another one's ten seconds.",
    caughtBy: "4.6 sendProducerData: of several nodes that may be tried again later the first one counts",
    replace: [["Math.min(delayMs, client.connectionDelayMs(nodeId, now))", "client.connectionDelayMs(nodeId, now)"]],
  },
  {
    exercise: "4.6 Sender.sendProducerData",
    name: "lingering batches are forgotten",
    why: "When the time is over nothing happens by itself: only a timer can wake the sender.",
    caughtBy: "4.6 sendProducerData: nothing is sent while nothing is ready; it says when something will be",
    replace: [
      ["let delayMs = nextReadyCheckDelayMs;", "let delayMs = Infinity;"],
      ["nextReadyCheckDelayMs, unknownLeaderTopics", "unknownLeaderTopics"],
    ],
  },
  {
    exercise: "4.6 Sender.sendProducerData",
    name: "nobody asks for a missing leader",
    why: "The records wait until somebody else has a reason to ask for metadata, or until they expire.",
    caughtBy: "4.6 sendProducerData: for a topic without a leader the metadata are wanted",
    replace: [
      ["    if (unknownLeaderTopics.size > 0) metadata.requestUpdate();\n", ""],
      [
        "for (const topic of unknownLeaderTopics) metadata.use(topic, now);",
        "for (const topic of unknownLeaderTopics) if (metadata.topics?.includes(topic)) metadata.use(topic, now);",
      ],
    ],
  },
  {
    exercise: "4.6 Sender.sendProducerData",
    name: "the accumulator hears only of nodes that could take something",
    why: "Then no broker ever counts as slow, and the partitioner goes on to fill its partitions (KIP-794).",
    caughtBy: "4.6 sendProducerData: the accumulator is told which nodes could take something",
    replace: [
      [
        "accumulator.updateNodeLatencyStats(nodeId, now, canDrain);",
        "if (canDrain) accumulator.updateNodeLatencyStats(nodeId, now, canDrain);",
      ],
    ],
  },
  {
    exercise: "4.6 Sender.sendRequest",
    name: "memory is not lent",
    why:
      "A batch that expires while the socket holds its bytes gives its memory back: the socket sends" +
      " the next batch's bytes.",
    caughtBy: "4.6 sendRequest: memory goes back only when the network has let go of the bytes",
    replace: [["      accumulator.lend(batch);\n", ""]],
  },
  {
    exercise: "4.6 Sender.sendRequest",
    name: "lent memory is never released",
    why: "After 32 MiB nothing can be sent any more.",
    caughtBy: "4.6 sendRequest: memory goes back only when the network has let go of the bytes",
    replace: [["      for (const batch of batches) accumulator.release(batch);\n", ""]],
  },
  {
    exercise: "4.6 Sender.sendRequest",
    name: "acks 0 waits for an answer",
    why: "None comes: each request times out, and its connection is given up.",
    caughtBy: "4.6 sendRequest: with acks 0 nobody waits for an answer",
    replace: [["    if (acks === 0) handler.onSent = (later) => this.onAnswers(batches, null, later);\n", ""]],
  },
  {
    exercise: "4.6 Sender.sendRequest",
    name: "partitions are never muted",
    why: "With max.in.flight=1 a second batch can still leave when the first one is answered but not yet sent again.",
    caughtBy: "4.6 sendRequest: to keep the order, nothing more of a partition leaves while a batch is under way",
    replace: [
      ["      if (guaranteeMessageOrder) accumulator.mutePartition(batch);\n", ""],
      ["requestTimeoutMs, guaranteeMessageOrder }", "requestTimeoutMs }"],
    ],
  },
  {
    exercise: "4.6 Sender.sendRequest",
    name: "partitions are always muted",
    why: "Then one batch a partition is under way at a time, however many requests may be: a fifth of the throughput.",
    caughtBy: "4.6 sendRequest: otherwise the next batch may follow at once",
    replace: [
      ["if (guaranteeMessageOrder) accumulator", "accumulator"],
      ["requestTimeoutMs, guaranteeMessageOrder }", "requestTimeoutMs }"],
    ],
  },
  {
    exercise: "4.6 produceRequest",
    name: "topics are the keys of a plain object",
    why: "Names that look like numbers come first, and `__proto__`, a proper name for a topic, is lost. Take a Map.",
    caughtBy: "4.6 produceRequest: whatever the topics are called",
    replace: [["[...partitionsOf]", "Object.entries(Object.fromEntries(partitionsOf))"]],
  },
  {
    exercise: "4.6 Sender.sendProducerData",
    name: "empty requests",
    why: "What is ready can be held back by its sequence numbers. A request for nothing takes another one's place.",
    caughtBy: "4.6 sendProducerData: no request is made when nothing came out of the accumulator",
    replace: [["if (batches.length > 0) this", "this"]],
  },
  {
    exercise: "4.6 Sender.sendProducerData",
    name: "metadata are wanted all the time",
    why: "Each time that something is sent, some broker is asked where it should go, though all is known.",
    caughtBy: "4.6 sendProducerData: also for a topic that is in use already; but not when all have leaders",
    replace: [["if (unknownLeaderTopics.size > 0) metadata", "metadata"]],
  },
  {
    exercise: "4.6 Sender.sendRequest",
    name: "only the first batch is released",
    why: "The memory of all others is lost, a batch a partition with each request.",
    caughtBy: "4.6 sendRequest: that goes for each batch of the request",
    replace: [["for (const batch of batches) accumulator.release(batch);", "accumulator.release(batches[0]!);"]],
  },
  {
    exercise: "4.6 Sender.sendRequest",
    name: "the end has the time of the sending",
    why: "`now` instead of `later`: a pause that begins when the request was sent may be over when it fails.",
    caughtBy: "4.6 sendRequest: who hears of the end of a request is told its time, not that of the sending",
    replace: [
      ["onAnswers(batches, response, later)", "onAnswers(batches, response, now)"],
      ["onNoAnswer(batches, error, later)", "onNoAnswer(batches, error, now)"],
      ["onResponse: (response, later)", "onResponse: (response)"],
      ["onFailure: (error, later)", "onFailure: (error)"],
    ],
  },
]);
