/**
 * `npm run demo mirror`: two clusters copy each other. How far is the copy behind, why are offsets other ones there,
 * and what would happen if a copy had the name of its original?
 *
 * @module
 */
import { orThrow } from "#cluster/admin/admin";
import { type City, MIRROR_PROPERTIES, TwoClusters } from "../../tests/20-cluster/two-clusters.ts";
import { type Stage } from "../stage.ts";

const PARTITION = { topic: "orders", partition: 0 };
const EARLIEST = -2;
const LATEST = -1;

export default async function demo(stage: Stage): Promise<void> {
  await originalAndCopy(stage);
  await loop(stage);
}

async function originalAndCopy(stage: Stage): Promise<void> {
  const cities = await started();
  stage.say(
    "Two clusters, paris and rome, far from each other. kafka-mirror-maker reads each and writes to the other. In " +
      "paris there are orders, and the first 100 are so old that retention has deleted them.",
  );
  await cities.write("paris", "orders", orders(120));
  orThrow(await cities.paris.run(cities.admin("paris").deleteRecords([{ ...PARTITION, offset: 100 }])));
  const group = [{ ...PARTITION, offset: 110, leaderEpoch: -1 }];
  await cities.paris.run(cities.admin("paris").alterGroupOffsets("billing", group));
  cities.mirror();
  const begunMs = cities.paris.world.nowMs;
  const rows: Record<string, string | number>[] = [];
  for (let i = 0; i < 4; i++) {
    await cities.write("paris", "orders", orders(30));
    const original = await offsetIn(cities, "paris", "orders", LATEST);
    const copied = cities.flows[0]!.copied;
    rows.push({
      "after ms": Math.round(cities.paris.world.nowMs - begunMs),
      "orders in paris": original - 100,
      "copied to rome": copied,
      behind: original - 100 - copied,
    });
    await cities.paris.world.run(700);
  }
  stage.table(rows);
  stage.say("The copy is asynchronous: who fails over to rome while it is behind, misses the last records.");
  await stage.pause();
  await cities.paris.world.run(5_000);
  const inRome = await cities.paris.run(cities.admin("rome").listGroupOffsets("billing"));
  stage.table([
    { cluster: "paris", topic: "orders", ...(await rangeIn(cities, "paris", "orders")), "billing goes on at": 110 },
    {
      cluster: "rome", topic: "paris.orders", ...(await rangeIn(cities, "rome", "paris.orders")),
      "billing goes on at": inRome[0]!.offset,
    },
  ]);
  stage.say(
    "The same records have other offsets: rome never had the first 100. So the group's offset is translated: 110 in "
      + "paris is 10 in rome, and the same record. To take over the number would skip records, or read none.",
  );
  await stage.pause();
}

async function loop(stage: Stage): Promise<void> {
  stage.say(
    "In rome the topic is called paris.orders, so that the mirror knows where it comes from and doesn't copy it home. "
      + "And if the name stayed the same (IdentityReplicationPolicy), both ways? One record is written to paris, once:",
  );
  const rows: Record<string, string | number>[] = [];
  for (const policy of ["DefaultReplicationPolicy", "IdentityReplicationPolicy"]) {
    const cities = await started();
    await cities.write("paris", "orders", orders(1));
    const begunMs = cities.paris.world.nowMs;
    cities.mirror({ ...MIRROR_PROPERTIES, "replication.policy.class": `org.apache.kafka.connect.mirror.${policy}` });
    const counts = [];
    for (const seconds of [2, 4, 6]) {
      await cities.paris.world.run(begunMs + seconds * 1_000 - cities.paris.world.nowMs);
      counts.push(await offsetIn(cities, "paris", "orders", LATEST));
    }
    rows.push({ policy, "in paris after 2 s": counts[0]!, "4 s": counts[1]!, "6 s": counts[2]! });
  }
  stage.table(rows);
  stage.say("The record goes round and round, each time as a new one. The name is what stops it.");
}

async function started(): Promise<TwoClusters> {
  const cities = new TwoClusters();
  await cities.start();
  return cities;
}

function orders(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `order ${i}`);
}

async function offsetIn(cities: TwoClusters, city: City, topic: string, timestamp: number): Promise<number> {
  const [found] = await cities.paris.run(cities.admin(city).listOffsets([{ topic, partition: 0, timestamp }]));
  return found!.offset;
}

async function rangeIn(
  cities: TwoClusters, city: City, topic: string,
): Promise<{ "first offset": number; "end offset": number }> {
  return {
    "first offset": await offsetIn(cities, city, topic, EARLIEST),
    "end offset": await offsetIn(cities, city, topic, LATEST),
  };
}
