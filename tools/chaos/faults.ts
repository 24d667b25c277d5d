/**
 * What goes wrong with real processes, drawn at random: there is no seed here that would repeat it.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Process, type RealCluster } from "./real-cluster.ts";

const MOST_PAUSE_MS = 3_000;
const LEAST_MS = 500;
const MOST_MS = 6_000;

/** It is stopped and cut off as the others, but not killed: what it holds is looked at from the start to the end. */
const LONG_LIVED = 1;

/** What a fault may befall: a broker of the cluster, or a member of a group. */
interface Victims {
  readonly cluster: RealCluster;
  readonly id: number;
  readonly member: Process;
}

/** One fault: how it begins, and what ends it. */
type Fault = readonly [name: string, begin: (victims: Victims) => () => void];

const KILL = "kill -9";
const FAULTS: readonly Fault[] = [
  [KILL, ({ cluster: { brokers }, id }) => {
    brokers.get(id)!.signal("SIGKILL");
    return () => void brokers.get(id)!.start();
  }],
  ["SIGSTOP", ({ cluster: { brokers }, id }) => {
    brokers.get(id)!.signal("SIGSTOP");
    return () => brokers.get(id)!.signal("SIGCONT");
  }],
  ["cut from other brokers", ({ cluster: { links }, id }) => {
    links.get(id)!.cut();
    return () => links.get(id)!.mend();
  }],
  ["cut from the coordinator", ({ cluster: { coordinatorLinks }, id }) => {
    coordinatorLinks.get(id)!.cut();
    return () => coordinatorLinks.get(id)!.mend();
  }],
  ["coordinator: kill -9", ({ cluster: { coordinator } }) => {
    coordinator.signal("SIGKILL");
    return () => void coordinator.start();
  }],
  ["member: kill -9", ({ member }) => {
    member.signal("SIGKILL");
    return () => void member.start();
  }],
  ["member: SIGSTOP", ({ member }) => {
    member.signal("SIGSTOP");
    return () => member.signal("SIGCONT");
  }],
];

/** Lets faults happen until the time is up, one or two at a time, and ends them all. @returns how often each did */
export async function letFaultsHappen(
  cluster: RealCluster,
  members: readonly Process[],
  forMs: number,
  say: (line: string) => void,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const deadline = performance.now() + forMs;
  const open: Promise<void>[] = [];
  while (performance.now() < deadline) {
    await sleep(Math.random() * MOST_PAUSE_MS);
    const [name, begin] = FAULTS[Math.floor(Math.random() * FAULTS.length)]!;
    const ids = name === KILL ? cluster.ids.filter((one) => one !== LONG_LIVED) : cluster.ids;
    const id = ids[Math.floor(Math.random() * ids.length)]!;
    const member = members[Math.floor(Math.random() * members.length)]!;
    const lastsMs = LEAST_MS + Math.random() * (MOST_MS - LEAST_MS);
    say(`${name.startsWith("member") ? "" : `broker ${id}: `}${name}, for ${Math.round(lastsMs)} ms`);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    const end = begin({ cluster, id, member });
    open.push(sleep(lastsMs).then(end));
  }
  await Promise.all(open);
  return counts;
}
