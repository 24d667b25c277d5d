/**
 * Names of topics.
 *
 * Source: `org.apache.kafka.common.internals.Topic`.
 *
 * @module
 */
import { KafkaError, refusal } from "./errors.ts";

const MAX_NAME_LENGTH = 249;
const LEGAL_NAME = /^[a-zA-Z0-9._-]+$/;

/** @throws KafkaError INVALID_TOPIC_EXCEPTION for a name that is empty, too long, `.`, `..` or has other characters. */
export function validateTopicName(name: string): void {
  const problem = problemOfTopicName(name);
  if (problem !== null) throw new KafkaError("INVALID_TOPIC_EXCEPTION", `Topic name is invalid: ${problem}`);
}

/** What to answer to a client that asks for such a name; null if a topic may have it. See {@link validateTopicName}. */
export function refusalOfTopicName(name: string): KafkaError | null {
  const problem = problemOfTopicName(name);
  return problem === null ? null : refusal("INVALID_TOPIC_EXCEPTION", `Topic name is invalid: ${problem}`);
}

/** Whether a topic may have this name: see {@link validateTopicName}. */
export function isTopicName(name: string): boolean {
  return problemOfTopicName(name) === null;
}

function problemOfTopicName(name: string): string | null {
  if (name === "") return "the empty string is not allowed";
  if (name === "." || name === "..") return `'${name}' is not allowed`;
  if (name.length > MAX_NAME_LENGTH) {
    return `the length of '${name}' is longer than the max allowed length ${MAX_NAME_LENGTH}`;
  }
  if (LEGAL_NAME.test(name)) return null;
  return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
}
