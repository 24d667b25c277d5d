/**
 * Mistakes that the simulation must find: each is a small change of the reference's text. Some are what
 * people really write, some are faults that it has found in our own code.
 *
 * @module
 */

/** One mistake. */
export interface Mistake {
  /** What finds it. */
  readonly scenario: "replication" | "groups";
  /** As one would say it. */
  readonly name: string;
  readonly file: string;
  /** Occurs there exactly once. */
  readonly from: string;
  readonly to: string;
}

const IN = {
  requests: "chapters/06-replication/given/assembly/replica-requests.ts",
  partition: "solutions/06-replication/partition.ts",
  store: "chapters/06-replication/given/assembly/cluster-store.ts",
  leader: "solutions/06-replication/leader-state.ts",
  fetcher: "solutions/06-replication/replica-fetcher.ts",
  election: "solutions/06-replication/leader-election.ts",
  controllers: "solutions/06-replication/controller-election.ts",
  coordinator: "chapters/07-groups/given/assembly/coordinator-partition.ts",
  groupOffsets: "solutions/07-groups/group-offsets.ts",
  rebalance: "solutions/07-groups/member-rebalance.ts",
} as const;

type Planted = Omit<Mistake, "scenario">;

const REPLICATION: readonly Planted[] = [
  {
    name: "acks=all is answered when the leader has the record",
    file: IN.requests,
    from: "if (requiredAcks === -1 && partition.highWatermark < endOffset) {",
    to: "if (requiredAcks === -1 && partition.highWatermark < 0) {",
  },
  {
    name: "a follower cuts its log at its high watermark",
    file: IN.partition,
    from: "if (this.log.latestEpoch === null && leaderEpoch !== before?.leaderEpoch)",
    to: "if (leaderEpoch !== before?.leaderEpoch)",
  },
  {
    name: "the high watermark counts the committed ISR only",
    file: IN.leader,
    from: "for (const id of this.maximalIsr) {",
    to: "for (const id of this.isr) {",
  },
  {
    name: "a follower joins the ISR below the start of the leader's epoch",
    file: IN.leader,
    from: "const needed = Math.max(highWatermark, this.epochStartOffset);",
    to: "const needed = highWatermark;",
  },
  {
    name: "the high watermark moves below min.insync.replicas",
    file: IN.leader,
    from: "if (!this.hasEnoughReplicas(limits)) return current;",
    to: "",
  },
  {
    name: "requests of another leader epoch are taken",
    file: IN.partition,
    from: "if (currentLeaderEpoch >= 0 && currentLeaderEpoch !== this.leaderEpoch) {",
    to: "if (currentLeaderEpoch < -1) {",
  },
  {
    name: "recovery keeps a torn batch",
    file: "solutions/05-log/recovery.ts",
    from: "if (!batch.isValid() || baseOffset < nextOffset",
    to: "if (baseOffset < nextOffset",
  },
  {
    name: "an answer's memory is used again while it is in the socket",
    file: "chapters/00-ground/network/server-connection.ts",
    from: "    return () => {\n      for (const part of lent) this.#runtime.memory.giveBack(part);\n    };",
    to: "    for (const part of lent) this.#runtime.memory.giveBack(part);\n    return undefined;",
  },
  {
    name: "the controller writes without checking whether it still is the controller",
    file: IN.controllers,
    from: 'await this.session.multi([{ type: "check", path: CONTROLLER_EPOCH_PATH, expectedVersion }, ...steps]);',
    to:
      "void expectedVersion;\n" +
      "      await this.session.multi(steps.map((step) => ({ ...step, expectedVersion: undefined })));",
  },
  {
    name: "who has died stays in the ISR",
    file: IN.election,
    from: "const remaining = partition.isr.filter((id) => !electorate.hasLeft(id));",
    to: "const remaining = partition.isr;",
  },
  {
    name: "who was restarted stays in the ISR",
    file: IN.election,
    from: "epochOf(id) === undefined || restarted.has(id)",
    to: "epochOf(id) === undefined",
  },
  {
    name: "who was restarted together with the controller stays in the ISR",
    file: IN.store,
    from: "this.#knownBrokers = await state.readKnownBrokers(this.#session);",
    to: "",
  },
  {
    name: "an elected leader goes on in the old epoch",
    file: IN.election,
    from: "leaderEpoch: leaderEpoch + 1",
    to: "leaderEpoch",
  },
  {
    name: "an overtaken answer is appended",
    file: IN.fetcher,
    from: "if (!partition.isFollower || !isSameEpoch || partition.logEndOffset !== asked.fetchOffset) return;",
    to: "void isSameEpoch;",
  },
  {
    name: "a lost answer to AlterPartition is taken for a refusal",
    file: IN.leader,
    from: "if (!REFUSED.has(error.code)) return true;",
    to: "",
  },
  {
    name: "a fetch from a log that has parted from the leader's counts",
    file: IN.requests,
    from: "if (found === null || found.divergingEpoch !== null) continue;",
    to: "if (found === null) continue;",
  },
  {
    name: "an older registration replaces a newer one",
    file: IN.partition,
    from: "if (registration.partitionEpoch <= before.partitionEpoch) return;",
    to: "",
  },
  {
    name: "an election whose answer was lost is taken for done",
    file: IN.controllers,
    from: "      this.epochVersion = null;\n      throw error;",
    to: "      throw error;",
  },
  {
    name: "a broker doesn't wait for the session of its earlier life",
    file: "chapters/20-cluster/membership.ts",
    from: 'const patienceMs = config["zookeeper.session.timeout.ms"] + ROUNDED_UP_MS;',
    to: "const patienceMs = 0;",
  },
  {
    name: "a follower keeps no state of producers",
    file: "solutions/05-log/log.ts",
    from: "  log.producers.commit(changes);\n}",
    to: '  if (origin !== "replication") log.producers.commit(changes);\n}',
  },
  {
    name: "after a restart only the last batch of a producer is known",
    file: "chapters/05-log/given/assembly/producer-rebuild.ts",
    from: "  yield* recallEarlier(producers, segments);\n",
    to: "",
  },
  {
    name: "a batch in which the leader's log starts doesn't fit a follower's",
    file: IN.partition,
    from: "if (!cutToFirstBatch(this.log, records)) return;",
    to: "",
  },
  {
    name: "the coordination service answers before its journal is flushed",
    file: "chapters/00-ground/coordination/coordination-server.ts",
    from: "    await this.#journal.flush();\n",
    to: "",
  },
];

