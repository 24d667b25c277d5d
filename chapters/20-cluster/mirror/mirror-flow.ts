/**
 * One direction of `kafka-mirror-maker`: a consumer of one cluster, a producer of another, and nothing between them.
 * The copy comes later than the original, and an error makes a record come twice rather than not at all.
 * Source: `MirrorSourceTask`, `MirrorSourceConnector` and `MirrorCheckpointTask` of MirrorMaker 2 (KIP-382, KIP-545).
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { groupBy } from "#ground/group-by";
import { pause } from "#ground/pause";
import { type Runtime, type Timer } from "#ground/runtime";
import { type ConsumerRecord, KafkaConsumer } from "#groups";
import { KafkaProducer, type SendFuture } from "#sender";
import { Admin, orThrow } from "../admin/admin.ts";
import { type OffsetOfPartition } from "../admin/admin-types.ts";
import { type MirrorFlowConfig } from "./mirror-config.ts";
import { OffsetSyncs } from "./offset-syncs.ts";

const POLL_MS = 500;
const RETRY_MS = 1_000;
/** How long what is under way when it is stopped is waited for. */
const STOP_MS = 5_000;
/** The cluster's own topics, and those of other mirrors. */
const INTERNAL = /^__|[-.]internal$|\.replica$/;
const BYTES = "org.apache.kafka.common.serialization.ByteArray";

/** Copies topics from one cluster to another, until it is stopped. */
export class MirrorFlow {
  /** `paris->rome`. */
  readonly name: string;
  /** Records that have been copied. */
  copied = 0;
  readonly #config: MirrorFlowConfig;
  readonly #runtime: Runtime;
  readonly #consumer: KafkaConsumer<Uint8Array, Uint8Array>;
  readonly #producer: KafkaProducer<Uint8Array, Uint8Array>;
  readonly #source: Admin;
  readonly #target: Admin;
  readonly #syncs = new Map<string, OffsetSyncs>();
  readonly #groupId: string;
  #isStopped = false;
  #giveUp: Timer | null = null;

