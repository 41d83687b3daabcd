import { isIP } from 'node:net';
import { isLoopback } from '../shared/network/listen-address.js';

/**
 * The address that limits count a client by: an IPv4 address, or the /64 network of an IPv6 one, which is what one
 * customer gets. `forwarded` is a request's X-Forwarded-For: a proxy on this machine appends the client's address to
 * it, so only the last entry can be trusted.
 */
export function clientAddress(remote: string | undefined, forwarded?: string | string[]): string {
  const direct = plainAddress(remote ?? '');
  if (forwarded === undefined || !isLoopback(direct)) return networkOf(direct);
  const last = plainAddress([forwarded].flat().join(',').split(',').at(-1)?.trim() ?? '');
  return networkOf(isIP(last) === 0 ? direct : last);
}

/** An IPv4 address that came over an IPv6 socket is an IPv4 address. */
function plainAddress(address: string): string {
  return address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
}

function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [front = '', back] = address.split('::');
  const groups = front === '' ? [] : front.split(':');
  const missing = back === undefined ? 0 : 8 - groups.length - back.split(':').filter(Boolean).length;
  const all = [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...(back ?? '').split(':')];
  const network = all.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return isLoopback(address) ? address : `${network.join(':')}::/64`;
}