const GROUPS: readonly Planted[] = [
  {
    name: "a member of an old generation may commit",
    file: IN.groupOffsets,
    from: 'if (generationId !== group.generationId) return "ILLEGAL_GENERATION";',
    to: "",
  },
  {
    name: "a poll commits what it returns itself",
    file: "chapters/07-groups/given/assembly/poller.ts",
    from: "      if (records.length > 0 || this.#isWoken",
    to: "      membership?.commits.onPoll(clock.nowMs());\n      if (records.length > 0 || this.#isWoken",
  },
  {
    name: "a coordinator answers before the replicas have what it has written",
    file: IN.coordinator,
    from: "if (endOffset <= this.#log.highWatermark) this.#deliver(answer);",
    to: "if (endOffset <= this.#log.logEndOffset) this.#deliver(answer);",
  },
  {
    name: "a coordinator serves before it has read its log",
    file: IN.coordinator,
    from: 'if (this.#state === "loading") throw refusal("COORDINATOR_LOAD_IN_PROGRESS");',
    to: "",
  },
  {
    name: "whoever was thrown out keeps its positions",
    file: IN.rebalance,
    from: "    this.#subscriptions.assign([]);\n    if (lost.length === 0) return;",
    to: "    if (lost.length === 0) return;",
  },
  {
    name: "an eager member keeps its partitions while the others join",
    file: IN.rebalance,
    from: "else if (!this.#isCooperative) await this.giveUp(assigned);",
    to: "else if (!this.#isCooperative) await this.#commit();",
  },
  {
    name: "a cooperative member gets at once what another one still has",
    file: "chapters/07-groups/given/assembly/assignors.ts",
    from: "return (owners.get(nameOf(partition)) ?? memberId) === memberId;",
    to: "return memberId !== nameOf(partition);",
  },
  {
    name: "records that were fetched before a partition came back count",
    file: "solutions/07-groups/fetch-buffer.ts",
    from: 'return this.#subscriptions.has(partition) && phase === "fetching" && position?.offset === nextOffset;',
    to: 'return this.#subscriptions.find(partition) !== undefined && phase === "fetching" && position !== null;',
  },
  {
    name: "a member that isn't heard of stays in the group",
    file: "solutions/07-groups/group-deadlines.ts",
    from: "return isNew || (awaitingJoin === null && awaitingSync === null);",
    to: "return isNew && awaitingJoin === null && awaitingSync === null;",
  },
  {
    name: "a commit that failed is tried again in the next generation",
    file: "chapters/07-groups/given/consumer-group.ts",
    from: "    this.#parts.abandonCommits();\n",
    to: "",
  },
  {
    name: "a leader says its assignment to a coordinator that it has lost",
    file: "chapters/07-groups/given/group-member.ts",
    from:
      "    if (!this.#link.isReady(now)) return Infinity;\n" +
      '    if (this.#state === "assigning") this.#assign();\n',
    to:
      '    if (this.#state === "assigning") this.#assign();\n' +
      "    else if (!this.#link.isReady(now)) return Infinity;\n",
  },
  {
    name: "a static member that comes back is written down nowhere",
    file: "solutions/07-groups/group-deadlines.ts",
    from: '  turn.write({ kind: "group-metadata", groupId: group.groupId, value: metadataOf(group, assignments) });\n',
    to: "  void metadataOf(group, assignments);\n",
  },
];

/** All of them. */
export const MISTAKES: readonly Mistake[] = [
  ...REPLICATION.map((one) => ({ ...one, scenario: "replication" as const })),
  ...GROUPS.map((one) => ({ ...one, scenario: "groups" as const })),
];

/** Those that verify plants each time: they are found within a few seeds. */
export const PLANTED_EACH_TIME: readonly string[] = [
  "acks=all is answered when the leader has the record",
  "the high watermark moves below min.insync.replicas",
  "an elected leader goes on in the old epoch",
  "a poll commits what it returns itself",
];
