/**
 * What `import { Admin, KafkaConsumer, KafkaProducer } from "katafka"` gives: the clients of the reference, for programs outside of the workshop.
 * Plain `node program.mjs` is enough: the sources are TypeScript, so a loader is put in place first, and it is told that the
 * reference stands in for every chapter.
 */
import { register } from "node:module";
import { register as registerTsx } from "tsx/esm/api";

registerTsx();
register("./reference-only.mjs", import.meta.url);

const errors = await import("../../chapters/00-ground/errors.ts");
const sender = await import("../../chapters/04-sender/given/index.ts");
const groups = await import("../../chapters/07-groups/given/index.ts");
const cluster = await import("../../chapters/20-cluster/admin/admin.ts");

export const { KafkaError } = errors;
export const { KafkaProducer } = sender;
export const { KafkaConsumer, RecordDeserializationError } = groups;
export const { Admin, orThrow } = cluster;
