import { describe, expect, test, vi } from "vitest";
import { parseBrokerConfig } from "#ground/config/broker-config";
import { parseListeners } from "#ground/config/listeners";
import { CoordinationError, type CoordinationSession } from "#ground/coordination/coordination";
import { CoordinationServer } from "#ground/coordination/coordination-server";
import { CONTROLLER_EPOCH_PATH, partitionStatePath, TOPICS_PATH, UNFINISHED_PATH } from "#ground/coordination/layout";
import { encodeControllerEpoch } from "#ground/coordination/node-data";
import { LocalCoordination } from "#ground/coordination/local-coordination";
import { type Runtime } from "#ground/runtime";
import { SimWorld } from "#ground/sim/sim-world";
import {
  type AlterPartitionResult,
  Controller,
  ControllerElection,
  type MetadataImage,
  type NewTopic,
  NO_LEADER,
  prepareCluster,
  registerBroker,
} from "#replication";
import { after, Coordinated, loseAnswer } from "../coordinated.ts";

const { config } = parseBrokerConfig({ listeners: "PLAINTEXT://:0", "num.partitions": 2 });
const SESSION_MS = 6_000;

/** One member of a cluster: its session and its controller, active or not. */
interface Member {
  readonly session: CoordinationSession;
  readonly controller: Controller;
  /** What it has pushed. */
  readonly images: MetadataImage[];
}

/** A coordination service on one node, and brokers on others. */
class Cluster {
  readonly world = new SimWorld(1, { flushMs: 0 });
  server = CoordinationServer.open(this.world.node("service").runtime, "/coordination");

  /** Runs `call` to its end in simulated time. */
  run<T>(call: Promise<T>): Promise<T> {
    return this.world.settled(call);
  }

  async join(brokerId: number, runtime: Runtime = this.world.node(`b${brokerId}`).runtime): Promise<Member> {
    const session = await this.run(new LocalCoordination(this.server, runtime).connect(SESSION_MS));
    const clusterId = await this.run(prepareCluster(session, `cluster-of-${brokerId}`));
    const endPoints = parseListeners(`PLAINTEXT://b${brokerId}:9092`);
    await this.run(registerBroker(runtime, session, { brokerId, endPoints, rack: null, timestampMs: 0 }, 0));
    const images: MetadataImage[] = [];
    const publish = async (image: MetadataImage): Promise<void> => void images.push(image);
    const controller = new Controller(runtime, { brokerId, config, clusterId, session, publish });
    await this.run(controller.start());
    return { session, controller, images };
  }

  async leave({ session, controller }: Member): Promise<void> {
    controller.close();
    await this.run(session.close());
  }

  /** The coordination service is closed and opened again; all sessions end. */
  async restartService(): Promise<void> {
    await this.run(this.server.close());
    this.server = CoordinationServer.open(this.world.node("service").runtime, "/coordination");
  }
}

function newTopic(name: string, changes: Partial<NewTopic> = {}): NewTopic {
  return { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: {}, ...changes };
}

const CREATE = { validateOnly: false };

