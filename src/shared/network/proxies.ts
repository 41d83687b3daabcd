/** The proxies that the owner of the machine has set, as curl and most programs read them from the environment. Pure. */
import { nonEmpty, type Environment } from '../config.js';
import { isLoopback } from './listen-address.js';
import { percentDecoded } from './percent-decoding.js';

export interface Proxies {
  /** For `http:` URLs and for `https:` URLs; null for a direct connection. */
  readonly http: URL | null;
  readonly https: URL | null;
  /** The hosts that are reached without a proxy, in lower case; `*` stands for all. */
  readonly direct: readonly string[];
}

export function readProxies(env: Environment): Proxies {
  const first = (...names: string[]): string | undefined =>
    names.map((name) => nonEmpty(env[name])).find((value) => value !== undefined);
  const all = first('all_proxy', 'ALL_PROXY');
  return {
    http: parseProxy(first('http_proxy', 'HTTP_PROXY') ?? all),
    https: parseProxy(first('https_proxy', 'HTTPS_PROXY') ?? all),
    direct: commaSeparated(first('no_proxy', 'NO_PROXY')),
  };
}

/** The entries of a list such as NO_PROXY, in lower case. */
export function commaSeparated(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '');
}

/** Null without a proxy, and for kinds of proxies that are not supported: connections are then made directly. */
function parseProxy(text: string | undefined): URL | null {
  if (text === undefined) return null;
  const url = text.includes('://') ? text : `http://${text}`;
  return url.startsWith('http://') && URL.canParse(url) ? new URL(url) : null;
}

/**
 * The proxy for a host; null for a direct connection, which this machine's own servers always get: a proxy elsewhere would
 * look for them on its own machine.
 * @param host a name or an address, in lower case and without brackets
 */
export function proxyFor(proxies: Proxies, protocol: 'http' | 'https', host: string): URL | null {
  const isDirect = proxies.direct.some((entry) => {
    const suffix = entry.replace(/^\*?\.?/, '').replace(/:\d+$/, '');
    return entry === '*' || host === suffix || host.endsWith(`.${suffix}`);
  });
  return isDirect || isLoopback(host) ? null : proxies[protocol];
}

/** The header with the credentials of a proxy's URL; empty when it has none. */
export function proxyAuthorization({ username, password }: URL): Record<string, string> {
  if (username === '') return {};
  // A part with a `%` that encodes nothing is taken as it is, as curl does.
  const decoded = (part: string) => percentDecoded(part) ?? part;
  const credentials = `${decoded(username)}:${decoded(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}
