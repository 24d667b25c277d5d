/**
 * Two clusters of one broker in one world, and a mirror between them.
 *
 * @module
 */
import { Admin } from "#cluster/admin/admin";
import { mirrorFlows } from "#cluster/mirror/mirror-config";
import { MirrorFlow } from "#cluster/mirror/mirror-flow";
import { KafkaConsumer } from "#groups";
import { KafkaProducer } from "#sender";
import { SimCluster } from "./sim-cluster.ts";

/** Which of the two. */
export type City = "paris" | "rome";

const ALONE = {
  "default.replication.factor": 1, "min.insync.replicas": 1, "offsets.topic.replication.factor": 1,
  "group.initial.rebalance.delay.ms": 0,
};

/** Of a mirror that copies both ways. */
export const MIRROR_PROPERTIES = {
  clusters: "paris, rome",
  "paris.bootstrap.servers": "paris-broker-1:9092",
  "rome.bootstrap.servers": "rome-broker-1:9092",
  "paris->rome.enabled": "true",
  "rome->paris.enabled": "true",
  "refresh.topics.interval.seconds": "1",
  "sync.group.offsets.enabled": "true",
  "sync.group.offsets.interval.seconds": "1",
};

/** They are called paris and rome. */
export class TwoClusters {
  readonly paris = new SimCluster(1, ALONE, undefined, "paris-");
  readonly rome = new SimCluster(1, ALONE, this.paris.world, "rome-");
  readonly flows: MirrorFlow[] = [];

  async start(): Promise<void> {
    await this.paris.start(1);
    await this.rome.start(1);
  }

  /** Copies from now on: {@link flows}. */
  mirror(properties: Readonly<Record<string, string>> = MIRROR_PROPERTIES): void {
    const { runtime } = this.paris.world.node("mirror");
    for (const config of mirrorFlows(properties)) {
      const flow = new MirrorFlow(config, runtime);
      this.flows.push(flow);
      runtime.scheduler.spawn(flow.name, () => flow.run());
    }
  }

  async stopMirror(): Promise<void> {
    for (const flow of this.flows.splice(0)) flow.stop();
    await this.paris.world.run(2_000);
  }

  async write(city: City, topic: string, values: readonly string[]): Promise<void> {
    const { runtime } = this.paris.world.node("writer");
    const producer = new KafkaProducer({ "bootstrap.servers": `${city}-broker-1:9092` }, { runtime });
    const sent = values.map((value) => producer.send({ topic, partition: 0, key: "k", value, headers: { h: "1" } }));
    await this.paris.run(Promise.all(sent));
    await this.paris.run(producer.close());
  }

  async read(city: City, topic: string): Promise<string[]> {
    const { runtime } = this.paris.world.node("reader");
    const consumer = new KafkaConsumer({ "bootstrap.servers": `${city}-broker-1:9092` }, { runtime });
    consumer.assign([{ topic, partition: 0 }]);
    consumer.seekToBeginning();
    const values: string[] = [];
    for (let polls = 0; polls < 5; polls++) {
      for (const { value } of await this.paris.run(consumer.poll(200))) values.push(String(value));
    }
    await this.paris.run(consumer.close());
    return values;
  }

  admin(city: City): Admin {
    const { runtime } = this.paris.world.node("admin");
    return new Admin({ "bootstrap.servers": `${city}-broker-1:9092` }, { runtime });
  }
}