describe("Controller: topics", () => {
  test("6.7 a new topic is in the image that is pushed, before the call ends", async () => {
    const cluster = new Cluster();
    const { controller, images } = await cluster.join(1);
    const wanted = newTopic("orders", { numPartitions: 2, configs: { "retention.ms": "1000" } });
    const [created] = await cluster.run(controller.createTopics([wanted], CREATE));
    expect(created).toMatchObject({ name: "orders", error: null });
    expect(images.at(-1)!.topics.get("orders")).toEqual(created!.topic);
    expect(created!.topic!.partitions).toHaveLength(2);
    expect(created!.topic!.configs).toEqual({ "retention.ms": "1000" });
    expect(images.at(-1)!.isNewerThan(images.at(-2)!)).toBe(true);
  });

  test("6.7 one bad topic doesn't keep the others from being made, and one push tells all", async () => {
    const cluster = new Cluster();
    const { controller, images } = await cluster.join(1);
    const pushes = images.length;
    const wanted = [newTopic("a"), newTopic("b/c"), newTopic("d")];
    const results = await cluster.run(controller.createTopics(wanted, CREATE));
    expect(results.map(({ error }) => error?.code ?? "made")).toEqual(["made", "INVALID_TOPIC_EXCEPTION", "made"]);
    expect([...images.at(-1)!.topics.keys()]).toEqual(["a", "d"]);
    expect(images).toHaveLength(pushes + 1);
  });

  test("6.7 a topic that was written down is made, though the answer to that was lost", async () => {
    const cluster = new Cluster();
    const { controller, images, session } = await cluster.join(1);
    loseAnswer(session, "multi");
    const [result] = await cluster.run(controller.createTopics([newTopic("a")], CREATE));
    expect(result).toMatchObject({ name: "a", error: null });
    expect(images.at(-1)!.topics.get("a")).toEqual(result!.topic);
  });

  test("6.7 validateOnly makes nothing", async () => {
    const cluster = new Cluster();
    const { controller, images } = await cluster.join(1);
    const [result] = await cluster.run(controller.createTopics([newTopic("a")], { validateOnly: true }));
    expect(result!.topic!.name).toBe("a");
    expect(images.at(-1)!.topics.size).toBe(0);
  });

  test("6.7 topics that are made or deleted together are written down together", async () => {
    const cluster = new Cluster();
    const { controller, images, session } = await cluster.join(1);
    const { multi } = session;
    let transactions = 0;
    session.multi = async (steps) => {
      transactions += 1;
      return multi.call(session, steps) as never;
    };
    const wanted = Array.from({ length: 200 }, (_, i) => newTopic(`topic-${i}`, { numPartitions: 2 }));
    const made = await cluster.run(controller.createTopics(wanted, CREATE));
    expect(made.every(({ error }) => error === null)).toBe(true);
    expect(images.at(-1)!.topics.size).toBe(200);
    const errors = await cluster.run(controller.deleteTopics([...images.at(-1)!.topics.values()]));
    expect(errors.every((error) => error === null)).toBe(true);
    expect(images.at(-1)!.topics.size).toBe(0);
    expect(transactions).toBeLessThan(10);
  });

  test("6.7 two requests for the same topic at the same time make it once", async () => {
    const cluster = new Cluster();
    const { controller } = await cluster.join(1);
    const calls = [1, 2].map(() => controller.createTopics([newTopic("a")], CREATE));
    const results = (await cluster.run(Promise.all(calls))).flat();
    expect(results.map(({ error }) => error?.code ?? "made")).toEqual(["made", "TOPIC_ALREADY_EXISTS"]);
  });

  test("6.7 a deleted topic is gone; the same name can be had again, with another id", async () => {
    const cluster = new Cluster();
    const { controller, images } = await cluster.join(1);
    const [first] = await cluster.run(controller.createTopics([newTopic("a", { numPartitions: 3 })], CREATE));
    expect(await cluster.run(controller.deleteTopics([first!.topic!]))).toEqual([null]);
    expect(images.at(-1)!.topics.size).toBe(0);
    const [again] = await cluster.run(controller.createTopics([newTopic("a")], CREATE));
    expect(again!.topic!.topicId).not.toEqual(first!.topic!.topicId);
    const [error] = await cluster.run(controller.deleteTopics([first!.topic!]));
    expect(error).toMatchObject({ code: "UNKNOWN_TOPIC_OR_PARTITION" });
  });

  test("6.7 partitions can be added", async () => {
    const cluster = new Cluster();
    const { controller, images } = await cluster.join(1);
    await cluster.run(controller.createTopics([newTopic("a")], CREATE));
    const wanted = [{ name: "a", count: 3, assignments: null }, { name: "b", count: 3, assignments: null }];
    const errors = await cluster.run(controller.createPartitions(wanted, CREATE));
    expect(errors.map((error) => error?.code ?? "grown")).toEqual(["grown", "UNKNOWN_TOPIC_OR_PARTITION"]);
    expect(images.at(-1)!.topics.get("a")!.partitions).toHaveLength(3);
  });
});

