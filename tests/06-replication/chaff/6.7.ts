import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "6.7 ControllerElection.tryToWin",
    name: "the epoch is set without its version",
    why: "Another one was elected since it was read. Two controllers in the same epoch: neither fences the other.",
    caughtBy: "6.7 tryToWin: who read the epoch before another election can't win with it",
    replace: [[", data, expectedVersion: node.version }", ", data }"]],
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
    name: "a lost answer makes it resign",
    why: "One lost packet, and the whole cluster elects a controller, and reads everything anew.",
    caughtBy: "6.7 write: a lost answer is REQUEST_TIMED_OUT: it may have been done",
    replace: [["if (!isReplaced) {", "if (!isReplaced) {\n        this.resign();"]],
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
]);
