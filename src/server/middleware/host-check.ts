import { isOurHost } from '../../shared/network/listen-address.js';
import type { RequestCheck } from '../request-check.js';

/** Refuses a request whose Host header names another server, as DNS rebinding makes a browser send it. */
export function hostCheck(listenHost: string, proxiedHosts: readonly string[]): RequestCheck {
  return ({ headers, headersDistinct }) => {
    if ((headersDistinct['host'] ?? []).length > 1) {
      return { status: 400, detail: 'There is more than one Host header.' };
    }
    return isOurHost(headers.host, listenHost, proxiedHosts)
      ? null
      : { status: 403, detail: 'The Host header does not name this server.' };
  };
}