describe("Controller: restarts", () => {
  test("6.7 everything is there after a restart, in a later epoch; the leader is elected anew", async () => {
    const cluster = new Cluster();
    const before = await cluster.join(1);
    const wanted = newTopic("orders", { numPartitions: 3, configs: { "cleanup.policy": "compact" } });
    await cluster.run(before.controller.createTopics([wanted], CREATE));
    const old = before.images.at(-1)!;
    before.controller.close();
    await cluster.restartService();
    const { images } = await cluster.join(1);
    const now = images.at(-1)!;
    expect(now.controllerEpoch).toBe(old.controllerEpoch + 1);
    expect(now.clusterId).toBe(old.clusterId);
    expect(now.isNewerThan(old)).toBe(true);
    const [orders, oldOrders] = [now.topics.get("orders")!, old.topics.get("orders")!];
    expect(orders).toMatchObject({ topicId: oldOrders.topicId, configs: oldOrders.configs });
    expect(orders.partitions.map(({ leader, leaderEpoch }) => [leader, leaderEpoch])).toEqual([[1, 1], [1, 1], [1, 1]]);
  });

  test("6.7 producer ids are never given out twice, also not after a restart", async () => {
    const cluster = new Cluster();
    const before = await cluster.join(1);
    const first = await cluster.run(before.controller.allocateProducerIds(1));
    const second = await cluster.run(before.controller.allocateProducerIds(2));
    expect([first.first, second.first]).toEqual([0, first.last + 1]);
    before.controller.close();
    await cluster.restartService();
    const { controller } = await cluster.join(1);
    expect((await cluster.run(controller.allocateProducerIds(1))).first).toBe(second.last + 1);
  });

  test("6.7 a topic of more than the coordination service takes at once is refused: POLICY_VIOLATION", async () => {
    const cluster = new Cluster();
    const { controller, images, session } = await cluster.join(1);
    const { multi } = session;
    session.multi = () => Promise.reject(new CoordinationError("BAD_ARGUMENTS", "a multi of 8004 steps"));
    const [refused] = await cluster.run(controller.createTopics([newTopic("large")], CREATE));
    const text = "More than can be written down at once: a multi of 8004 steps: not a valid request";
    expect(refused!.error).toMatchObject({ code: "POLICY_VIOLATION", message: text });
    session.multi = multi;
    const [created] = await cluster.run(controller.createTopics([newTopic("small")], CREATE));
    expect(created!.error).toBeNull();
    expect([...images.at(-1)!.topics.keys()]).toEqual(["small"]);
  });

  test("6.7 without an answer of the coordination service there are no producer ids: REQUEST_TIMED_OUT", async () => {
    const cluster = new Cluster();
    const { controller, session } = await cluster.join(1);
    session.get = async (path) => {
      throw new CoordinationError("CONNECTION_LOSS", path);
    };
    await expect(cluster.run(controller.allocateProducerIds(1))).rejects.toMatchObject({ code: "REQUEST_TIMED_OUT" });
  });

  test("6.7 a second broker with the same id is refused", async () => {
    const cluster = new Cluster();
    await cluster.join(1);
    const second = cluster.join(1, cluster.world.node("twin").runtime);
    await expect(second).rejects.toMatchObject({ code: "DUPLICATE_BROKER_REGISTRATION" });
  });
});

