/** Undici as Leadwright uses it for requests to other machines. Loaded at the first one, because loading it takes long. */
import { Agent, fetch, ProxyAgent, request, type Dispatcher, type Response } from 'undici';
import { proxyAuthorization, proxyFor, readProxies } from './proxies.js';
import { withoutBrackets } from './web-address.js';

/**
 * Undici's default dispatcher times out after five minutes without data. A slow local model reads the whole conversation
 * before it sends anything, so only the call's own timeout applies.
 */
const NO_TIMEOUTS = { headersTimeout: 0, bodyTimeout: 0 } as const;

const direct = new Agent(NO_TIMEOUTS);
/** By the proxy's URL: each keeps its connections. */
const throughProxies = new Map<string, Dispatcher>();

/** Fetches a file of a public server, also after redirects. Its timeout is the caller's signal. */
export function download(url: URL, signal: AbortSignal): Promise<Response> {
  return fetch(url, { signal, dispatcher: dispatcherFor(url) });
}

/** Sends a request, through the proxy that the environment names for it. Its timeout is the caller's signal. */
export function send(
  url: string | URL,
  options: Pick<Dispatcher.RequestOptions, 'method' | 'headers' | 'body' | 'signal'>,
): Promise<Dispatcher.ResponseData> {
  return request(url, { ...options, dispatcher: dispatcherFor(url) });
}

/** The proxy through which a request goes; null for none, and for a text that is no URL. */
export function proxyOf(url: string | URL): URL | null {
  if (!URL.canParse(String(url))) return null;
  const { protocol, hostname } = new URL(url);
  return proxyFor(
    readProxies(process.env),
    protocol === 'https:' ? 'https' : 'http',
    withoutBrackets(hostname),
  );
}

function dispatcherFor(url: string | URL): Dispatcher {
  const proxy = proxyOf(url);
  return proxy === null ? direct : throughProxy(proxy);
}

function throughProxy(proxy: URL): Dispatcher {
  const known = throughProxies.get(proxy.href);
  if (known !== undefined) return known;
  const dispatcher = new ProxyAgent({
    ...NO_TIMEOUTS,
    uri: proxy.origin,
    headers: proxyAuthorization(proxy),
    // `http:` URLs are given to the proxy as they are. Many proxies open tunnels to port 443 only.
    proxyTunnel: false,
  });
  throughProxies.set(proxy.href, dispatcher);
  return dispatcher;
}
