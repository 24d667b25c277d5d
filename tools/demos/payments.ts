/**
 * `npm run demo payments`: none may be lost, none may be there twice, and one event is worth a round trip.
 *
 * @module
 */
import { type Stage } from "../stage.ts";
import { CLICKS, measure, PAYMENTS } from "./parts/configured.ts";

export default async function demo(stage: Stage): Promise<void> {
  stage.say(
    "Payments: what was acknowledged has to be there, once, whatever dies. So every replica in sync acknowledges " +
      "(acks=all), two at least (min.insync.replicas=2 of three), what is sent again is recognised " +
      "(enable.idempotence), and nothing waits for company (linger.ms=0).",
  );
  for (const [key, value] of Object.entries(PAYMENTS.producer)) stage.show(key, value);
  stage.show("min.insync.replicas", PAYMENTS.minInSync);
  await stage.pause();
  stage.say(
    "500 events a second for four seconds. Half-way the leader is cut off from its followers, and 0.3 s later it dies:",
  );
  stage.table([await measure(PAYMENTS), await measure(CLICKS)]);
  stage.say(
    "Sent as clicks are (npm run demo clicks), what the leader had acknowledged, and no follower had fetched yet, is " +
      "gone, and nobody is told. Sent as payments are, nothing is: a leader alone acknowledges nothing, and the " +
      "producer waits for the next one. The price is that, twenty times as many requests, and five times the bytes.",
  );
}
