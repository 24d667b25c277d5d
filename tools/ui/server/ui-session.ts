/**
 * What stands between the page and the cluster: it looks while somebody looks, and does what buttons ask for.
 *
 * @module
 */
import { type ClusterEvent } from "#ground/events";
import { isInternalTopic } from "#replication";
import { createTopicIfMissing, setMinInsyncReplicas } from "./topics.ts";
import { changesBetween, changesOfProducer } from "./changes.ts";
import { type ClusterSource } from "./cluster-source.ts";
import { type ClusterPicture, highWatermarkOf, nameOf } from "./compose.ts";
import { Followed, Load, Members, MOST_PER_SECOND, PRODUCER, type RuntimeOf } from "./load.ts";
import { type LoadSettings, type Picture, type ProducerPicture, type Wish } from "../picture.ts";

const BROKER_VERBS: ReadonlySet<string> = new Set([
  "kill", "freeze", "resume", "start", "stop", "cut", "mend", "slow", "lose",
]);

/** One cluster, looked at by any number of pages. */
export class UiSession {
  readonly #cluster: ClusterSource;
  readonly #runtimeOf: RuntimeOf;
  readonly #partitions: number | null;
  readonly #members: Members;
  #last: ClusterPicture | null = null;
  #lastProducer: ProducerPicture | null = null;
  #addresses: readonly string[] = [];
  #load: Load | null = null;
  #followed: Followed | null = null;
  #follows = 0;

  /** @param partitions - of the topics that it makes; null: as the cluster likes */
  constructor(cluster: ClusterSource, runtimeOf: RuntimeOf, partitions: number | null) {
    this.#cluster = cluster;
    this.#runtimeOf = runtimeOf;
    this.#partitions = partitions;
    this.#members = new Members(runtimeOf);
  }

  get lookMs(): number {
    return this.#cluster.lookMs;
  }

  /** Whether something is different from what was seen last. */
  hasChanged(now: ClusterPicture): boolean {
    return this.#changes(now, this.#load?.picture ?? null).length > 0;
  }

  /** Looks at the cluster. Rejects when it is gone. */
  async look(): Promise<Picture> {
    const now = await this.#cluster.look();
    const producer = this.#load?.picture ?? null;
    const events = this.#changes(now, producer);
    [this.#last, this.#lastProducer] = [now, producer];
    // Fifty partitions of __consumer_offsets interest nobody; what they hold is shown as groups.
    const partitions = now.partitions.filter(({ topic }) => !isInternalTopic(topic));
    const addresses = now.brokers.flatMap(({ address }) => (address === null ? [] : [address]));
    if (addresses.length > 0) this.#addresses = addresses;
    const members = this.#members.pictures;
    this.#followed?.look(sightsOf(now), members);
    return {
      ...now,
      partitions,
      canAct: this.#cluster.canAct,
      isPartial: this.#cluster.isPartial,
      events,
      producer,
      members,
      followed: this.#followed?.picture ?? null,
    };
  }

  /** @returns what has become of it, in a sentence */
  async act(wish: Wish): Promise<string> {
    if (BROKER_VERBS.has(wish.do) && "broker" in wish) {
      if (!Number.isInteger(wish.broker)) return "Which broker?";
      const other = "other" in wish && Number.isFinite(wish.other) ? ` ${wish.other}` : "";
      return this.#cluster.act(`${wish.do} ${wish.broker}${other}`);
    }
    switch (wish.do) {
      case "produce":
        return this.#produce(wish.settings);
      case "stop-producing":
        return this.#stopProducing();
      case "add-member":
        return this.#addMember(wish.topic, wish.isCooperative);
      case "remove-member":
        return this.#members.remove(wish.name);
      case "stick-member":
      case "unstick-member":
        return this.#members.setStuck(wish.name, wish.do === "stick-member");
      case "follow":
        return this.#follow(wish.topic);
      case "configure":
        return this.#configure(wish.topic, wish.minInsyncReplicas);
      default:
        return "Nobody here knows how to do that.";
    }
  }

  /** A broker's metrics for Prometheus; null: it can't be asked. */
  metrics(brokerId: number): Promise<string | null> {
    return this.#cluster.metrics(brokerId);
  }

  /** Ends the clients that it runs. */
  async stop(): Promise<void> {
    await Promise.all([this.#load?.stop(), this.#members.stop()]);
  }

  async #produce(settings: LoadSettings): Promise<string> {
    const complaint = complaintAbout(settings);
    if (complaint !== null) return complaint;
    await this.#createIfMissing(settings.topic);
    await this.#stopProducing();
    this.#load = new Load(this.#runtimeOf(PRODUCER), this.#servers, settings);
    return `${settings.recordsPerSecond} records/s go to "${settings.topic}"`;
  }

  async #stopProducing(): Promise<string> {
    const load = this.#load;
    this.#load = null;
    await load?.stop();
    return "the producer is closed";
  }

  async #addMember(topic: string, isCooperative: boolean): Promise<string> {
    await this.#createIfMissing(topic);
    return this.#members.add(this.#servers, topic, isCooperative);
  }