describe("Controller: topics of more than one transaction takes", () => {
  const LARGE = newTopic("large".padEnd(249, "-"), { numPartitions: 1_000 });
  const MORE = [{ name: LARGE.name, count: 2_000, assignments: null }];

  /** The service, or ZooKeeper, takes no more than this. */
  function limit(session: CoordinationSession, maxBytes: number): { transactions: number } {
    const { multi } = session;
    const seen = { transactions: 0 };
    session.multi = async (steps) => {
      seen.transactions += 1;
      const bytes = steps.reduce((sum, step) => sum + step.path.length + ("data" in step ? step.data.length : 0), 0);
      if (bytes > maxBytes) throw new CoordinationError("BAD_ARGUMENTS", `${bytes} bytes`);
      return multi.call(session, steps) as never;
    };
    return seen;
  }

  test("6.7 it is made, grown and deleted in several, and each time all of it is there or gone", async () => {
    const cluster = new Cluster();
    const { controller, images, session } = await cluster.join(1);
    const seen = limit(session, 600_000);
    const [created] = await cluster.run(controller.createTopics([LARGE], CREATE));
    expect(created!.error).toBeNull();
    expect(images.at(-1)!.topics.get(LARGE.name)!.partitions).toHaveLength(1_000);
    expect(await cluster.run(controller.createPartitions(MORE, CREATE))).toEqual([null]);
    const large = images.at(-1)!.topics.get(LARGE.name)!;
    expect(large.partitions).toHaveLength(2_000);
    expect(await cluster.run(controller.deleteTopics([large]))).toEqual([null]);
    expect([...images.at(-1)!.topics.keys()]).toEqual([]);
    expect(seen.transactions).toBeGreaterThan(5);
    expect(await cluster.run(session.children(UNFINISHED_PATH))).toEqual([]);
    expect(await cluster.run(session.children(TOPICS_PATH))).toEqual([]);
  });

  /** The controller gets through one transaction of a change, and another one takes over. */
  async function interrupted(change: (one: Member) => Promise<unknown>, isThereBefore: boolean) {
    const cluster = new Cluster();
    const [one, two] = [await cluster.join(1), await cluster.join(2)];
    if (isThereBefore) {
      const assignments = Array.from({ length: 1_000 }, (_, partitionIndex) => ({ partitionIndex, brokerIds: [2] }));
      const wanted = { ...LARGE, numPartitions: -1, replicationFactor: -1, assignments };
      expect((await cluster.run(one.controller.createTopics([wanted], CREATE)))[0]!.error).toBeNull();
    }
    let transactions = 0;
    const { multi } = one.session;
    one.session.multi = async (steps) => {
      if ((transactions += 1) > 1) throw new CoordinationError("CONNECTION_LOSS", "multi");
      return multi.call(one.session, steps) as never;
    };
    const changed = change(one);
    await cluster.world.runUntil(() => transactions > 1, 60_000);
    await cluster.leave(one);
    await cluster.run(changed);
    await cluster.world.runUntil(() => two.controller.isActive, 60_000);
    expect(await cluster.run(two.session.children(UNFINISHED_PATH))).toEqual([]);
    return { cluster, two };
  }

  test("6.7 of one that was being made when the controller went nothing is left, and it can be made", async () => {
    const { cluster, two } = await interrupted(({ controller }) => controller.createTopics([LARGE], CREATE), false);
    expect([...two.images.at(-1)!.topics.keys()]).toEqual([]);
    expect((await cluster.run(two.controller.createTopics([LARGE], CREATE)))[0]!.error).toBeNull();
  });

  test("6.7 one that was being deleted when the controller went is gone", async () => {
    const remove = ({ controller, images }: Member): Promise<unknown> => {
      return controller.deleteTopics([images.at(-1)!.topics.get(LARGE.name)!]);
    };
    const { cluster, two } = await interrupted(remove, true);
    expect([...two.images.at(-1)!.topics.keys()]).toEqual([]);
    expect((await cluster.run(two.controller.createTopics([LARGE], CREATE)))[0]!.error).toBeNull();
  });

  test("6.7 one that was being grown when the controller went has as many as before, and can be grown", async () => {
    const { cluster, two } = await interrupted(({ controller }) => controller.createPartitions(MORE, CREATE), true);
    expect(two.images.at(-1)!.topics.get(LARGE.name)!.partitions).toHaveLength(1_000);
    expect(await cluster.run(two.controller.createPartitions(MORE, CREATE))).toEqual([null]);
  });

  test("6.7 one that is refused in the middle leaves nothing behind", async () => {
    const cluster = new Cluster();
    const { controller, session } = await cluster.join(1);
    const { multi } = session;
    let transactions = 0;
    session.multi = async (steps) => {
      if ((transactions += 1) === 2) throw new CoordinationError("BAD_ARGUMENTS", "too much");
      return multi.call(session, steps) as never;
    };
    const [refused] = await cluster.run(controller.createTopics([LARGE], CREATE));
    expect(refused!.error).toMatchObject({ code: "POLICY_VIOLATION" });
    expect(await cluster.run(session.children(TOPICS_PATH))).toEqual([]);
    const [created] = await cluster.run(controller.createTopics([LARGE], CREATE));
    expect(created!.error).toBeNull();
  });
});

