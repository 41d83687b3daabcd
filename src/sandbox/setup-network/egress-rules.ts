/**
 * Decides where a set-up command with `network: setup` may connect to: web servers of the public Internet, and what the
 * owner of the machine allows by name. Pure.
 */
import { isIP } from 'node:net';
import { EnvironmentError } from '../../contract/errors.js';
import type { Environment } from '../../shared/config.js';
import { commaSeparated, proxyFor, readProxies, type Proxies } from '../../shared/network/proxies.js';
import { isPublicAddress } from '../../shared/network/public-address.js';
import { withoutBrackets } from '../../shared/network/web-address.js';

/** In this variable the owner of the machine allows further hosts: `host` or `host:port`, separated by commas. */
export const ALLOW_VARIABLE = 'LEADWRIGHT_SETUP_ALLOW';

export interface Target {
  /** A name in lower case, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface EgressRules {
  /** What the owner allows, whatever its address. A null port stands for WEB_PORTS. */
  readonly allowed: readonly { readonly host: string; readonly port: number | null }[];
  /** The owner's own proxies, through which every other connection goes. */
  readonly upstream: Proxies;
}

/** Other ports belong to mail, databases and remote shells, which no package manager needs. */
const WEB_PORTS: readonly number[] = [80, 443];

/**
 * Reads the rules from the environment of the machine's owner.
 * @throws EnvironmentError when a setting is not valid
 */
export function readEgressRules(env: Environment): EgressRules {
  return { allowed: commaSeparated(env[ALLOW_VARIABLE]).map(parseAllowed), upstream: readProxies(env) };
}

function parseAllowed(entry: string): EgressRules['allowed'][number] {
  if (isIP(entry) !== 0) return { host: entry, port: null };
  const [, host, port] = /^(\[[\d:a-f.]+\]|[^\s:/[\]]+)(?::(\d{1,5}))?$/.exec(entry) ?? [];
  if (host !== undefined) {
    return { host: withoutBrackets(host), port: port === undefined ? null : Number(port) };
  }
  throw new EnvironmentError(
    `${ALLOW_VARIABLE} contains ${JSON.stringify(entry)}, which is not a host.`,
    `Write hosts without a scheme or a path, such as ${ALLOW_VARIABLE}=registry.example.com,127.0.0.1:4873.`,
  );
}

/** Parses the target of a CONNECT request; null when it is not valid. */
export function parseAuthority(authority: string): Target | null {
  const [, host, port] = /^(\[[\d:a-f.]+\]|[^\s:/[\]@]+):(\d{1,5})$/i.exec(authority) ?? [];
  return host === undefined ? null : { host: withoutBrackets(host.toLowerCase()), port: Number(port) };
}

/** The target of a request for a `http:` URL. */
export function targetOf(url: URL): Target {
  return { host: withoutBrackets(url.hostname.toLowerCase()), port: Number(url.port || 80) };
}

export const describeTarget = ({ host, port }: Target): string =>
  isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;

/** Whether the owner allows a target by name. Its address is then not checked. */
export function isAllowed({ allowed }: EgressRules, { host, port }: Target): boolean {
  return allowed.some(
    (entry) => entry.host === host && (entry.port === null ? WEB_PORTS.includes(port) : entry.port === port),
  );
}

/**
 * Finds the reason to refuse a target that is not allowed by name; null when there is none.
 * @param addresses all addresses to which its name leads
 * @param own the addresses of this machine, on which services may trust every connection
 */
export function findRefusal(
  { port }: Target,
  addresses: readonly string[],
  own: ReadonlySet<string>,
): string | null {
  if (!WEB_PORTS.includes(port)) return `port ${port} is not a port of web servers`;
  const inside = addresses.find((address) => !isPublicAddress(address) || own.has(address));
  return inside === undefined ? null : `${inside} is not an address of the public Internet`;
}

/** The owner's proxy for a target; null for a direct connection. */
export function upstreamFor(rules: EgressRules, target: Target, tunnel: boolean): URL | null {
  return isAllowed(rules, target) ? null : proxyFor(rules.upstream, tunnel ? 'https' : 'http', target.host);
}

/** The sentence that a refused program prints, or at least the log of the set-up. */
export function describeRefusal(target: Target, reason: string): string {
  const name = describeTarget(target);
  return (
    `Leadwright refused a connection of the setup command to ${name}: ${reason}. ` +
    `If it may connect there, add ${name} to ${ALLOW_VARIABLE} in your environment.`
  );
}
