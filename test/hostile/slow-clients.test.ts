import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningServer } from '../../src/server/server.js';
import type { ServerLimits } from '../../src/server/server-limits.js';
import { packageRoot } from '../../src/shared/files/package-root.js';
import { attempt } from '../support/attempts.js';
import { rawClient, type RawClient } from '../support/raw-client.js';
import { ask, createRun, openServer, openSocket, range, TOKEN } from '../support/server.js';
import { useDatabase } from '../support/run-record.js';

const HOST = 'Host: 127.0.0.1';
const UNLIMITED = { burst: 1e9, perSecond: 1e9 };
const NO_RATES = { perAddress: UNLIMITED, overall: UNLIMITED };
const SIGNED_IN = { Authorization: `Bearer ${TOKEN}` };
const HANDSHAKE = `${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n`;

describe('slow clients of the server', function () {
  this.timeout(120_000);
  const { db, url } = useDatabase();
  let server: RunningServer;
  let clients: RawClient[] = [];

  before(() => createRun(db().pool, 'known'));
  afterEach(async () => {
    for (const { socket } of clients) socket.destroy();
    clients = [];
    await server.close();
  });

  async function open(limits: Partial<ServerLimits> = {}): Promise<void> {
    server = await openServer(url(), db(), { limits });
  }
  async function client(from?: string): Promise<RawClient> {
    const made = await rawClient(server.port, from);
    clients.push(made);
    return made;
  }
  const statusFor = async (headers: Record<string, string> = SIGNED_IN) =>
    (await ask(server, '/api/runs', headers).catch(() => null))?.status ?? 0;

  /** Requests that never end. The last piece is repeated, as slowly as the client likes. */
  const ENDLESS: readonly (readonly [what: string, first: string, piece: string])[] = [
    ['no byte at all', '', ''],
    ['half a request line', 'GET /hea', ''],
    ['a byte of the request line at a time', 'GET /', 'a'],
    ['headers without end', `GET /healthz HTTP/1.1\r\n${HOST}\r\n`, 'X: y\r\n'],
    ['one header without end', `GET /healthz HTTP/1.1\r\n${HOST}\r\nX: `, 'y'],
    [
      'a body of which it sends a byte at a time',
      `POST /api/runs/known/pause HTTP/1.1\r\n${HOST}\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n`,
      ' ',
    ],
    [
      'a body of which nothing arrives, without a token',
      `POST /api/runs/known/pause HTTP/1.1\r\n${HOST}\r\nContent-Length: 60000\r\n\r\n`,
      '',
    ],
    [
      'chunks without end',
      `POST /api/runs/known/pause HTTP/1.1\r\n${HOST}\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
      '1\r\n \r\n',
    ],
    ['a handshake without end', `GET /events?run=known HTTP/1.1\r\n${HANDSHAKE}`, 'X: y\r\n'],
    ['line ends before a request', '', '\r\n'],
  ];

  it('hold no connection with a request that does not end', async () => {
    await open();
    const slow = await Promise.all(
      ENDLESS.map(async ([what, first, piece]) => {
        const { socket, closed } = await client();
        socket.write(first);
        const dripping = setInterval(() => socket.writable && socket.write(piece), 1_000);
        void closed.then(() => clearInterval(dripping));
        return { what, closed };
      }),
    );
    assert.equal(await statusFor(), 200);
    // Each waits for as long as the test may take: the server has to close, whatever the client does.
    for (const { what, closed } of slow) await attempt(what, () => closed);
  });

  /** More answers than the buffers of both ends hold, and then a last request. None of the answers is read. */
  const UNREAD: readonly (readonly [what: string, last: string])[] = [
    ['answers', ''],
    ['answers before bytes that are not HTTP', 'hello\r\n\r\n'],
    ['answers before a refused handshake', `GET /nowhere HTTP/1.1\r\n${HANDSHAKE}\r\n`],
    ['answers before a refused run', `GET /events?run=unknown HTTP/1.1\r\n${HANDSHAKE}\r\n`],
    ['answers before a request for a proxy', `CONNECT evil.example:1 HTTP/1.1\r\n${HOST}\r\n\r\n`],
    ['answers before an odd expectation', `GET / HTTP/1.1\r\n${HOST}\r\nExpect: miracles\r\n\r\n`],
  ];

  it('hold no connection by not reading', async () => {
    await open({ requests: NO_RATES, upgrades: NO_RATES, unreadMs: 2_000 });
    const filler = `GET ${largestAsset()} HTTP/1.1\r\n${HOST}\r\n\r\n`.repeat(200);
    const deaf = await Promise.all(
      UNREAD.map(async ([what, last]) => {
        const { socket, closed } = await client();
        socket.pause();
        socket.write(filler + last);
        // Only a write shows a client that does not read that the connection is gone.
        const writing = setInterval(() => socket.writable && socket.write('\r\n'), 500);
        void closed.then(() => clearInterval(writing));
        return { what, closed };
      }),
    );
    for (const { what, closed } of deaf) await attempt(what, () => closed);
  });

  for (const [what, others] of [
    ['of one address', () => '127.0.0.1'],
    ['of many addresses', (index: number) => `127.0.1.${index}`],
  ] as const) {
    it(`lock nobody out: connections ${what} that send nothing`, async () => {
      await open({ connections: { perAddress: 8, overall: 16 } });
      for (const index of range(1, 40)) await client(others(index));
      await attempt('a request', async () => assert.equal(await statusFor(), 200));
      await attempt('a WebSocket', async () => {
        const socket = openSocket(server, '/events?run=known');
        await new Promise<void>((resolve, reject) => {
          socket.once('open', () => resolve());
          socket.once('close', () => reject(new Error('the WebSocket was closed')));
        });
        // It stays open, however many strangers come.
        for (const index of range(41, 80)) await client(others(index));
        const pong = new Promise<void>((resolve, reject) => {
          socket.once('pong', () => resolve());
          socket.once('close', () => reject(new Error('the WebSocket was closed')));
        });
        socket.ping();
        await pong;
        socket.terminate();
      });
    });
  }

  it('lock nobody out by sending more requests than the limit', async () => {
    const few = { burst: 5, perSecond: 0 };
    await open({ requests: { perAddress: few, overall: few }, upgrades: { perAddress: few, overall: few } });
    for (const headers of [{}, { Authorization: 'Bearer wrong' }, { Host: 'evil.example' }]) {
      for (let sent = 0; sent < 10; sent += 1) await statusFor(headers);
    }
    assert.equal(await statusFor({}), 429);
    await attempt('by requests', async () => assert.equal(await statusFor(), 200));
  });
});

/** The path of the largest file that needs no token. */
function largestAsset(): string {
  const folder = join(packageRoot, 'dist', 'dashboard', 'assets');
  const [largest] = readdirSync(folder).sort(
    (one, other) => statSync(join(folder, other)).size - statSync(join(folder, one)).size,
  );
  return `/assets/${largest}`;
}
