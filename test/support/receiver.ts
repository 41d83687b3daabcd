import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';

/** A self-signed certificate for `localhost` and 127.0.0.1, and its key. Used only by these tests. */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBqDCCAU2gAwIBAgIUFCvjjJxDSmSminUjCdK4HEDtk/owCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPbGVhZHdyaWdodCB0ZXN0MCAXDTI2MTEyNDAzMjM1OFoYDzIx
MjYxMDMxMDMyMzU4WjAaMRgwFgYDVQQDDA9sZWFkd3JpZ2h0IHRlc3QwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAAQKE1GTscHmoku6oDVNtgmjCS0gsGsppTC4BuK/
z0rzfB6N/f7uftjun39/dXATsRjuAlAXa0efW6p8buD1ly+to28wbTAdBgNVHQ4E
FgQU9RzXj5UiGNDlSRu9FO9g9PdhlxgwHwYDVR0jBBgwFoAU9RzXj5UiGNDlSRu9
FO9g9PdhlxgwDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SH
BH8AAAEwCgYIKoZIzj0EAwIDSQAwRgIhAI3QKUscXGJvmeuzZKyhaFSero6oAbSg
TqwktoQ5F3MdAiEA0hU3TeO5Qsc5ZMUhFxnolnoC2Z0o609yvxs3LST007g=
-----END CERTIFICATE-----
`;
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgfVKFsTMYTiD05yF/
pWD+Ok53ILVcxnPXP8iQ7R763eWhRANCAAQKE1GTscHmoku6oDVNtgmjCS0gsGsp
pTC4BuK/z0rzfB6N/f7uftjun39/dXATsRjuAlAXa0efW6p8buD1ly+t
-----END PRIVATE KEY-----
`;

/** A request that a receiver got. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A webhook receiver on this machine, over TLS. */
export interface Receiver {
  readonly port: number;
  readonly received: readonly Received[];
  /** The response by the number of the request (from 1); `location` is a redirect's target. */
  answer: (number: number) => { readonly status: number; readonly location?: string; readonly body?: string };
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer({ cert: CERTIFICATE, key: KEY }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      received.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
      const { status, location, body = '' } = receiver.answer(received.length);
      response.writeHead(status, location === undefined ? {} : { location }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const receiver: Receiver = {
    port: address.port,
    received,
    answer: () => ({ status: 204 }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
