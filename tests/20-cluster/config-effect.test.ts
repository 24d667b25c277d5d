/**
 * Holds what the tables say of the effect of a key against the code: a key that nobody reads says so, and one that
 * somebody has begun to read no longer says that it has no effect yet.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BROKER_CONFIG } from "#ground/config/broker-config";
import { type ConfigKey } from "#ground/config/config-def";
import { TOPIC_CONFIG } from "#ground/config/topic-config";

const ROOT = new URL("../../", import.meta.url);
// `npm start` sets keys that nothing reads yet, too.
const TABLES = /config\/(broker\/.*|topic-config)\.ts$|main-broker\.ts$/;

/** Clients, and the tools that set them up, have keys of their own, some with the same names. */
const CLIENTS = /^0[2-4]-|config\/(producer|consumer|admin)-|^20-cluster\/tools\//;

/** The code that may read a key. The tables, checks across keys and questions whether a key is set do not count. */
function readCode(folder: string): string {
  return readdirSync(new URL(folder, ROOT), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !TABLES.test(file) && !CLIENTS.test(file))
    .map((file) => readFileSync(new URL(`${folder}/${file}`, ROOT), "utf8"))
    .map((text) => text.split("function checkLimits(")[0]!.replace(/explicit\.has\("[^"]+"\)/g, ""))
    .join("\n");
}

const CODE = ["solutions", "chapters"]
  .filter((folder) => existsSync(new URL(folder, ROOT)))
  .map(readCode)
  .join("\n");
const isRead = (name: string): boolean => CODE.includes(`"${name}"`) || CODE.includes(`values.${name}`);

/** A broker's key is also read when it is the default of a topic's key that is read. */
const TOPIC_KEYS = Object.entries<ConfigKey>(TOPIC_CONFIG.keys);
const isReadByTopics = (name: string): boolean => {
  return TOPIC_KEYS.some(([topicKey, { synonyms }]) => synonyms?.includes(name) === true && isRead(topicKey));
};

// A learner may have taken the solutions away.
describe.skipIf(!existsSync(new URL("solutions", ROOT)))("what the tables say of a key's effect is true", () => {
  test.each([
    ["topic", TOPIC_KEYS],
    ["broker", Object.entries<ConfigKey>(BROKER_CONFIG.keys)],
  ] as const)("%s keys", (_, keys) => {
    const wrong = keys.flatMap(([name, { unused, pending }]) => {
      const saysRead = unused === undefined && pending !== true;
      const reads = isRead(name) || isReadByTopics(name);
      if (reads === saysRead) return [];
      const [state, todo] = reads ? ["read now", "remove"] : ["read nowhere", "set"];
      return [`${name} is ${state}: ${todo} its "pending" in chapters/00-ground/config`];
    });
    expect(wrong).toEqual([]);
  });
});
