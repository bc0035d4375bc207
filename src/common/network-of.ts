import ipaddr from 'ipaddr.js';

/**
 * What to count an address by: an IPv4 address itself, or an IPv6 address's /64, as whoever has one
 * address of a /64 has them all (RFC 4291 2.5.1). What is no address is returned unchanged.
 */
export function networkOf(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address;
  const ip = ipaddr.IPv6.parse(address);
  if (ip.isIPv4MappedAddress()) return ip.toIPv4Address().toString();
  const network = new ipaddr.IPv6([...ip.parts.slice(0, 4), 0, 0, 0, 0]);
  return `${network.toRFC5952String()}/64`;
}