describe("Controller: several brokers", () => {
  test("6.7 one is active; the others refuse, and one of them takes over when it goes", async () => {
    const cluster = new Cluster();
    const [one, two] = [await cluster.join(1), await cluster.join(2)];
    expect([one.controller.isActive, two.controller.isActive]).toEqual([true, false]);
    expect(await cluster.run(two.controller.createTopics([newTopic("a")], CREATE))).toMatchObject([
      { error: { code: "NOT_CONTROLLER" } },
    ]);
    await cluster.leave(one);
    await cluster.world.runUntil(() => two.controller.isActive, 60_000);
    const [created] = await cluster.run(two.controller.createTopics([newTopic("a")], CREATE));
    expect(created!.error).toBeNull();
    expect(two.images.at(-1)).toMatchObject({ controllerId: 2, controllerEpoch: 2 });
  });

  test("6.7 when a broker goes its partitions get other leaders, which stay when it comes back", async () => {
    const cluster = new Cluster();
    const [one, two] = [await cluster.join(1), await cluster.join(2)];
    await cluster.world.runUntil(() => one.images.at(-1)!.brokers.size === 2, 60_000);
    const assignments = [{ partitionIndex: 0, brokerIds: [2, 1] }, { partitionIndex: 1, brokerIds: [2] }];
    const wanted = ["a", "b"].map((name, i) =>
      newTopic(name, {
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [{ partitionIndex: 0, brokerIds: assignments[i]!.brokerIds }],
      }),
    );
    await cluster.run(one.controller.createTopics(wanted, CREATE));
    await cluster.leave(two);
    const leaders = () => ["a", "b"].map((name) => one.images.at(-1)!.partition(name, 0)!);
    await cluster.world.runUntil(() => leaders()[0]!.leader === 1, 60_000);
    expect(leaders()).toMatchObject([
      { leader: 1, isr: [1], leaderEpoch: 1 },
      { leader: NO_LEADER, isr: [2], leaderEpoch: 1 },
    ]);
    await cluster.join(2);
    await cluster.world.runUntil(() => leaders()[1]!.leader === 2, 60_000);
    expect(leaders()).toMatchObject([
      { leader: 1, leaderEpoch: 1 },
      { leader: 2, leaderEpoch: 2 },
    ]);
  });

  test("6.7 whoever is elected takes over, also when an answer is lost between the two", async () => {
    const cluster = new Coordinated();
    const session = await cluster.session(1);
    const won: number[] = [];
    const onElected = async (epoch: number): Promise<void> => void won.push(epoch);
    const election = new ControllerElection(cluster.runtimeOf(1), { brokerId: 1, session, onElected });
    after(session, "multi", () => loseAnswer(session, "get"));
    await cluster.run(election.run());
    expect([won, election.isActive]).toEqual([[1], true]);
  });

  test("6.7 a broker that was restarted together with the controller isn't in sync any more", async () => {
    const cluster = new Cluster();
    const [one] = [await cluster.join(1), await cluster.join(2)];
    await cluster.world.runUntil(() => one.images.at(-1)!.brokers.size === 2, 60_000);
    const assignments = [{ partitionIndex: 0, brokerIds: [2, 1] }];
    const wanted = newTopic("a", { numPartitions: -1, replicationFactor: -1, assignments });
    await cluster.run(one.controller.createTopics([wanted], CREATE));
    expect(one.images.at(-1)!.partition("a", 0)).toMatchObject({ leader: 2, isr: [2, 1] });
    // Broker 2 doesn't see that the controller was gone for a moment.
    cluster.world.node("b2").freeze(1_000);
    await cluster.leave(one);
    const again = await cluster.join(1);
    await cluster.world.runUntil(() => again.controller.isActive, 60_000);
    expect(again.images.at(-1)!.partition("a", 0)).toMatchObject({ leader: 2, leaderEpoch: 0, isr: [2] });
  });

  test("6.7 every write is fenced by the controller epoch", async () => {
    const cluster = new Cluster();
    const { controller, session } = await cluster.join(1);
    // As another controller does that is elected in this moment.
    await cluster.run(session.set(CONTROLLER_EPOCH_PATH, encodeControllerEpoch(2)));
    const [result] = await cluster.run(controller.createTopics([newTopic("a")], CREATE));
    expect(result!.error).toMatchObject({ code: "NOT_CONTROLLER" });
    await expect(cluster.run(controller.allocateProducerIds(1))).rejects.toMatchObject({ code: "NOT_CONTROLLER" });
    expect(await cluster.run(session.children(TOPICS_PATH))).toEqual([]);
    expect(controller.isActive).toBe(false);
  });

  test("6.7 a controller that was replaced without knowing it can change nothing", async () => {
    const cluster = new Cluster();
    const [one, two] = [await cluster.join(1), await cluster.join(2)];
    // Its session expires while it can't see or hear anything.
    cluster.world.node("b1").freeze(5 * SESSION_MS);
    await cluster.world.runUntil(() => two.controller.isActive, 60_000);
    const [result] = await cluster.run(one.controller.createTopics([newTopic("a")], CREATE));
    expect(result!.error).toMatchObject({ code: "NOT_CONTROLLER" });
    expect(one.controller.isActive).toBe(false);
    const [created] = await cluster.run(two.controller.createTopics([newTopic("a")], CREATE));
    expect(created!.error).toBeNull();
  });
});

