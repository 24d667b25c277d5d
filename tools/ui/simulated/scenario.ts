/**
 * What a run in the simulated world follows from: a seed, settings, and what was done when. It fits into a link, so
 * that whoever opens it sees the same again, event for event.
 *
 * @module
 */
import { type Wish } from "../picture.ts";

/** What one chooses before the cluster starts. */
export interface ScenarioSettings {
  readonly brokers: number;
  /** Of each topic that the page makes. */
  readonly partitions: number;
  /** `min.insync.replicas` */
  readonly minInsyncReplicas: number;
  /** `replica.lag.time.max.ms` */
  readonly lagTimeMaxMs: number;
  /** `log.segment.bytes`: small, so that one sees a log roll. */
  readonly segmentBytes: number;
  /** `log.retention.bytes`; -1: nothing is deleted. */
  readonly retentionBytes: number;
}

/** Something that was done. */
export interface ScenarioAction {
  /** World time, in milliseconds. */
  readonly atMs: number;
  readonly wish: Wish;
}

/** A whole run. */
export interface Scenario {
  readonly seed: number;
  readonly settings: ScenarioSettings;
  /** The first first. */
  readonly actions: readonly ScenarioAction[];
}

/** How a cluster begins of which nothing is said. */
export const FIRST_SCENARIO: Scenario = {
  seed: 1,
  settings: {
    brokers: 3, partitions: 3, minInsyncReplicas: 2, lagTimeMaxMs: 3_000, segmentBytes: 65_536, retentionBytes: -1,
  },
  actions: [],
};

const MOST_ACTIONS = 1_000;

/** For a link: what stands behind its `#`. */
export function linkOf({ seed, settings, actions }: Scenario): string {
  const { brokers, partitions, minInsyncReplicas, lagTimeMaxMs, segmentBytes, retentionBytes } = settings;
  const all = [seed, brokers, partitions, minInsyncReplicas, lagTimeMaxMs, segmentBytes, retentionBytes];
  const numbers = all.join(",");
  const text = actions.length === 0 ? "" : `;${JSON.stringify(actions.map(({ atMs, wish }) => [atMs, wish]))}`;
  return encodeURIComponent(`${numbers}${text}`).replaceAll("%2C", ",");
}

/** Reads what {@link linkOf} wrote. Null: this is no scenario. */
export function scenarioOf(link: string): Scenario | null {
  try {
    const text = decodeURIComponent(link.replace(/^#/, ""));
    const end = text.indexOf(";") < 0 ? text.length : text.indexOf(";");
    const numbers = text.slice(0, end).split(",").map(Number);
    const [seed, brokers, partitions, minInsyncReplicas, lagTimeMaxMs, ...logs] = numbers;
    const { settings: usual } = FIRST_SCENARIO;
    const [segmentBytes = usual.segmentBytes, retentionBytes = usual.retentionBytes] = logs;
    const listed = end === text.length ? [] : (JSON.parse(text.slice(end + 1)) as [number, Wish][]);
    if (!isWhole(seed, 0, 2 ** 31) || !isWhole(brokers, 1, 5) || !isWhole(partitions, 1, 12)) return null;
    if (!isWhole(minInsyncReplicas, 1, 5) || !isWhole(lagTimeMaxMs, 100, 60_000)) return null;
    if (!isWhole(segmentBytes, 1_024, 2 ** 30) || !isWhole(retentionBytes, -1, 2 ** 40)) return null;
    if (listed.length > MOST_ACTIONS || !listed.every(isAction)) return null;
    const settings = { brokers, partitions, minInsyncReplicas, lagTimeMaxMs, segmentBytes, retentionBytes };
    return { seed, settings, actions: listed.map(([atMs, wish]) => ({ atMs, wish })) };
  } catch {
    return null;
  }
}

function isAction([atMs, wish]: readonly [unknown, unknown]): boolean {
  return typeof atMs === "number" && atMs >= 0 && typeof wish === "object" && wish !== null;
}

function isWhole(value: number | undefined, least: number, most: number): value is number {
  return Number.isInteger(value) && value! >= least && value! <= most;
}
