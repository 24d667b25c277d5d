const HTTP_BEGINNINGS: ReadonlySet<string> = new Set(["HTTP", "GET ", "PUT ", "POST", "HEAD", "DELE", "OPTI", "PATC"]);

/**
 * What a peer speaks that does not speak Kafka's protocol, by the first four bytes of its stream, read as the size
 * of a frame; null when it can't be told.
 */
export function alienProtocol(size: number): string | null {
  const text = String.fromCharCode((size >>> 24) & 0xff, (size >>> 16) & 0xff, (size >>> 8) & 0xff, size & 0xff);
  if (HTTP_BEGINNINGS.has(text)) return `HTTP ("${text}")`;
  // A TLS record: its type (21 alert, 22 handshake), then the version, 3.x.
  const [type, major] = [size >>> 24, (size >>> 16) & 0xff];
  if ((type === 21 || type === 22) && major === 3) return "TLS";
  return null;
}
