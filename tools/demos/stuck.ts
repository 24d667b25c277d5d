/**
 * `npm run demo stuck`: one record stops a whole group. Either the work on it never comes to an end in time, and each
 * member that gets it is put out in its turn; or its bytes can't be read at all.
 *
 * @module
 */
import { RecordDeserializationError } from "#groups";
import { produce } from "../../tests/20-cluster/clients.ts";
import { type Stage } from "../stage.ts";
import { GroupedBroker } from "./parts/grouped.ts";
import { consumerOn, type Program, TOPIC } from "./parts/program.ts";

const ORDERS = ["0", "1", "2", "3", "4", "5", "6", "7"];
const HARD = "3";
const HARD_MS = 9_000;
const MAX_POLL_INTERVAL_MS = 6_000;
const LIMIT_MS = 2_000;
const WATCHED_MS = 60_000;
const DEAD_LETTERS = "orders-dead";
/** How often the program polls that meets a record which it can't read. */
const POLLS = 10;

export default async function demo(stage: Stage): Promise<void> {
  stage.say(
    "1. Livelock. Eight orders, 0 to 7, are in one partition. Order 3 takes nine seconds; max.poll.interval.ms is " +
      "six. Members a, b and c are there. What has become of it after a minute?",
  );
  stage.table([await livelock("no limit", HARD_MS), await livelock("two seconds, then put aside", LIMIT_MS)]);
  stage.say(
    "All three are alive, and send heartbeats. But whoever has order 3 is out before it is done, and the next one " +
      "begins it anew. With a limit it has failed after two seconds; what becomes of it then, npm run demo failed " +
      "shows.",
  );
  await stage.pause();
  stage.say(
    "2. A poison pill. The orders are JSON, but for 3: somebody has cut it off. A program polls ten times, with " +
      "JsonDeserializer.",
  );
  stage.table([await poison("it only polls again", false), await poison("it notes the offset, and seeks past", true)]);
}

async function livelock(way: string, workMs: number): Promise<Record<string, string | number>> {
  const broker = await GroupedBroker.started(1);
  await broker.write(ORDERS);
  const { world } = broker.sim;
  let begun = 0;
  const start = (name: string): Program =>
    broker.start(name, {
      groupId: "billing",
      config: { "max.poll.interval.ms": MAX_POLL_INTERVAL_MS, "max.poll.records": 1, "auto.commit.interval.ms": 0 },
      workMs: ({ value }) => {
        if (value!.toString() !== HARD) return 0;
        begun += 1;
        return workMs;
      },
    });
  const members = ["a", "b", "c"].map(start);
  await world.run(WATCHED_MS);
  return {
    "limit of the work": way,
    "times 3 was begun": begun,
    "orders done": new Set(members.flatMap(({ done }) => done.map(({ offset }) => offset))).size,
    "group goes on at": (await broker.committed("billing")) ?? "the start",
  };
}

async function poison(way: string, seeks: boolean): Promise<Record<string, string | number>> {
  const broker = await GroupedBroker.started(1);
  await broker.createTopic(DEAD_LETTERS, 1);
  await broker.write(ORDERS.map((order) => (order === HARD ? '{"id":' : `{"id":${order}}`)));
  const config = { "group.id": "billing", "value.deserializer": "JsonDeserializer" };
  const consumer = consumerOn(broker.sim.world, "program", config);
  consumer.subscribe([TOPIC]);
  const [read, failed]: [number[], string[]] = [[], []];
  for (let i = 0; i < POLLS; i++) {
    try {
      for (const { offset } of await broker.sim.run(consumer.poll(1_000))) read.push(offset);
    } catch (error) {
      if (!(error instanceof RecordDeserializationError)) throw error;
      const { topic, partition, offset } = error;
      failed.push(`${topic}-${partition} at ${offset}`);
      if (!seeks) continue;
      await broker.sim.run(produce(broker.client, DEAD_LETTERS, failed, 1));
      consumer.seek(error, offset + 1);
    }
  }
  return { "after the error": way, "it read": read.join(" "), errors: failed.length, where: failed[0]! };
}
