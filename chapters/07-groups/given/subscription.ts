/** @module */
import { type Cluster } from "#ground/cluster";

/** What a consumer wants to read in a group: topics by name, or all whose name fits a pattern. */
export type Wish = { readonly topics: ReadonlySet<string> } | { readonly pattern: RegExp };

/** The topics of a wish, as far as the cluster is known. @param withInternal - whether patterns find internal ones */
export function topicsOf(wish: Wish, cluster: Cluster, withInternal: boolean): ReadonlySet<string> {
  if ("topics" in wish) return wish.topics;
  const { pattern } = wish;
  // A pattern with `g` or `y` remembers where it was; as a test of whole names it must not.
  const fits = new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, ""));
  const isVisible = (topic: string): boolean => withInternal || !cluster.internalTopics.has(topic);
  return new Set(cluster.topics.filter((topic) => isVisible(topic) && fits.test(topic)));
}

/** Whether two sets hold the same. */
export function areEqual(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((each) => other.has(each));
}
