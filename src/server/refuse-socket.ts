import type { Duplex } from 'node:stream';
import type { Refusal } from './access.js';
import { RETRY_AFTER, SECURITY_HEADERS } from './headers.js';
import { problemBody, statusText } from '../shared/problem.js';

/** Refuses where there is no response object, as it goes over the wire, and hangs up. */
export function hangUp(socket: Duplex, refusal: Refusal): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = problemBody(refusal);
  const headers = {
    Connection: 'close',
    'Content-Type': 'application/problem+json',
    'Content-Length': String(Buffer.byteLength(body)),
    ...SECURITY_HEADERS,
    ...(refusal.status === 401 && { 'WWW-Authenticate': 'Bearer' }),
    ...(refusal.status === 429 && RETRY_AFTER),
  };
  const head = [
    `HTTP/1.1 ${refusal.status} ${statusText(refusal.status)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

/** What to say to who sent something that is no request; null when nobody is there to hear it. */
export function refusalOfBroken(error: Error): Refusal | null {
  switch ('code' in error ? error.code : undefined) {
    case 'ECONNRESET':
      return null;
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, detail: 'The headers are too long.' };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, detail: 'The chunk extensions are too long.' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, detail: 'The request took too long to arrive.' };
    default:
      return { status: 400, detail: 'This is no HTTP request.' };
  }
}
