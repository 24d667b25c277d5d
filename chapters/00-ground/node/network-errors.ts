import { KafkaError } from "#ground/errors";
import { codeOf } from "./disk-errors.ts";

const NO_DESCRIPTOR = "too many open files: the process needs a higher limit (ulimit -n)";

const CONNECT_TEXT: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there (connection refused)",
  ENOTFOUND: "no host has that name",
  EAI_AGAIN: "the name can't be looked up at the moment",
  EHOSTUNREACH: "there is no way to that host",
  ENETUNREACH: "there is no way to that network",
  ERR_SOCKET_BAD_PORT: "a port is a number below 65536",
  ECONNRESET: "the peer closed the connection at once",
  EMFILE: NO_DESCRIPTOR,
  ENFILE: NO_DESCRIPTOR,
};

const LISTEN_TEXT: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use by another process",
  EACCES: "this user may not listen on that port (ports below 1024 are often reserved)",
  ERR_SOCKET_BAD_PORT: "a port is a number below 65536",
  EMFILE: NO_DESCRIPTOR,
  ENFILE: NO_DESCRIPTOR,
  EADDRNOTAVAIL: "that is not an address of this machine",
  ENOTFOUND: "no host has that name",
};

/** Why `host:port` could not be connected to: retriable. */
export function connectFailed(host: string, port: number, error: unknown): KafkaError {
  return new KafkaError("NETWORK_EXCEPTION", `Can't connect to ${host}:${port}: ${textOf(error, CONNECT_TEXT)}.`, {
    cause: error,
  });
}

/** Why `host:port` could not be listened on. */
export function listenFailed(host: string, port: number, error: unknown): KafkaError {
  return new KafkaError("INVALID_CONFIG", `Can't listen on ${host}:${port}: ${textOf(error, LISTEN_TEXT)}.`, {
    cause: error,
  });
}

/** Why a connection to `host:port` could not be accepted. */
export function acceptFailed(host: string, port: number, error: unknown): string {
  return `Can't accept a connection on ${host}:${port}: ${textOf(error, LISTEN_TEXT)}`;
}

/** Why an open connection ended: retriable. */
export function connectionLost(remoteAddress: string, error: unknown): KafkaError {
  const code = codeOf(error);
  const text = code === "ECONNRESET" || code === "EPIPE" ? "was reset" : `failed: ${textOf(error, {})}`;
  return new KafkaError("NETWORK_EXCEPTION", `The connection to ${remoteAddress} ${text}.`, { cause: error });
}

function textOf(error: unknown, texts: Readonly<Record<string, string>>): string {
  return texts[codeOf(error) ?? ""] ?? (error instanceof Error ? error.message : String(error));
}
