/** A client's address as Kafka writes it, without its port: `/127.0.0.1`. @param remoteAddress `host:port` */
export function clientHostOf(remoteAddress: string): string {
  return `/${remoteAddress.slice(0, remoteAddress.lastIndexOf(":"))}`;
}