  /** @throws KafkaError INVALID_CONFIG. Nothing is connected to yet. */
  constructor(config: MirrorFlowConfig, runtime: Runtime) {
    const { source, target } = config;
    this.name = `${source.alias}->${target.alias}`;
    this.#config = config;
    this.#runtime = runtime;
    this.#groupId = `mirror-maker-${source.alias}-${target.alias}`;
    this.#source = new Admin(source.client, { runtime });
    this.#target = new Admin(target.client, { runtime });
    this.#consumer = new KafkaConsumer({
      ...source.client,
      "group.id": this.#groupId,
      "auto.offset.reset": "earliest",
      "enable.auto.commit": false,
      "key.deserializer": `${BYTES}Deserializer`,
      "value.deserializer": `${BYTES}Deserializer`,
    }, { runtime });
    this.#producer = new KafkaProducer({ ...target.client, acks: "all" }, { runtime, onError() {} });
  }

  /** The topics that are copied now. */
  get topics(): string[] {
    return [...new Set(this.#consumer.assignment.map(({ topic }) => topic))];
  }

  /** How many records the copies are behind, as far as that is known. */
  get lag(): number {
    return this.#consumer.assignment.reduce((sum, of) => sum + (this.#consumer.currentLag(of) ?? 0), 0);
  }

  /** Copies until {@link stop}. What goes wrong on the way is logged, and tried again. */
  async run(): Promise<void> {
    const { clock } = this.#runtime;
    let [topicsMs, groupsMs] = [-Infinity, clock.nowMs()];
    while (!this.#isStopped) {
      try {
        if (clock.nowMs() - topicsMs >= this.#config.refreshTopicsMs) {
          await this.#refreshTopics();
          topicsMs = clock.nowMs();
        }
        if (this.topics.length === 0) await pause(this.#runtime, POLL_MS);
        else await this.#copy((await this.#consumer.poll(POLL_MS)).toArray());
        if (this.#config.syncGroupsMs !== null && clock.nowMs() - groupsMs >= this.#config.syncGroupsMs) {
          groupsMs = clock.nowMs();
          await this.syncGroups();
        }
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error;
        if (this.#isStopped) break;
        this.#runtime.log.warn(`${this.name}: ${error.message} It is tried again.`);
        await pause(this.#runtime, RETRY_MS);
      }
    }
    await Promise.all([this.#consumer.close(STOP_MS), this.#producer.close(STOP_MS)]);
    this.#giveUp?.cancel();
    this.#source.close();
    this.#target.close();
  }

  /** Ends {@link run} soon, also when a cluster doesn't answer: what isn't copied by then is copied next time. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#consumer.wakeup();
    const { clock, scheduler } = this.#runtime;
    this.#giveUp = scheduler.at(clock.nowMs() + STOP_MS, () => {
      this.#source.close();
      this.#target.close();
      void this.#consumer.close(0);
      void this.#producer.close(0);
    });
  }

  /**
   * Sets the offsets of groups at the target, where they have no members there, and never back.
   * @throws KafkaError
   */
  async syncGroups(): Promise<void> {
    for (const { groupId } of await this.#source.listGroups()) {
      if (!this.#config.groups.test(groupId) || groupId.startsWith("mirror-maker-")) continue;
      const translated = (await this.#source.listGroupOffsets(groupId)).flatMap((of) => this.#translated(of));
      if (translated.length === 0) continue;
      const known = await this.#target.listGroupOffsets(groupId);
      const ahead = translated.filter(({ topic, partition, offset }) => {
        return offset > (known.find((of) => of.topic === topic && of.partition === partition)?.offset ?? -1);
      });
      // A group with members there knows better: it refuses.
      if (ahead.length > 0) await this.#target.alterGroupOffsets(groupId, ahead);
    }
  }

  #translated({ topic, partition, offset }: OffsetOfPartition): OffsetOfPartition[] {
    const target = this.#syncs.get(`${topic}-${partition}`)?.translate(offset) ?? null;
    if (target === null) return [];
    return [{ topic: this.#remote(topic), partition, offset: target, leaderEpoch: -1 }];
  }

  #remote(topic: string): string {
    return this.#config.policy.remoteTopic(this.#config.source.alias, topic);
  }

  /** Looks for topics and partitions that are new, and makes their copies. */
  async #refreshTopics(): Promise<void> {
    const wanted = (await this.#source.listTopics()).map(({ name }) => name).filter((name) => {
      return this.#config.topics.test(name) && !INTERNAL.test(name)
        && !this.#config.policy.isFrom(this.#config.target.alias, name);
    });
    const described = orThrow(await this.#source.describeTopics(wanted));
    const counts = new Map([...described].map(([name, { partitions }]) => [name, partitions.length]));
    const there = new Set((await this.#target.listTopics()).map(({ name }) => name));
    const missing = wanted.filter((name) => !there.has(this.#remote(name)));
    const created = await this.#target.createTopics(missing.map((name) => ({
      name: this.#remote(name), numPartitions: counts.get(name)!, replicationFactor: this.#config.replicationFactor,
    })));
    // The others are copied all the same; those that can't be made now are tried again with the next refresh.
    const failed = new Set<string>();
    for (const [name, error] of created) {
      if (error === null || error.code === "TOPIC_ALREADY_EXISTS") continue;
      failed.add(name);
      this.#runtime.log.warn(`${this.name}: ${name} can't be made: ${error.message}`);
    }
    await this.#grow(wanted.filter((name) => there.has(this.#remote(name))), counts);
    this.#consumer.assign(wanted.filter((name) => !failed.has(this.#remote(name))).flatMap((topic) => {
      return [...Array(counts.get(topic)!).keys()].map((partition) => ({ topic, partition }));
    }));
  }

  async #grow(topics: readonly string[], counts: ReadonlyMap<string, number>): Promise<void> {
    const copies = orThrow(await this.#target.describeTopics(topics.map((name) => this.#remote(name))));
    const small = topics.filter((name) => copies.get(this.#remote(name))!.partitions.length < counts.get(name)!);
    if (small.length === 0) return;
    orThrow(await this.#target.createPartitions(new Map(small.map((name) => {
      return [this.#remote(name), { count: counts.get(name)! }];
    }))));
  }

  /** @throws KafkaError when not all have come; then they are read once more */
  async #copy(records: readonly ConsumerRecord<Uint8Array, Uint8Array>[]): Promise<void> {
    if (records.length === 0) return;
    try {
      const sent: SendFuture[] = [];
      for (const { topic, partition, key, value, headers, timestamp } of records) {
        if (!this.#producer.isReady) await this.#producer.ready();
        // A record without a timestamp gets that of its copy: as one of 1970 it would be too old to be kept.
        const timestampMs = Number(timestamp) < 0 ? null : Number(timestamp);
        const copy = { topic: this.#remote(topic), partition, key, value, headers, timestamp: timestampMs };
        sent.push(this.#producer.send(copy));
      }
      const places = await Promise.all(sent);
      for (const [i, { topic, partition, offset }] of records.entries()) {
        const name = `${topic}-${partition}`;
        if (!this.#syncs.has(name)) this.#syncs.set(name, new OffsetSyncs());
        this.#syncs.get(name)!.add(offset, Number(places[i]!.offset));
      }
      this.copied += records.length;
      await this.#consumer.commitSync();
    } catch (error) {
      if (!this.#isStopped) for (const first of firstOfEach(records)) this.#consumer.seek(first, first.offset);
      throw error;
    }
  }
}

type Copied = ConsumerRecord<Uint8Array, Uint8Array>;

function firstOfEach(records: readonly Copied[]): Copied[] {
  const partitions = groupBy(records, ({ topic, partition }) => `${topic}-${partition}`);
  return [...partitions.values()].map((of) => of[0]!);
}
