/**
 * Addresses at which a broker listens, and which it tells its clients.
 *
 * Source: `SocketServerConfigs.listenerListToEndPoints` and `kafka.cluster.EndPoint`.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";

/** How a connection is secured. */
export type SecurityProtocol = "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";

/** One listener. */
export interface EndPoint {
  /** The listener's name, in upper case. */
  readonly name: string;
  readonly protocol: SecurityProtocol;
  /** A name or an address, without the brackets of IPv6; empty means all interfaces. */
  readonly host: string;
  /** 0 means any free port. */
  readonly port: number;
}

const PROTOCOLS: readonly string[] = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] satisfies SecurityProtocol[];
const END_POINT = /^([A-Za-z0-9_-]+):\/\/(?:\[([0-9A-Fa-f:.%a-z]+)\]|([0-9A-Za-z._-]*)):(\d{1,5})$/;

/**
 * Reads a list such as `PLAINTEXT://127.0.0.1:9092,EXTERNAL://[::1]:9093`.
 *
 * @param protocolMap - the protocol of each listener name, as `EXTERNAL:SASL_PLAINTEXT,…`; a name that is itself
 * a protocol needs no entry.
 * @throws KafkaError INVALID_CONFIG for a malformed entry, an unknown protocol, and a name that occurs twice.
 */
export function parseListeners(list: string, protocolMap = ""): EndPoint[] {
  const protocols = parseProtocolMap(protocolMap);
  const endPoints = elements(list).map((text) => {
    const [, name, ipv6, host, port] = END_POINT.exec(text) ?? [];
    if (name === undefined || Number(port) > 65_535) refuse("NAME://host:port", text);
    return { name: name.toUpperCase(), host: ipv6 ?? host ?? "", port: Number(port) };
  });
  if (endPoints.length === 0) refuse("at least one listener", list);
  const names = endPoints.map(({ name }) => name);
  if (new Set(names).size < names.length) refuse("each listener name once", names.join(","));
  return endPoints.map(({ name, host, port }) => ({ name, protocol: protocolOf(name, protocols), host, port }));
}

/** The text that {@link parseListeners} reads, without the protocol: `PLAINTEXT://127.0.0.1:9092`. */
export function formatEndPoint({ name, host, port }: EndPoint): string {
  return `${name}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function protocolOf(name: string, protocols: ReadonlyMap<string, string>): SecurityProtocol {
  const protocol = protocols.get(name) ?? name;
  if (!PROTOCOLS.includes(protocol)) refuse(`listener ${name} to have one of ${PROTOCOLS.join(", ")}`, protocol);
  return protocol as SecurityProtocol;
}

function parseProtocolMap(text: string): Map<string, string> {
  return new Map(
    elements(text).map((entry) => {
      const [name, protocol, ...rest] = entry.toUpperCase().split(":");
      if (!name || !protocol || rest.length > 0) refuse("NAME:PROTOCOL", entry);
      return [name, protocol];
    }),
  );
}

function elements(list: string): string[] {
  return list
    .split(",")
    .map((element) => element.trim())
    .filter((element) => element !== "");
}

function refuse(expected: string, got: string): never {
  throw new KafkaError("INVALID_CONFIG", `expected ${expected}, got ${JSON.stringify(got)}`);
}
