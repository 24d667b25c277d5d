/**
 * Chapter 6 at work: three brokers in the simulator, and what is lost when leaders die, by what was promised.
 *
 * @module
 */
import { type Stage } from "../stage.ts";
import { ReplicatedCluster, stateText } from "./parts/replicated.ts";

const TOPIC = "orders";
/** In so long followers have fetched, and heard what is committed. */
const SETTLE_MS = 500;

export default async function demo(stage: Stage): Promise<void> {
  await leaderKilled(stage);
  await stage.pause();
  await failoverWithAcks1(stage);
  await stage.pause();
  await uncleanElection(stage);
  await stage.pause();
  await aloneAndWithoutPower(stage);
}

async function leaderKilled(stage: Stage): Promise<void> {
  stage.say("1. Three brokers. Topic orders has one partition, with a replica on each. We write with acks=all.");
  const demo = await ReplicatedCluster.started({ "min.insync.replicas": 2 });
  const { cluster } = demo;
  await demo.createTopic(TOPIC);
  stage.show("the partition", stateText(await demo.describe(TOPIC)));
  stage.show("write a, b, c", await demo.write(TOPIC, 1, ["a", "b", "c"], -1));
  stage.table(await demo.replicas(TOPIC));

  stage.say("Broker 1 is killed. Its session ends after a second; then the controller writes down who leads now.");
  cluster.crash(1);
  const tookMs = await demo.until(TOPIC, 2, ({ leaderId }) => leaderId > 1);
  stage.show(`after ${seconds(tookMs)}`, stateText(await demo.describe(TOPIC)));
  const { leaderId } = (await demo.describe(TOPIC))!;
  await cluster.world.run(SETTLE_MS);
  stage.show("a consumer reads", await demo.read(TOPIC, leaderId));
  stage.show("write d", await demo.write(TOPIC, leaderId, ["d"], -1));
  stage.table(await demo.replicas(TOPIC));

  stage.say("Broker 1 starts again. It follows, catches up, and joins the ISR at its end.");
  await cluster.restart(1);
  await demo.until(TOPIC, leaderId, ({ isrNodes }) => isrNodes.length === 3);
  stage.show("the partition", stateText(await demo.describe(TOPIC, leaderId)));
  await cluster.world.run(SETTLE_MS);
  stage.table(await demo.replicas(TOPIC));
}

async function failoverWithAcks1(stage: Stage): Promise<void> {
  stage.say("2. acks=1. The followers don't get through to the leader for a moment, just when it takes two orders.");
  const demo = await ReplicatedCluster.started();
  const { cluster } = demo;
  await demo.createTopic(TOPIC);
  stage.show("write a", await demo.write(TOPIC, 1, ["a"], 1));
  await cluster.world.run(SETTLE_MS);
  for (const follower of [2, 3]) cluster.world.network.partition("broker-1", `broker-${follower}`);
  stage.show("write b, c", await demo.write(TOPIC, 1, ["b", "c"], 1));
  stage.table(await demo.replicas(TOPIC));
  cluster.crash(1);
  await demo.until(TOPIC, 2, ({ leaderId }) => leaderId > 1);
  const { leaderId } = (await demo.describe(TOPIC))!;
  stage.show("broker 1 is killed", stateText(await demo.describe(TOPIC)));
  stage.show("write x", await demo.write(TOPIC, leaderId, ["x"], 1));
  cluster.world.network.heal();
  await cluster.restart(1);
  await demo.until(TOPIC, leaderId, ({ isrNodes }) => isrNodes.length === 3);
  await cluster.world.run(SETTLE_MS);
  stage.say("b and c were acknowledged, and are lost. Broker 1 is back: its log was cut where the epochs part.");
  stage.table(await demo.replicas(TOPIC));
  for (const broker of demo.alive) stage.show(`read at broker ${broker}`, await demo.read(TOPIC, broker));
}

async function uncleanElection(stage: Stage): Promise<void> {
  stage.say("3. min.insync.replicas=1. Two topics; clicks has unclean.leader.election.enable=true. 2 and 3 die.");
  const demo = await ReplicatedCluster.started();
  const { cluster } = demo;
  const topics = ["orders", "clicks"];
  await demo.createTopic("orders");
  await demo.createTopic("clicks", { "unclean.leader.election.enable": "true" });
  for (const topic of topics) await demo.write(topic, 1, ["a"], -1);
  await cluster.world.run(SETTLE_MS);
  cluster.crash(2);
  cluster.crash(3);
  for (const topic of topics) await demo.until(topic, 1, ({ isrNodes }) => isrNodes.length === 1);
  for (const topic of topics) stage.show(`${topic}: write b`, await demo.write(topic, 1, ["b"], -1));
  for (const topic of topics) stage.show(topic, stateText(await demo.describe(topic)));
  stage.say("Now broker 1 dies, and broker 2 comes back: it lacks b.");
  cluster.crash(1);
  await cluster.restart(2);
  await demo.until("clicks", 2, ({ leaderId }) => leaderId === 2);
  for (const topic of topics) {
    stage.show(topic, stateText(await demo.describe(topic, 2)));
    stage.show("read", await demo.read(topic, 2));
  }
  stage.say("And broker 1 comes back:");
  await cluster.restart(1);
  for (const topic of topics) await demo.until(topic, 2, ({ isrNodes }) => isrNodes.length === 2);
  for (const topic of topics) {
    const state = (await demo.describe(topic, 2))!;
    stage.show(topic, stateText(state));
    stage.show("read", await demo.read(topic, state.leaderId));
  }
}

async function aloneAndWithoutPower(stage: Stage): Promise<void> {
  stage.say("4. An ISR of one, and a power loss (KIP-966). All have a; brokers 2 and 3 die, and broker 1 goes on.");
  for (const minIsr of [1, 2]) {
    const demo = await ReplicatedCluster.started({ "min.insync.replicas": minIsr });
    const { cluster } = demo;
    await demo.createTopic(TOPIC);
    await demo.write(TOPIC, 1, ["a"], -1);
    await cluster.world.run(SETTLE_MS);
    cluster.crash(2);
    cluster.crash(3);
    await demo.until(TOPIC, 1, ({ isrNodes }) => isrNodes.length === 1);
    stage.say(`With min.insync.replicas=${minIsr}:`);
    stage.show("write b, acks=all", await demo.write(TOPIC, 1, ["b"], -1));
    cluster.powerLoss(1);
    for (const id of [1, 2, 3]) await cluster.restart(id);
    await demo.until(TOPIC, 2, ({ isrNodes }) => isrNodes.length === 3);
    await cluster.world.run(SETTLE_MS);
    stage.show("power off, on", stateText(await demo.describe(TOPIC)));
    stage.show("read", await demo.read(TOPIC, 1));
  }
  stage.say(
    "With 2, b was at least not promised. But a is gone, too: broker 1, the last one standing, had flushed nothing, " +
      "and the others follow whoever is left in the ISR.",
  );
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
