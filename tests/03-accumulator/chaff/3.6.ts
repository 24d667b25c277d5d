import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "3.6 Drain.forNode",
    name: "only what is ready",
    why: "The request goes out anyway, and a batch that rides along costs no other one. It only shortens its wait.",
    caughtBy: "3.6 drain: also what isn't ready rides along",
    replace: [
      [
        "queue === undefined || batch === undefined || queue.isMuted",
        "queue === undefined || batch === undefined || !batch.isFull || queue.isMuted",
      ],
    ],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "always from the first partition",
    why: "When requests are full, the partitions at the end of the list never have their turn.",
    caughtBy: "3.6 drain: the partition that didn't fit begins the next request",
    replace: [["        this.#starts.set(nodeId, (start + i) % partitions.length);\n", ""]],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "one place for all brokers",
    why: "The place counts in another broker's list: with several brokers some partitions are missed again and again.",
    caughtBy: "3.6 drain: each broker has a place of its own at which it goes on",
    replace: [
      ["this.#starts.get(nodeId)", "this.#starts.get(0)"],
      ["this.#starts.set(nodeId, (", "this.#starts.set(0, ("],
    ],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "the partition's number is taken for the place",
    why: "A broker that leads partitions 1, 2 and 3 has them at the places 0, 1 and 2, and may lead another topic's 2.",
    caughtBy: "3.6 drain: the place to go on is one among the broker's partitions, not a partition's number",
    replace: [["this.#starts.set(nodeId, (start + i) % partitions.length)", "this.#starts.set(nodeId, partition)"]],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "the place lies behind the end",
    why: "A broker that has lost partitions has a shorter list: the place in the old one may not be in it any more.",
    caughtBy: "3.6 drain: a broker that leads fewer partitions than before goes round those that are left",
    replace: [
      [
        "partitions[(start + i) % partitions.length]!",
        "partitions[start + i < partitions.length ? start + i : start + i - partitions.length]!",
      ],
    ],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "what still fits goes along",
    why: "Small batches behind it are sent instead, again and again, and the place of the one that waits is lost.",
    caughtBy: "3.6 drain: the first batch that doesn't fit ends the request, also when smaller ones come behind it",
    replace: [["        break;\n", "        continue;\n"]],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "built to see whether it fits",
    why: "Building closes the batch. It stays behind, half full, and what comes next needs another one.",
    caughtBy: "3.6 drain: a batch that doesn't fit stays as it is, and goes on taking records",
    replace: [["size + batch.estimatedSizeInBytes >", "size + batch.build().length >"]],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "what may not leave ends the request by its size",
    why: "A large batch that is held back would keep all partitions behind it from being sent.",
    caughtBy: "3.6 drain: what may not leave doesn't end the request, however large it is",
    replace: [
      ["      if (now < batch.retryAtMs || this.#sequencer?.maySend(batch) === false) continue;\n", ""],
      [
        "      queue.batches.pollFirst();\n",
        "      if (now < batch.retryAtMs || this.#sequencer?.maySend(batch) === false) continue;\n" +
          "      queue.batches.pollFirst();\n",
      ],
    ],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "a batch that is too large is never sent",
    why: "It is alone, and it doesn't fit, whenever it is asked. The broker may still take it; if not, it is split.",
    caughtBy: "3.6 drain: a batch larger than max.request.size goes alone",
    replace: [["drained.length > 0 && ", ""]],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "one batch over the limit",
    why: "Compared before adding, the request may be larger than max.request.size by a whole batch: the broker closes.",
    caughtBy: "3.6 drain: no more than max.request.size; the rest goes with the next request",
    replace: [["size + batch.estimatedSizeInBytes > maxRequestSize", "size > maxRequestSize"]],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "the estimate counts to the end",
    why:
      "What is built has a size. By the estimates a request of compressed batches is full with a fraction of its " +
        "bytes.",
    caughtBy: "3.6 drain: with compression the size of a batch is what came out",
    replace: [["size += batch.build().length;", "size += batch.estimatedSizeInBytes;\n      batch.build();"]],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "a whole queue at once",
    why: "Two batches of one partition in a request: a broker takes only one, and which of them was it if it fails?",
    caughtBy: "3.6 drain: the first batch of every partition that the broker leads",
    replace: [
      [
        "      drained.push(batch);\n",
        "      drained.push(batch);\n      while (queue.batches.length > 0) {\n" +
          "        const next = queue.batches.pollFirst()!;\n        size += next.build().length;\n" +
          "        drained.push(next);\n      }\n",
      ],
    ],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "muted partitions are drained",
    why: "An earlier batch is under way. If that one fails now, this one is written before it.",
    caughtBy: "3.6 drain: nothing of a muted partition",
    replace: [[" || queue.isMuted", ""]],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "the wait after a failure is ignored",
    why: "The broker is ready because of another partition, and takes the failed batch along, before its time.",
    caughtBy: "3.6 drain: nothing that has to wait after a failure, unless there is a new leader",
    replace: [["now < batch.retryAtMs || ", ""]],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "a new number for every attempt",
    why:
      "The first attempt may have been written. With another number the broker takes the second one for new records.",
    caughtBy: "3.6 forNode: a batch that has a number keeps it, whoever asks",
    replace: [["if (!batch.hasSequence) this", "this"]],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "numbered after it is built",
    why: "The number stands in the batch's header. Here the bytes are made first, and the broker gets −1.",
    caughtBy: "3.6 forNode: a batch gets its number when it leaves, and the number is in its bytes",
    replace: [
      ["      if (!batch.hasSequence) this.#sequencer?.assignSequence(batch);\n", ""],
    ],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "numbered before it is known to fit",
    why: "A batch with a number counts as under way. This one lies in its queue, and nobody will ever answer for it.",
    caughtBy: "3.6 forNode: a batch that doesn't fit into the request gets no number",
    replace: [
      ["      if (!batch.hasSequence) this.#sequencer?.assignSequence(batch);\n", ""],
      [
        "      if (drained.length > 0 &&",
        "      if (!batch.hasSequence) this.#sequencer?.assignSequence(batch);\n      if (drained.length > 0 &&",
      ],
    ],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "nobody asks whether it may leave",
    why: "A later batch of the partition goes out while an earlier one is being tried again.",
    caughtBy: "3.6 forNode: what may not leave yet stays, and the others go",
    replace: [[" || this.#sequencer?.maySend(batch) === false", ""]],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "a batch with a number may always leave",
    why: "It is tried again while one with a lower number is, too. If it comes first, the broker refuses it.",
    caughtBy: "3.6 forNode: also a batch that has a number has to be allowed to leave",
    replace: [["this.#sequencer?.maySend", "!batch.hasSequence && this.#sequencer?.maySend"]],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "one batch that may not leave ends the request",
    why: "The other partitions of the broker have nothing to do with it.",
    caughtBy: "3.6 forNode: what may not leave yet stays, and the others go",
    replace: [["=== false) continue;", "=== false) break;"]],
  },
  {
    exercise: "3.6 Drain.forNode",
    name: "the next request begins behind what didn't fit",
    why: "Off by one: the partition whose turn it is comes last, and with it always too large, never.",
    caughtBy: "3.6 drain: no more than max.request.size; the rest goes with the next request",
    replace: [["this.#starts.set(nodeId, (start + i)", "this.#starts.set(nodeId, (start + i + 1)"]],
  },
  {
    exercise: "3.6 IncompleteBatches.deallocate",
    name: "memory comes back while a socket holds it",
    why: "The next batch is written into the buffer that is just being sent: the broker gets a mixture of both.",
    caughtBy: "3.6 deallocate: not while a socket holds the bytes; when it lets go",
    replace: [["    this.#giveBack(batch);\n", "    if (!batch.isSplitBatch) this.#pool.deallocate(batch.buffer);\n"]],
  },
  {
    exercise: "3.6 IncompleteBatches.deallocate",
    name: "twice is twice",
    why: "An expired batch is deallocated, and again when its answer comes. The pool then has memory that there isn't.",
    caughtBy: "3.6 deallocate: twice is once",
    replace: [["    if (batch.isDeallocated) return;\n", ""]],
  },
  {
    exercise: "3.6 IncompleteBatches.deallocate",
    name: "a split batch's memory goes into the pool",
    why: "It never came from there: the pool grows beyond buffer.memory with each split.",
    caughtBy: "3.6 deallocate: the memory of a split batch is not the pool's",
    replace: [["    this.#giveBack(batch);\n", "    if (batch.lends === 0) this.#pool.deallocate(batch.buffer);\n"]],
  },
  {
    exercise: "3.6 IncompleteBatches.deallocate",
    name: "it stays on the list",
    why: "A flush waits for batches that are long settled, and the list grows for ever.",
    caughtBy: "3.6 deallocate: a batch's memory comes back when nobody needs the batch",
    replace: [["    this.#batches.delete(batch);\n", ""]],
  },
  {
    exercise: "3.6 IncompleteBatches.release",
    name: "released means deallocated",
    why: "The bytes are sent, but the answer isn't there. If it is an error the batch has to be sent again.",
    caughtBy: "3.6 release: the socket lets go of a batch that is still under way",
    replace: [["if (batch.isDeallocated) this.#giveBack(batch);", "this.deallocate(batch);"]],
  },
  {
    exercise: "3.6 IncompleteBatches.release",
    name: "the first of two sockets counts",
    why: "After a reconnect two sockets may hold the bytes for a moment, the dying one and the new one.",
    caughtBy: "3.6 release: of two sockets the last one counts",
    replace: [["batch.lends--;", "batch.lends = 0;"]],
  },
  {
    exercise: "3.6 IncompleteBatches.release",
    name: "nobody gives the memory back",
    why:
      "deallocate left it to the socket, and the socket leaves it to nobody. Each expired batch costs 16 KB for good.",
    caughtBy: "3.6 deallocate: not while a socket holds the bytes; when it lets go",
    replace: [["    if (batch.isDeallocated) this.#giveBack(batch);\n", ""]],
  },
  {
    exercise: "3.6 RecordAccumulator.drain",
    name: "a broker with nothing to send is left out",
    why: "Who asks for its batches gets undefined where an empty list was promised.",
    caughtBy: "3.6 drain: a broker that leads nothing gets nothing",
    body: `const drained = new Map<number, ProducerBatch[]>();
    for (const node of nodes) {
      const batches = this.#drain.forNode(cluster, node, maxRequestSize, now);
      if (batches.length > 0) drained.set(node, batches);
    }
    return drained;`,
  },
  {
    exercise: "3.6 RecordAccumulator.drain",
    name: "one max.request.size for all requests",
    why: "Each request goes to a broker of its own. The second one is as large as the first.",
    caughtBy: "3.6 drain: each broker's request may be as large as max.request.size",
    body: `const drained = new Map<number, ProducerBatch[]>();
    let left = maxRequestSize;
    for (const node of nodes) {
      const batches = this.#drain.forNode(cluster, node, left, now);
      for (const batch of batches) left -= batch.build().length;
      drained.set(node, batches);
    }
    return drained;`,
  },
  {
    exercise: "3.6 RecordAccumulator.drain",
    name: "only the first broker",
    why: "The others' batches stay where they are until they are the first to be ready.",
    caughtBy: "3.6 drain: each broker's request may be as large as max.request.size",
    body: `const drained = new Map<number, ProducerBatch[]>();
    for (const node of nodes) {
      const batches = drained.size === 0 ? this.#drain.forNode(cluster, node, maxRequestSize, now) : [];
      drained.set(node, batches);
    }
    return drained;`,
  },
]);