  async #follow(topic: string): Promise<string> {
    await this.#createIfMissing(topic);
    this.#followed = new Followed(this.#runtimeOf(PRODUCER), this.#servers, topic, `followed ${++this.#follows}`);
    return "on its way";
  }

  async #configure(topic: string, minInsyncReplicas: number): Promise<string> {
    if (!Number.isInteger(minInsyncReplicas)) return "A whole number, please.";
    await this.#createIfMissing(topic);
    await setMinInsyncReplicas(this.#runtimeOf("admin"), this.#servers, topic, minInsyncReplicas);
    return `"${topic}" has min.insync.replicas=${minInsyncReplicas}`;
  }

  #changes(now: ClusterPicture, producer: ProducerPicture | null): ClusterEvent[] {
    return [...changesBetween(this.#last, now), ...changesOfProducer(this.#lastProducer, producer, now.timeMs)];
  }

  #createIfMissing(topic: string): Promise<void> {
    return createTopicIfMissing(this.#runtimeOf("admin"), this.#servers, topic, this.#partitions);
  }

  get #servers(): string {
    return this.#addresses.join(",");
  }
}

function complaintAbout(settings: LoadSettings): string | null {
  const { topic, recordsPerSecond, valueBytes, skew, acks, lingerMs, batchSize } = settings;
  if (typeof topic !== "string" || topic === "") return "Which topic?";
  if (!(recordsPerSecond >= 1 && recordsPerSecond <= MOST_PER_SECOND)) return `1 to ${MOST_PER_SECOND} records/s.`;
  if (!(valueBytes >= 1 && valueBytes <= 100_000)) return "Values of 1 to 100,000 bytes, please.";
  if (!(skew >= 0 && skew <= 1)) return "The share of the busy key lies between 0 and 1.";
  if (!["0", "1", "all"].includes(acks)) return "acks is 0, 1 or all.";
  if (!(lingerMs >= 0 && lingerMs <= 10_000)) return "linger.ms of 0 to 10,000, please.";
  if (!(batchSize >= 0 && batchSize <= 1_000_000)) return "batch.size of 0 to 1,000,000, please.";
  return null;
}

function sightsOf({ partitions, groups }: ClusterPicture): Parameters<Followed["look"]>[0] {
  return partitions.map((partition) => {
    const name = nameOf(partition);
    return {
      partition: name,
      leader: partition.leader,
      highWatermark: highWatermarkOf(partition),
      replicas: partition.replicas,
      groups: groups.flatMap(({ groupId, reads }) => {
        const read = reads.find((one) => one.partition === name);
        return read === undefined ? [] : [{ groupId, committed: read.committed }];
      }),
    };
  });
}
