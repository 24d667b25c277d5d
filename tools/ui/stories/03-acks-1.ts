/**
 * @module
 */
import { ask, show, type Steps, type Story, tell } from "./story.ts";
import { type StoryWorld } from "./story-world.ts";

const TOPIC = "orders";

async function* steps(world: StoryWorld): Steps {
  const { cluster } = world;
  await world.createTopic(TOPIC, { replicas: [[1, 2, 3]] });
  const config = { acks: "1", "enable.idempotence": false };
  const writer = world.writer("shop", { topic: TOPIC, partition: 0, config });
  writer.sendEvery(20);
  await world.pass(1_000);
  const shared = writer.acknowledged.length;
  yield tell(
    `Three replicas, broker 1 leads. The shop sends with acks=1: the leader says yes when it has the record itself. ` +
      `${shared} orders are acknowledged.`,
  );

  world.partBrokers(1, 2);
  world.partBrokers(1, 3);
  await world.pass(500);
  const ends = cluster.ids.map((id) => world.replica(id, TOPIC)?.logEndOffset).join(", ");
  yield tell(
    "For half a second the followers don't get through to the leader; everything else works. The logs end at " +
      `${ends}. The shop notices nothing: ${writer.acknowledged.length - shared} more orders are acknowledged.`,
  );

  const readable = world.leader(TOPIC)!.highWatermark;
  const told = [...writer.acknowledged];
  const ahead = world.replica(1, TOPIC)!.logEndOffset - world.replica(2, TOPIC)!.logEndOffset;
  yield ask(
    `Now broker 1 is killed. Its disk is fine. Broker 2 or 3, both in sync, is elected. How many acknowledged orders ` +
      "are gone then?",
    "None: what is acknowledged is safe.",
    `About ${ahead}: those that no follower had fetched.`,
    "None: the new leader waits until broker 1 is back.",
  );

  writer.stop();
  cluster.crash(1);
  const tookMs = await world.until("another one leads", () => (world.leader(TOPIC)?.leader ?? 1) !== 1);
  const read = new Set(await world.read(TOPIC));
  const lost = told.filter((value) => !read.has(value)).length;
  const leader = world.leader(TOPIC)!.leader;
  yield show(
    lost > 0 ? 1 : 0,
    `After ${(tookMs / 1_000).toFixed(1)} s broker ${leader} leads, with what it has. ${lost} orders that the shop ` +
      "was told are safe can't be read, and nobody reports an error. acks=1 promises the leader's memory, not more.",
    [
      { "": "leader", before: 1, after: leader },
      { "": "acknowledged", before: told.length, after: told.length },
      { "": "of them readable", before: readable, after: told.length - lost },
      { "": "lost", before: 0, after: lost },
    ],
  );

  cluster.world.network.heal();
  // What comes now has the offsets of what is gone.
  const later = world.writer("app", { topic: TOPIC, partition: 0, config });
  later.send(3);
  await world.until("it is answered", () => later.open === 0);
  const brokenEnd = shared + ahead;
  cluster.restart(1);
  await world.until("broker 1 is in sync", () => world.isr(TOPIC).includes("1"));
  const again = new Set(await world.read(TOPIC));
  const back = told.filter((value) => !read.has(value) && again.has(value)).length;
  yield tell(
    `Broker 1 comes back with a log that ended at ${brokenEnd}. It follows broker ${leader} now, and cuts off what ` +
      `that one hasn't got: its log ends at ${world.replica(1, TOPIC)?.logEndOffset}. Of the ${lost} lost orders ` +
      `${back} are back. With acks=all and min.insync.replicas=2 the shop would have been told nothing that isn't so.`,
  );
}

/** What a failover loses with acks=1. */
export const acks1: Story = {
  title: "What a failover loses with acks=1",
  question: "What does an acknowledgement of the leader alone promise?",
  brokers: 3,
  settings: {},
  exercises: ["6.3 DelayedProduce.tryComplete", "6.6 electLeader"],
  steps,
};
