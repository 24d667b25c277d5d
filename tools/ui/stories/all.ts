/**
 * The stories, in the order in which they are told.
 *
 * @module
 */
import { twoOfThreeDie } from "./01-two-of-three-die.ts";
import { slowFollower } from "./02-slow-follower.ts";
import { acks1 } from "./03-acks-1.ts";
import { truncation } from "./04-truncation.ts";
import { order } from "./05-order.ts";
import { linger } from "./06-linger.ts";
import { fullPool } from "./07-full-pool.ts";
import { skew } from "./08-skew.ts";
import { groups } from "./09-groups.ts";
import { rebalance } from "./10-rebalance.ts";
import { twice } from "./11-twice.ts";
import { unclean } from "./12-unclean.ts";
import { type Story } from "./story.ts";

/** The first one is story 1. */
export const STORIES: readonly Story[] = [
  twoOfThreeDie, slowFollower, acks1, truncation, order, linger, fullPool, skew, groups, rebalance, twice,
  unclean,
];
