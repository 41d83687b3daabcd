import { problemBody } from '../shared/network/problem.js';

/** Why a request is refused: an HTTP status and a sentence for the client. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 417 | 426 | 429 | 431 | 500 | 503;
  readonly detail: string;
  /** With 405: the methods that are answered. */
  readonly allow?: string;
}

/** Thrown by a route or its input check; the error handler turns it into the response. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(readonly refusal: Refusal) {
    super(refusal.detail);
  }
}

export const NOTHING_HERE: Refusal = { status: 404, detail: 'There is nothing here.' };

export const DATABASE_AWAY: Refusal = {
  status: 503,
  detail:
    'The database cannot be reached. `leadwright up` starts the embedded one, and `leadwright doctor` says what is wrong.',
};

/** The body of a refusal and the headers that go with its status, with or without a response object to set them on. */
export function refusalResponse(refusal: Refusal): {
  readonly body: string;
  readonly headers: Record<string, string>;
} {
  const body = problemBody(refusal);
  return {
    body,
    headers: {
      'Content-Type': 'application/problem+json',
      'Content-Length': String(Buffer.byteLength(body)),
      ...(refusal.allow !== undefined && { Allow: refusal.allow }),
      ...statusHeaders(refusal.status),
    },
  };
}

function statusHeaders(status: Refusal['status']): Record<string, string> {
  switch (status) {
    case 401:
      return { 'WWW-Authenticate': 'Bearer' };
    case 413:
      // The announced body is not read, so the connection cannot carry another request.
      return { Connection: 'close' };
    case 426:
      return { Upgrade: 'websocket' };
    case 429:
      // By then every rate limiter has regained what one client needs.
      return { 'Retry-After': '1' };
    default:
      return {};
  }
}
