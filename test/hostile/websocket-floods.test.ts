import assert from 'node:assert/strict';
import { deflateRawSync } from 'node:zlib';
import type { RunningServer } from '../../src/server/server.js';
import { encodeFrame, openingAt } from '../support/hostile-requests.js';
import { rawClient } from '../support/raw-client.js';
import { useDatabase } from '../support/run-record.js';
import { appendEvents, collectSeqs, createRun, openServer, openSocket, range } from '../support/server.js';
import { CLOSE, PING, PONG, TEXT } from '../support/server-frames.js';

const FIN = 0x80;
const COMPRESSED = 0x40;
const CONTINUATION = 0;

const frame = (first: number, payload: Uint8Array = new Uint8Array(), claimed = payload.length): Buffer =>
  encodeFrame(first, true, payload, claimed, false);

/** 16 KB that inflate to 16 MB. */
const bomb = (): Buffer => deflateRawSync(Buffer.alloc(2 ** 24));

interface Flood {
  readonly what: string;
  /** Sent once. */
  readonly first?: () => Buffer;
  /** Sent again and again until the connection is closed. */
  readonly again?: () => Buffer;
  /** Whether the client reads what it gets. It has to, if it sends nothing by which it could learn of the end. */
  readonly reads?: boolean;
}

const FLOODS: readonly Flood[] = [
  { what: 'pings', again: () => frame(FIN | PING, Buffer.alloc(125)), reads: true },
  { what: 'pings, without reading the pongs', again: () => frame(FIN | PING, Buffer.alloc(125)) },
  { what: 'unasked pongs', again: () => frame(FIN | PONG, Buffer.alloc(125)) },
  { what: 'texts', again: () => frame(FIN | TEXT, Buffer.from('{}')) },
  { what: 'empty texts', again: () => frame(FIN | TEXT) },
  { what: 'a frame that claims 2^62 bytes', first: () => frame(FIN | TEXT, new Uint8Array(), 2 ** 62) },
  { what: 'a frame that claims 2^63 bytes', first: () => frame(FIN | TEXT, new Uint8Array(), 2 ** 63) },
  { what: 'a frame of two megabytes', first: () => frame(FIN | TEXT, Buffer.alloc(2 * 2 ** 20)) },
  { what: 'a long ping', first: () => frame(FIN | PING, Buffer.alloc(126)) },
  { what: 'a ping in fragments', first: () => frame(PING) },
  {
    what: 'a message of a byte a fragment, without end',
    first: () => frame(TEXT, Buffer.from('x')),
    again: () => frame(CONTINUATION, Buffer.from('x')),
  },
  {
    what: 'a message of empty fragments, without end',
    first: () => frame(TEXT),
    again: () => frame(CONTINUATION),
  },
  {
    what: 'fragments of nothing',
    first: () => frame(CONTINUATION, Buffer.from('x')),
    again: () => frame(CONTINUATION, Buffer.from('x')),
  },
  { what: 'two messages at once', first: () => Buffer.concat([frame(TEXT), frame(FIN | TEXT)]) },
  { what: 'a compression bomb', first: () => frame(FIN | COMPRESSED | TEXT, bomb()) },
  {
    what: 'a frame without a mask',
    first: () => encodeFrame(FIN | TEXT, false, Buffer.from('{}'), 2, false),
  },
  { what: 'text that is not UTF-8', first: () => frame(FIN | TEXT, Buffer.from([0xff, 0xfe])) },
  { what: 'a close with an invalid code', first: () => frame(FIN | CLOSE, Buffer.from([0, 1])) },
  { what: 'nothing at all, not even a pong' },
];

describe('floods over a WebSocket', function () {
  this.timeout(20_000);
  const { db, url } = useDatabase();
  let server: RunningServer;

  before(async () => {
    await createRun(db().pool, 'known');
    server = await openServer(url(), db(), { limits: { pingMs: 1_000, unreadMs: 2_000 } });
  });
  after(() => server.close());

  for (const target of ['/events?run=known', '/deltas']) {
    for (const { what, first, again, reads } of FLOODS) {
      it(`end the connection to ${target}, and no other: ${what}`, async () => {
        const honest = openSocket(server, '/events?run=known&after=0');
        const { socket, closed } = await rawClient(server.port);
        socket.write(openingAt(target), 'latin1');
        await new Promise<void>((resolve) => socket.once('data', () => resolve()));
        if (again !== undefined && reads !== true) socket.pause();
        if (first !== undefined) socket.write(first());
        const piece = again?.();
        const many = piece === undefined ? Buffer.from('') : Buffer.concat(range(1, 100).map(() => piece));
        // As fast as the server takes it, but not faster: the memory under attack is the server's.
        const flooding = setInterval(() => {
          if (socket.writable && socket.writableLength === 0) socket.write(many);
        }, 1);
        const seen = collectSeqs(honest, 1);
        await appendEvents(db().pool, 'known', 1);
        await seen;
        await closed;
        clearInterval(flooding);
        assert.equal(honest.readyState, honest.OPEN);
        honest.terminate();
      });
    }
  }

  it('are not helped by compression: it is never accepted', async () => {
    for (const target of ['/events?run=known', '/deltas']) {
      const client = await rawClient(server.port);
      const { socket } = client;
      const offer = 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n';
      socket.write(openingAt(target).replace(/\r\n$/, offer), 'latin1');
      await new Promise<void>((resolve) => socket.once('data', () => resolve()));
      socket.destroy();
      assert.match(client.received(), /^HTTP\/1\.1 101 /);
      assert.doesNotMatch(client.received(), /permessage-deflate/i);
    }
  });
});
