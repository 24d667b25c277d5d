/**
 * `npm run demo failed`: an event of an order can't be worked on for a while. What becomes of the later events of that
 * order, and of those of others, if one waits, if one puts it aside, and if one puts aside all of that order?
 *
 * @module
 */
import { pause } from "#ground/pause";
import { type ConsumerRecord } from "#groups";
import { produce } from "../../tests/20-cluster/clients.ts";
import { type Stage } from "../stage.ts";
import { GroupedBroker } from "./parts/grouped.ts";

/** By its first letter one knows which order an event is of. */
const EVENTS = ["A1", "B1", "A2", "B2", "A3", "B3"];
const FAILING = "A1";
const FAILS_MS = 2_000;
const WORK_MS = 100;
const PAUSE_MS = 500;
const RETRY_TOPIC = "orders-retry";
const RUN_MS = 20_000;

type Way = "wait, and try again" | "a retry topic" | "a retry topic, failed keys";

const WAYS: readonly Way[] = ["wait, and try again", "a retry topic", "a retry topic, failed keys"];

export default async function demo(stage: Stage): Promise<void> {
  stage.say(
    "Events of the orders A and B, in one partition: A1 B1 A2 B2 A3 B3. Each takes 0.1 s. For two seconds A1 can't " +
      "be worked on, as somebody else's service is down.",
  );
  const rows: Record<string, string>[] = [];
  for (const way of WAYS) rows.push(await play(way));
  stage.table(rows);
  stage.say(
    "To wait is right, and stops B for something that isn't its fault. With a retry topic, which a second consumer " +
      "reads, B goes on, but so does A, past its own first event. With a table of failed keys the later events of A " +
      "go to the retry topic, too, and stay behind the first.",
  );
}

async function play(way: Way): Promise<Record<string, string>> {
  const broker = await GroupedBroker.started(1);
  await broker.createTopic(RETRY_TOPIC, 1);
  await broker.write(EVENTS);
  const { world } = broker.sim;
  const begunMs = world.nowMs;
  const done: { event: string; atMs: number }[] = [];
  /** The failed keys: how many events of each wait in the retry topic. */
  const waiting = new Map<string, number>();

  const attempt = (event: string): boolean => {
    if (event === FAILING && world.nowMs - begunMs < FAILS_MS) return false;
    done.push({ event, atMs: world.nowMs - begunMs });
    return true;
  };
  const insist = async (name: string, event: string): Promise<void> => {
    while (!attempt(event)) await pause(world.node(name).runtime, PAUSE_MS);
  };
  const putAside = async (event: string): Promise<void> => {
    waiting.set(event[0]!, (waiting.get(event[0]!) ?? 0) + 1);
    await produce(broker.client, RETRY_TOPIC, [event], 1);
  };

  broker.start("first", {
    groupId: "billing",
    workMs: () => WORK_MS,
    handle: async (record) => {
      const event = eventOf(record);
      const mustFollow = way === "a retry topic, failed keys" && waiting.has(event[0]!);
      if (way === "wait, and try again") await insist("first", event);
      else if (mustFollow || !attempt(event)) await putAside(event);
    },
  });
  broker.start("second", {
    groupId: "billing-retry",
    topic: RETRY_TOPIC,
    workMs: () => WORK_MS,
    handle: async (record) => {
      const event = eventOf(record);
      await insist("second", event);
      const left = waiting.get(event[0]!)! - 1;
      if (left > 0) waiting.set(event[0]!, left);
      else waiting.delete(event[0]!);
    },
  });
  await world.run(RUN_MS);
  const order = done.map(({ event }) => event);
  const ofA = order.filter((event) => event.startsWith("A"));
  const last = done.find(({ event }) => event === "B3");
  return {
    way,
    "done in this order": order.join(" "),
    "A in order": ofA.join() === [...ofA].sort().join() ? "yes" : "no",
    "B3 is done after": last === undefined ? "never" : `${(last.atMs / 1_000).toFixed(1)} s`,
  };
}

function eventOf({ value }: ConsumerRecord): string {
  return value!.toString();
}
