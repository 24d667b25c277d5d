/**
 * `docs/configuration.md`: every key of the broker, of topics, of the producer and of the consumer, from the code.
 *
 * @module
 */
import { BROKER_CONFIG } from "#ground/config/broker-config";
import { CONSUMER_CONFIG } from "#ground/config/consumer-config";
import { PRODUCER_CONFIG } from "#ground/config/producer-config";
import { configReference } from "#ground/config/reference";
import { TOPIC_CONFIG } from "#ground/config/topic-config";

const INTRODUCTION = `# Configuration

Names, defaults, units and precedence are Apache Kafka's. This page is generated (\`npm run paste-outputs\`).

A broker takes its keys from a file, from the command line, or both; the command line wins:

\`\`\`sh
npm start -- --config server.properties --override log.segment.bytes=16777216
\`\`\`

- A value that doesn't fit is refused before anything starts; the sentence says what was expected and on which line.
- An unknown key is a warning that names the closest known one.
- Where a setting has three keys, the finer unit wins: \`log.retention.ms\`, then \`log.retention.minutes\`, then
  \`log.retention.hours\`.
- A topic's own configuration (CreateTopics) wins over the broker's default, which stands behind it as a synonym.
- Keys that have no meaning in Node, or no effect yet, are accepted and marked.
`;

/** The whole page, as Markdown. */
export function configurationPage(): string {
  return [
    INTRODUCTION,
    `## Broker\n\n${configReference(BROKER_CONFIG)}`,
    `## Topic\n\n${configReference(TOPIC_CONFIG)}`,
    `## Producer\n\n${configReference(PRODUCER_CONFIG)}`,
    `## Consumer\n\n${configReference(CONSUMER_CONFIG)}`,
  ].join("\n");
}
