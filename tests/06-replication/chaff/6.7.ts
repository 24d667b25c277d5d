import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "6.7 ControllerElection.tryToWin",
    name: "two writes instead of one transaction",
    why: "Between the two it may die, or lose its session: a controller without an epoch of its own.",
    caughtBy: "6.7 tryToWin: while there is a controller nothing changes, and nothing is thrown",
    replace: [
      [
        "await this.session.multi([\n" +
          '        { type: "create", path: CONTROLLER_PATH, data: controller, ephemeral: true },\n' +
          "        node === null",
        "await this.session.multi([\n        node === null",
      ],
      [
        "this.epochVersion = node === null ? 0",
        "await this.session.create(CONTROLLER_PATH, controller, { ephemeral: true });\n" +
          "      this.epochVersion = node === null ? 0",
      ],
    ],
  },
  {
    exercise: "6.7 ControllerElection.tryToWin",
    name: "the epoch is set without its version",
    why: "Another one was elected since it was read. Two controllers in the same epoch: neither fences the other.",
    caughtBy: "6.7 tryToWin: who read the epoch before another election can't win with it",
    replace: [[", data, expectedVersion: node.version }", ", data }"]],
  },
  {
    exercise: "6.7 ControllerElection.tryToWin",
    name: "the controller's node stays",
    why: "Not ephemeral, it outlives its maker: when that dies, nobody ever takes over.",
    caughtBy: "6.7 tryToWin: the first one of all is the controller in epoch 1, as long as its session lives",
    replace: [["ephemeral: true", "ephemeral: false"]],
  },
  {
    exercise: "6.7 ControllerElection.tryToWin",
    name: "own lost create taken for a lost race",
    why: "It waits for a controller that it is itself: the cluster has none.",
    caughtBy: "6.7 tryToWin: an attempt whose answer was lost may have succeeded: it is the controller",
    replace: [
      ["if (owner !== this.session.id) return false;", "if (owner !== undefined || owner === undefined) return false;"],
    ],
  },
  {
    exercise: "6.7 ControllerElection.tryToWin",
    name: "a lost answer taken for a lost race",
    why: "CONNECTION_LOSS says neither yes nor no. Who takes it for no may be the controller without knowing it.",
    caughtBy: "6.7 tryToWin: an answer that is lost is the caller's to know: it may be the controller or not",
    replace: [
      [
        "if (!(error instanceof CoordinationError && isLostRace(error))) throw error;",
        "if (!(error instanceof CoordinationError)) throw error;\n      if (!isLostRace(error)) return false;",
      ],
    ],
  },
  {
    exercise: "6.7 ControllerElection.tryToWin",
    name: "a lost answer taken for a victory",
    why: "CONNECTION_LOSS says neither yes nor no. Who takes it for yes is a second controller, perhaps.",
    caughtBy: "6.7 tryToWin: an answer that is lost is the caller's to know: it may be the controller or not",
    replace: [
      [
        "if (!(error instanceof CoordinationError && isLostRace(error))) throw error;",
        "if (!(error instanceof CoordinationError)) throw error;\n" +
          "      if (!isLostRace(error)) return (this.epochVersion = (node?.version ?? -1) + 1) >= 0;",
      ],
    ],
  },
  {
    exercise: "6.7 ControllerElection.tryToWin",
    name: "a lost race is an error",
    why: "It is the ordinary case: of three brokers two lose it at every start.",
    caughtBy: "6.7 tryToWin: while there is a controller nothing changes, and nothing is thrown",
    replace: [["if (owner !== this.session.id) return false;", "if (owner !== this.session.id) throw error;"]],
  },
  {
    exercise: "6.7 ControllerElection.tryToWin",
    name: "remembers the version that it read",
    why: "Its own election has raised it by one. So all its writes seem to be of a replaced controller.",
    caughtBy: "6.7 tryToWin: each election has the next epoch",
    replace: [["node === null ? 0 : node.version + 1", "node === null ? 0 : node.version"]],
  },
  {
    exercise: "6.7 ControllerElection.tryToWin",
    name: "the epoch doesn't grow",
    why: "What an earlier controller says late can't be told from what this one says.",
    caughtBy: "6.7 tryToWin: each election has the next epoch",
    replace: [["decodeControllerEpoch(node.data) + 1", "decodeControllerEpoch(node.data)"]],
  },
  {
    exercise: "6.7 ControllerElection.awaitVacancy",
    name: "watch set after the look",
    why: "If the controller goes between the two, nobody hears of it: the cluster has no controller, and waits.",
    caughtBy: "6.7 awaitVacancy: one that goes while this one looks is missed by nobody",
    body: `
const isThere = await this.session.exists(CONTROLLER_PATH);
await this.session.watch(CONTROLLER_PATH, "data", () => {
  this.runtime.scheduler.spawn("controller election", () => this.run());
});
return isThere;
`,
  },
  {
    exercise: "6.7 ControllerElection.awaitVacancy",
    name: "doesn't look whether it is still there",
    why: "It went before the watch was set. Nothing will change any more, so the watch never fires.",
    caughtBy: "6.7 awaitVacancy: when it has gone already there is nobody to wait for",
    replace: [["return this.session.exists(CONTROLLER_PATH);", "return true;"]],
  },
  {
    exercise: "6.7 ControllerElection.awaitVacancy",
    name: "watches the wrong node",
    why: "The node of the epoch changes when somebody *is* elected, not when somebody is gone.",
    caughtBy: "6.7 awaitVacancy: when the controller goes, there is another try",
    replace: [["this.session.watch(CONTROLLER_PATH,", "this.session.watch(CONTROLLER_EPOCH_PATH,"]],
  },
  {
    exercise: "6.7 ControllerElection.write",
    name: "write without the epoch check",
    why: "A controller that was frozen wakes up, and writes what was right a minute ago over what others have decided.",
    caughtBy: "6.7 write: one that was replaced without knowing it changes nothing, and gives up",
    replace: [
      ["[{ type: \"check\", path: CONTROLLER_EPOCH_PATH, expectedVersion }, ...steps]", "steps"],
      ["const expectedVersion = this.epochVersion;", ""],
    ],
  },
  {
    exercise: "6.7 ControllerElection.write",
    name: "checks first, then writes",
    why: "In between another one may be elected. Only one transaction sees both.",
    caughtBy: "6.7 write: one that was replaced without knowing it changes nothing, and gives up",
    replace: [
      [
        "await this.session.multi([{ type: \"check\", path: CONTROLLER_EPOCH_PATH, expectedVersion }, ...steps]);",
        "await this.session.multi(steps);\n" +
          "      const node = await this.session.get(CONTROLLER_EPOCH_PATH);\n" +
          "      if (node?.version !== expectedVersion) this.resign();",
      ],
    ],
  },
  {
    exercise: "6.7 ControllerElection.write",
    name: "replaced, and doesn't resign",
    why: "It goes on deciding, and refuses nobody: brokers take its image for the cluster.",
    caughtBy: "6.7 write: one that was replaced without knowing it changes nothing, and gives up",
    replace: [["this.resign();\n", ""]],
  },
  {
    exercise: "6.7 ControllerElection.write",
    name: "any BAD_VERSION is taken for being replaced",
    why: "A step of its own that doesn't fit says only that it has to read again.",
    caughtBy: "6.7 write: steps that don't fit are no sign of being replaced",
    replace: [['(error.code === "BAD_VERSION" && error.step === 0)', 'error.code === "BAD_VERSION"']],
  },
  {
    exercise: "6.7 ControllerElection.write",
    name: "an expired session is a time-out",
    why: "The node of the controller has gone with the session. Somebody else decides by now.",
    caughtBy: "6.7 write: when the session is over, so is its time as the controller",
    replace: [['error.code === "SESSION_EXPIRED" || ', ""]],
  },
  {
    exercise: "6.7 ControllerElection.write",
    name: "a lost answer makes it resign",
    why: "One lost packet, and the whole cluster elects a controller, and reads everything anew.",
    caughtBy: "6.7 write: a lost answer is REQUEST_TIMED_OUT: it may have been done",
    replace: [["if (!isReplaced) {", "if (!isReplaced) {\n        this.resign();"]],
  },
  {
    exercise: "6.7 ControllerElection.write",
    name: "writes though it isn't the controller",
    why: "Without a version to check, everything passes.",
    caughtBy: "6.7 write: who isn't the controller asks for nothing",
    replace: [
      ['if (this.epochVersion === null) throw new KafkaError("NOT_CONTROLLER");', ""],
      ["const expectedVersion = this.epochVersion;", "const expectedVersion = this.epochVersion ?? 0;"],
      [
        "multi([{ type: \"check\", path: CONTROLLER_EPOCH_PATH, expectedVersion }, ...steps])",
        "multi(\n        this.epochVersion === null ? steps : [{ type: \"check\", path: CONTROLLER_EPOCH_PATH, " +
          "expectedVersion }, ...steps],\n      )",
      ],
    ],
  },
  {
    exercise: "6.7 registerBroker",
    name: "a node that is there is a duplicate",
    why: "A broker that was killed can't start again before its old session is over, and nobody tells it when that is.",
    caughtBy: "6.7 registerBroker: after a crash it waits until the session of its earlier life is over",
    replace: [["if (runtime.clock.nowMs() >= deadlineMs) {", "if (runtime.clock.nowMs() <= deadlineMs) {"]],
  },
  {
    exercise: "6.7 registerBroker",
    name: "own lost create taken for another broker",
    why: "It waits for itself to go.",
    caughtBy: "6.7 registerBroker: a node that this very session has made, and no answer came, is its own",
    body: `
const path = brokerPath(broker.brokerId);
const deadlineMs = runtime.clock.nowMs() + patienceMs;
for (;;) {
  if (await createUnlessThere(session.create(path, encodeAnnouncement(broker), { ephemeral: true }))) {
    const node = await session.get(path);
    return node!.czxid;
  }
  if (runtime.clock.nowMs() >= deadlineMs) throw new KafkaError("DUPLICATE_BROKER_REGISTRATION");
  await goneOrLater(runtime, session, path, deadlineMs);
}
`,
  },
  {
    exercise: "6.7 registerBroker",
    name: "waits for ever",
    why: "Two brokers with the same id are a mistake in a configuration: somebody must be told.",
    caughtBy: "6.7 registerBroker: another broker with the same id that lives on is no earlier life",
    replace: [
      [
        "const deadlineMs = runtime.clock.nowMs() + patienceMs;",
        "const deadlineMs = runtime.clock.nowMs() + patienceMs * 1e6;",
      ],
    ],
  },
  {
    exercise: "6.7 registerBroker",
    name: "the node of the earlier life will do",
    why: "It goes in a few seconds, with the session that made it, and the cluster takes this broker for dead.",
    caughtBy: "6.7 registerBroker: after a crash it waits until the session of its earlier life is over",
    replace: [["if (node?.owner === session.id) return node.czxid;", "if (node !== null) return node.czxid;"]],
  },
  {
    exercise: "6.7 registerBroker",
    name: "the node isn't ephemeral",
    why: "It says that the broker lives, also when it is dead.",
    caughtBy: "6.7 registerBroker: its node is there as long as its session, and each one has a later epoch",
    replace: [
      ["{ ephemeral: true }", "{ ephemeral: false }"],
      ["node?.owner === session.id", "node !== null && node.owner === null"],
    ],
  },
]);
