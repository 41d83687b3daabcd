import { connect, constants, type IncomingHttpHeaders } from 'node:http2';
import { SERVER_NAME } from './temporal-settings.js';
import type { Certificates } from './certificates.js';

const METHOD = '/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace';

/** Field 1 of the request, the namespace's name: its key in Protocol Buffers' encoding, with wire type 2 (bytes). */
const NAMESPACE_FIELD = 0x0a;
/** A server that serves answers within milliseconds. One that is silent for so long is asked once more. */
const ANSWER_MS = 5_000;
/** gRPC's code for success. */
const OK = '0';

/**
 * Asks the embedded Temporal server for a namespace, which it can only answer once it serves. Without a gRPC client, which
 * takes half a second to load, and not through the Temporal UI: the UI connects before the server listens, and tries again
 * only after a second.
 * Encoding: https://grpc.github.io/grpc/core/md_doc__p_r_o_t_o_c_o_l-_h_t_t_p2.html
 * @param port of the server's relay, on the loopback interface
 * @param stop ends the call
 * @throws Error when the server does not answer, or does not know the namespace
 */
export async function askNamespace(
  port: number,
  { authority, client }: Pick<Certificates, 'authority' | 'client'>,
  namespace: string,
  stop: AbortSignal,
): Promise<void> {
  stop.throwIfAborted();
  const signal = AbortSignal.any([stop, AbortSignal.timeout(ANSWER_MS)]);
  const session = connect(`https://127.0.0.1:${port}`, {
    ca: authority,
    cert: client.certificate,
    key: client.key,
    servername: SERVER_NAME,
  });
  const abort = (): void => session.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const status = await new Promise<string>((resolve, reject) => {
      session.once('error', reject);
      session.once('close', () => reject(new Error('the connection was closed')));
      const request = session.request({
        [constants.HTTP2_HEADER_METHOD]: 'POST',
        [constants.HTTP2_HEADER_PATH]: METHOD,
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      // A failure that is known at once comes with the headers, the outcome of a call in the trailers.
      const read = (headers: IncomingHttpHeaders): void => {
        const found = headers['grpc-status'];
        if (typeof found === 'string') resolve(found);
      };
      request.on('response', read).on('trailers', read).once('error', reject);
      request.once('end', () => reject(new Error('the answer has no status')));
      request.resume();
      request.end(encodeRequest(namespace));
    });
    if (status !== OK) throw new Error(`gRPC status ${status}`);
  } finally {
    signal.removeEventListener('abort', abort);
    session.destroy();
  }
}

/** A gRPC message, which is not compressed: a zero, its length, and its content. */
function encodeRequest(namespace: string): Buffer {
  const name = Buffer.from(namespace);
  const content = Buffer.concat([Buffer.from([NAMESPACE_FIELD, ...varint(name.length)]), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(content.length, 1);
  return Buffer.concat([head, content]);
}

/** Groups of seven bits, the lowest first; all but the last have the eighth bit set. */
function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
