/**
 * Commits of members in an earlier generation that have been on their way for long: the group has moved on, and nobody
 * may take them. Members themselves seldom send one, as they are told of a rebalance before they can.
 *
 * @module
 */
import { errorForCode } from "#ground/errors";
import { pause } from "#ground/pause";
import { OffsetCommit } from "#ground/protocol/messages/08-offset-commit";
import { type SeededRandom } from "#ground/sim/seeded-random";
import { type Actor, type MakeActor, pick, type Workplace } from "../replication/actor.ts";
import { connectTo } from "../replication/readers.ts";
import { type GroupBook } from "./group-book.ts";

const MOST_PAUSE_MS = 2_000;
/** The last version without anything of the new protocol. */
const VERSION = 8;

/** See above. */
export const lateCommits: MakeActor = (place, name, random) => new LateCommits(place, name, random);

class LateCommits implements Actor {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly about = "brings commits of earlier generations";
  readonly #place: Workplace;
  readonly #random: SeededRandom;
  #isFinished = false;

  constructor(place: Workplace, name: string, random: SeededRandom) {
    this.name = name;
    this.hosts = [name];
    this.#place = place;
    this.#random = random;
  }

  start(): void {
    this.#place.world.node(this.name).runtime.scheduler.spawn(this.name, () => this.#run());
  }

  finish(): Promise<void> {
    this.#isFinished = true;
    return Promise.resolve();
  }

  async #run(): Promise<void> {
    const { cluster, groups, world } = this.#place;
    const { runtime } = world.node(this.name);
    while (!this.#isFinished) {
      await pause(runtime, this.#random.int(MOST_PAUSE_MS));
      // Only one of the brokers coordinates the group; perhaps none can be reached.
      await this.#bring(pick(this.#random, ...cluster.ids), pick(this.#random, ...groups.all)).catch(() => {});
    }
  }

  async #bring(brokerId: number, book: GroupBook): Promise<void> {
    const { earlier, groupId, generation } = book;
    // One that is still a member: another one is refused for what it is.
    const known = earlier?.members.filter(({ memberId }) => book.memberIds.includes(memberId)) ?? [];
    if (earlier === null || known.length === 0) return;
    const { ledger } = this.#place;
    const partitionIndex = this.#random.int(ledger.partitions);
    const committedOffset = book.committed.get(partitionIndex) ?? 0;
    const { memberId, groupInstanceId } = pick(this.#random, ...known);
    const connection = await connectTo(this.#place.world.node(this.name).runtime, brokerId, this.name);
    const { topics } = await connection.send(OffsetCommit, {
      groupId,
      generationIdOrMemberEpoch: earlier.generation,
      memberId,
      groupInstanceId,
      topics: [{ name: ledger.topic, partitions: [{ partitionIndex, committedOffset, committedMetadata: null }] }],
    }, { version: VERSION }).finally(() => connection.close());
    if (errorForCode(topics[0]!.partitions[0]!.errorCode) !== null) return;
    const what = `a commit of ${memberId} in generation ${earlier.generation} of ${groupId}`;
    ledger.violated(`StaleGeneration: ${what} is taken, the group was in ${generation}`);
  }
}
