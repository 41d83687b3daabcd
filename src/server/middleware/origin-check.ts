import type { RequestCheck } from '../request-check.js';

/** Refuses requests from pages of another origin. Programs send no Origin header. */
export const originCheck: RequestCheck = ({ headers }) =>
  headers.origin === undefined || isSameOrigin(headers.origin, headers.host)
    ? null
    : { status: 403, detail: 'Pages of another origin are not let in.' };

/**
 * An origin is ours when it has the host and port that the request itself names, so that a page of another program
 * on this machine is foreign. A proxy that ends TLS changes the scheme, but neither of those.
 */
function isSameOrigin(origin: string, host: string | undefined): boolean {
  const parts = /^(https?):\/\/([^/]+)$/i.exec(origin);
  const scheme = parts?.[1]?.toLowerCase();
  const authority = parts?.[2]?.toLowerCase();
  if (scheme === undefined || authority === undefined || host === undefined) return false;
  const defaultPort = scheme === 'https' ? ':443' : ':80';
  return authority === host.toLowerCase() || `${authority}${defaultPort}` === host.toLowerCase();
}
