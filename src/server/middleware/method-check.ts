import type { IncomingMessage } from 'node:http';
import type { Refusal } from '../refusal.js';
import type { RequestCheck } from '../request-check.js';
import { splitTarget } from '../request-target.js';

/** Lets POST reach only the paths that have a POST route, and GET and HEAD without a body all others. */
export function methodCheck(hasPostRoute: (path: string) => boolean): RequestCheck {
  return (request) =>
    hasPostRoute(splitTarget(request.url ?? '').path) ? refuseRead(request) : refuseWrite(request);
}

function refuseRead({ method }: IncomingMessage): Refusal | null {
  return method === 'POST' ? null : { status: 405, detail: 'Only POST is answered here.', allow: 'POST' };
}

function refuseWrite({ method, headers }: IncomingMessage): Refusal | null {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  if (encoding !== undefined || (length !== undefined && length !== '0')) {
    return { status: 413, detail: 'No request here has a body.' };
  }
  if (method === 'GET' || method === 'HEAD') return null;
  return { status: 405, detail: 'Only GET and HEAD are answered here.', allow: 'GET, HEAD' };
}
