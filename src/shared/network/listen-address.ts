import { hostname } from 'node:os';
import { isIP } from 'node:net';
import { nonEmpty } from '../config.js';
import type { Environment } from '../config.js';
import { EnvironmentError } from '../../contract/errors.js';

/** Where the server (notifier) listens. */
export interface ListenAddress {
  /** A name or an IP address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Chosen by the user, so that no other port may be used when this one is taken. */
  readonly fixed: boolean;
}

const DEFAULT: ListenAddress = { host: '127.0.0.1', port: 4800, fixed: false };

/** Reads LEADWRIGHT_LISTEN: `host:port` or `[IPv6]:port`, or the default when unset. @throws EnvironmentError */
export function listenAddress(env: Environment = process.env): ListenAddress {
  const given = nonEmpty(env['LEADWRIGHT_LISTEN']);
  if (given === undefined) return DEFAULT;
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(given);
  const host = parts?.[1] ?? parts?.[2];
  const port = Number(parts?.[3]);
  if (host === undefined || port > 65_535) {
    throw new EnvironmentError(
      `LEADWRIGHT_LISTEN is ${JSON.stringify(given)}, which is not host:port`,
      'Write for example 127.0.0.1:4800, or [::1]:4800 for IPv6.',
    );
  }
  return { host, port, fixed: true };
}

/**
 * Reads LEADWRIGHT_HOSTS: the host names of a proxy in front of the server, separated by commas. Empty when unset.
 * @throws EnvironmentError when one of them is not a host name
 */
export function proxiedHosts(env: Environment = process.env): readonly string[] {
  const given = nonEmpty(env['LEADWRIGHT_HOSTS']);
  if (given === undefined) return [];
  const names = given.split(',').map((name) => name.trim().toLowerCase());
  const wrong = names.filter((name) => name.includes(':') || hostName(name) === null);
  if (wrong.length === 0) return names;
  throw new EnvironmentError(
    `LEADWRIGHT_HOSTS is ${JSON.stringify(given)}, in which ${wrong.map((name) => JSON.stringify(name)).join(', ')} is not a host name`,
    'Write names without scheme and port, separated by commas, for example leadwright.example.com.',
  );
}

/** Whether an address or name is loopback: reachable from this machine only. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  switch (isIP(name)) {
    case 4:
      return name.startsWith('127.');
    case 6:
      return name === '::1' || name === '0:0:0:0:0:0:0:1' || name.startsWith('::ffff:127.');
    default:
      return false;
  }
}

/** The URL at which this machine reaches a server that listens at a host and port. */
export function baseUrl(host: string, port: number): string {
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${isIP(reached) === 6 ? `[${reached}]` : reached}:${port}`;
}

/**
 * Whether a request's Host header names this server. This refuses DNS rebinding, in which an attacker's name resolves to
 * this machine: the browser sends that name. A server that listens on every address has addresses and names that are
 * not known here. It accepts any IP address, because rebinding needs a name, and any name without a dot, because nobody
 * can register one.
 * @param listen the host that the server listens at
 * @param proxied the host names of a proxy in front of the server
 */
export function isOurHost(
  header: string | undefined,
  listen: string,
  proxied: readonly string[] = [],
): boolean {
  const name = hostName(header);
  if (name === null) return false;
  if (isLoopback(name) || name === listen.toLowerCase() || proxied.includes(name)) return true;
  if (listen !== '0.0.0.0' && listen !== '::') return false;
  return isIP(name) !== 0 || !name.includes('.') || name === hostname().toLowerCase();
}

/** The name in a Host header, without port and brackets; null when the header is missing or invalid. */
function hostName(header: string | undefined): string | null {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/@?#\\]+))(?::\d{1,5})?$/.exec(header ?? '');
  return (parts?.[1] ?? parts?.[2])?.toLowerCase() ?? null;
}
