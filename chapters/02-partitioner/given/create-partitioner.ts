/**
 * From `partitioner.class` to a partitioner.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { type Random } from "#ground/runtime";
import { type Partitioner } from "./partitioner.ts";
import { RoundRobinPartitioner } from "#partitioner/round-robin-partitioner";
import { StickyPartitioner } from "#partitioner/sticky-partitioner";

/** A class of partitioners, as a user hands it over in `partitioner.class`. */
export type PartitionerClass = new (random: Random) => Partitioner;

/** The partitioners that can be named; also with the package in front that they have in Java. */
const BY_NAME: ReadonlyMap<string, PartitionerClass> = new Map<string, PartitionerClass>([
  ["RoundRobinPartitioner", RoundRobinPartitioner],
  ["StickyPartitioner", StickyPartitioner],
]);

/**
 * Makes the partitioner that `partitioner.class` asks for and configures it.
 *
 * @param choice - the name of one of ours, a class, or a ready instance; null for the built-in one, which is no
 *   {@link Partitioner} but works inside of the accumulator
 * @param configs - what {@link Partitioner.configure} gets
 * @throws KafkaError INVALID_CONFIG when there is none of that name, or `choice` is no partitioner
 */
export function createPartitioner(
  choice: string | object | null,
  configs: Readonly<Record<string, unknown>>,
  random: Random,
): Partitioner | null {
  if (choice === null) return null;
  const partitioner = instanceOf(choice, random);
  partitioner.configure(configs);
  return partitioner;
}

function instanceOf(choice: string | object, random: Random): Partitioner {
  if (typeof choice === "string") {
    const known = BY_NAME.get(choice.slice(choice.lastIndexOf(".") + 1));
    if (known !== undefined) return new known(random);
    const names = [...BY_NAME.keys()].join(", ");
    throw new KafkaError("INVALID_CONFIG", `partitioner.class: expected one of ${names}, got "${choice}"`);
  }
  const made: Partial<Partitioner> = typeof choice === "function" ? new (choice as PartitionerClass)(random) : choice;
  for (const method of ["configure", "partition", "close"] as const) {
    if (typeof made[method] === "function") continue;
    const name = made.constructor?.name ?? "the object";
    throw new KafkaError("INVALID_CONFIG", `partitioner.class: expected ${name} to have a method ${method}`);
  }
  return made as Partitioner;
}
