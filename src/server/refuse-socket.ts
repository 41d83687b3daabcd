import type { Duplex } from 'node:stream';
import { statusText } from '../shared/network/problem.js';
import { SECURITY_HEADERS } from './middleware/security-headers.js';
import { refusalResponse, type Refusal } from './refusal.js';

/** Refuses on a socket that has no response object, then closes it. */
export function refuseSocket(socket: Duplex, refusal: Refusal): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { body, headers } = refusalResponse(refusal);
  const head = [
    `HTTP/1.1 ${refusal.status} ${statusText(refusal.status)}`,
    ...Object.entries({ ...SECURITY_HEADERS, ...headers, Connection: 'close' }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

/** The refusal for bytes that are not a valid request; null when the client has gone. */
export function refusalOfInvalidRequest(error: Error): Refusal | null {
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