describe("Controller: AlterPartition", () => {
  async function withTwoReplicas() {
    const cluster = new Cluster();
    const one = await cluster.join(1);
    await cluster.join(2);
    await cluster.world.runUntil(() => one.images.at(-1)!.brokers.size === 2, 60_000);
    const [created] = await cluster.run(one.controller.createTopics([newTopic("a", { replicationFactor: 2 })], CREATE));
    const topic = created!.topic!;
    const { leader, leaderEpoch, leaderBrokerEpoch, partitionEpoch } = topic.partitions[0]!;
    const request = { topicId: topic.topicId, index: 0, leaderEpoch, partitionEpoch, isr: [leader] };
    /** Asks for an ISR, as `broker`. */
    const alter = async (changes: Partial<typeof request> = {}, broker = leader): Promise<AlterPartitionResult> => {
      const { isr, partitionEpoch: known, ...item } = { ...request, ...changes };
      const items = [{ ...item, proposal: { isr, partitionEpoch: known } }];
      const [result] = await cluster.run(one.controller.alterPartitions(broker, leaderBrokerEpoch, items));
      return result!;
    };
    return { cluster, one, request, alter };
  }

  test("6.7 the new ISR is written down, told, and has the next partition epoch", async () => {
    const { cluster, one, request, alter } = await withTwoReplicas();
    const changed = await alter();
    expect(changed).toMatchObject({ isr: request.isr, partitionEpoch: request.partitionEpoch + 1, leaderEpoch: 0 });
    expect(one.images.at(-1)!.partition("a", 0)).toEqual(changed);
    const { version } = (await cluster.run(one.session.get(partitionStatePath("a", 0))))!;
    expect(version).toBe(request.partitionEpoch + 1);
  });

  test("6.7 a thousand changes in one request are a few transactions, and one image tells of them", async () => {
    const cluster = new Cluster();
    const one = await cluster.join(1);
    await cluster.join(2);
    await cluster.world.runUntil(() => one.images.at(-1)!.brokers.size === 2, 60_000);
    const assignments = Array.from({ length: 1_000 }, (_, partitionIndex) => ({ partitionIndex, brokerIds: [1, 2] }));
    const wanted = newTopic("a", { assignments, numPartitions: -1, replicationFactor: -1 });
    const [created] = await cluster.run(one.controller.createTopics([wanted], CREATE));
    const { topicId, partitions } = created!.topic!;
    const multi = vi.spyOn(one.session, "multi");
    const images = one.images.length;
    const items = partitions.map(({ leaderEpoch, partitionEpoch }, index) => {
      return { topicId, index, leaderEpoch, proposal: { isr: [1], partitionEpoch } };
    });
    const { leaderBrokerEpoch } = partitions[0]!;
    const results = await cluster.run(one.controller.alterPartitions(1, leaderBrokerEpoch, items));
    expect(results.filter((result) => "isr" in result && result.isr.length === 1)).toHaveLength(1_000);
    expect([multi.mock.calls.length, one.images.length - images]).toEqual([2, 1]);
  });

  test("6.7 a leader that missed the last change is fenced by the partition epoch", async () => {
    const { alter } = await withTwoReplicas();
    await alter();
    expect(await alter()).toMatchObject({ code: "INVALID_UPDATE_VERSION" });
  });

  test("6.7 an earlier life of a broker is refused as a whole", async () => {
    const { alter } = await withTwoReplicas();
    await expect(alter({}, 7)).rejects.toMatchObject({ code: "STALE_BROKER_EPOCH" });
  });

  test.each([
    ["an older leader epoch", { leaderEpoch: -1 }, "FENCED_LEADER_EPOCH"],
    ["a leader epoch that is unknown here", { leaderEpoch: 9 }, "NOT_CONTROLLER"],
    ["an ISR without the leader", { isr: [] }, "INVALID_REQUEST"],
    ["an ISR of brokers that have no replica", { isr: [1, 2, 3] }, "INVALID_REQUEST"],
    ["no such partition", { index: 4 }, "UNKNOWN_TOPIC_OR_PARTITION"],
    ["no such topic", { topicId: new Uint8Array(16) }, "UNKNOWN_TOPIC_ID"],
  ])("6.7 refuses %s", async (_, changes, code) => {
    const { alter } = await withTwoReplicas();
    expect(await alter(changes)).toMatchObject({ code });
  });
});
