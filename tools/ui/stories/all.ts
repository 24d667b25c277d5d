/**
 * The stories, in the order in which they are told.
 *
 * @module
 */
import { twoOfThreeDie } from "./01-two-of-three-die.ts";
import { slowFollower } from "./02-slow-follower.ts";
import { acks1 } from "./03-acks-1.ts";
import { type Story } from "./story.ts";

/** The first one is story 1. */
export const STORIES: readonly Story[] = [twoOfThreeDie, slowFollower, acks1];
