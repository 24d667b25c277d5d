/**
 * Where a ZooKeeper is: `zookeeper.connect`. Source: ZooKeeper's `ConnectStringParser`.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";

/** The servers of a ZooKeeper, and the part of its tree that is ours. */
export interface ZooKeeperAddress {
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  /** Put before every path; empty: the whole tree is ours. */
  readonly chroot: string;
}

const DEFAULT_PORT = 2181;
const SERVER = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z._-]+))(?::(\d{1,5}))?$/;
const CHROOT = /^(?:\/[A-Za-z0-9._-]+)+$/;

/**
 * Reads `host:port,host:port/chroot`. A port that isn't given is 2181.
 * @throws KafkaError INVALID_CONFIG
 */
export function parseZooKeeperConnect(text: string): ZooKeeperAddress {
  const slash = text.indexOf("/");
  const hosts = slash < 0 ? text : text.slice(0, slash);
  const path = slash < 0 ? "/" : text.slice(slash);
  const servers = hosts.split(",").map((server) => {
    const [, ipv6, name, port = String(DEFAULT_PORT)] = SERVER.exec(server.trim()) ?? [];
    const host = ipv6 ?? name;
    const isPort = Number(port) > 0 && Number(port) <= 65_535;
    if (host === undefined || !isPort) throw malformed(text);
    return { host, port: Number(port) };
  });
  const chroot = path === "/" ? "" : path;
  const isPath = CHROOT.test(path) && !/\/\.{1,2}(\/|$)/.test(path);
  if (chroot !== "" && !isPath) throw malformed(text);
  return { servers, chroot };
}

/** Whether {@link parseZooKeeperConnect} takes it. */
export function isZooKeeperConnect(text: string): boolean {
  try {
    parseZooKeeperConnect(text);
    return true;
  } catch {
    return false;
  }
}

function malformed(text: string): KafkaError {
  return new KafkaError("INVALID_CONFIG", `expected host:port,host:port/chroot, got ${JSON.stringify(text)}`);
}
