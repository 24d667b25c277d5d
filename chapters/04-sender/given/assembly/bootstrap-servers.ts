/**
 * From `bootstrap.servers` to the first cluster that a client knows.
 *
 * @module
 */
import { Cluster } from "#ground/cluster";
import { KafkaError } from "#ground/errors";

/** `host:port`, `[::1]:9092`; a listener's name in front is taken as Kafka takes it: it is dropped. */
const ADDRESS = /^(?:[A-Za-z][\w+.-]*:\/\/)?(?:\[([0-9A-Fa-f:.%]+)\]|([^\s:[\]/]+)):(\d{1,5})$/;

/**
 * A cluster of which only addresses are known. They need not be all brokers: one that answers knows the others. An
 * address where nobody answers does no harm; one that can't be an address is a mistake that is better told at once.
 *
 * Source: `org.apache.kafka.clients.ClientUtils.parseAndValidateAddresses`.
 *
 * @throws KafkaError INVALID_CONFIG that names the address
 */
export function bootstrapCluster(servers: readonly string[]): Cluster {
  if (servers.length === 0) {
    throw new KafkaError("INVALID_CONFIG", "bootstrap.servers: expected addresses such as localhost:9092, got none");
  }
  return Cluster.bootstrap(servers.map(parseAddress));
}

function parseAddress(server: string): { host: string; port: number } {
  const [, ipv6, name, digits] = ADDRESS.exec(server) ?? [];
  const [host, port] = [ipv6 ?? name, Number(digits)];
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port };
  const expected = "bootstrap.servers: expected host:port, such as localhost:9092";
  throw new KafkaError("INVALID_CONFIG", `${expected}, got "${server}"`);
}
