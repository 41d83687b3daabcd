import assert from 'node:assert/strict';
import { runId } from '../../src/contract/ids.js';
import type { RunControl } from '../../src/server/control-service.js';
import type { RunningServer } from '../../src/server/server.js';
import { ordinary } from '../support/attempts.js';
import { exchange, readAnswers } from '../support/raw-http.js';
import { createRun, openServer, TOKEN } from '../support/server.js';
import { readFrames } from '../support/server-frames.js';
import { useDatabase } from '../support/run-record.js';

const HOST = 'Host: 127.0.0.1';
const SIGNED_IN = `Authorization: Bearer ${TOKEN}`;
const JSON_BODY = 'Content-Type: application/json';

/** What an attacker hides in another request: it would be accepted if the server took it for one. */
const SMUGGLED = `POST /api/runs/known/cancel HTTP/1.1\r\n${HOST}\r\n${SIGNED_IN}\r\n${JSON_BODY}\r\nContent-Length: 2\r\n\r\n{}`;

/** A request to an accepted path with these header lines, and SMUGGLED as (part of) what follows. */
const post = (headers: string, rest: string) =>
  `POST /api/runs/known/pause HTTP/1.1\r\n${HOST}\r\n${SIGNED_IN}\r\n${JSON_BODY}\r\n${headers}\r\n\r\n${rest}`;

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

describe('requests smuggled in others', () => {
  const { db, url } = useDatabase();
  let server: RunningServer;
  let acted: string[] = [];

  const act = (what: string) => (run: string) => {
    acted.push(`${what} ${run}`);
    return Promise.resolve();
  };
  const unused = () => Promise.reject(new Error('not in this test'));
  const control: RunControl = {
    answer: unused,
    pause: unused,
    resume: unused,
    cancel: act('cancel'),
    setConcurrency: unused,
    retry: unused,
    retryFailed: unused,
  };

  before(async () => {
    await createRun(db().pool, 'known');
    server = await openServer(url(), db(), { control });
  });
  after(() => server.close());
  beforeEach(() => {
    acted = [];
  });

  /**
   * Ambiguous requests, each followed by bytes that another parser would take for the next request. The server has to
   * refuse the first one and to close the connection.
   */
  const AMBIGUOUS: readonly (readonly [what: string, bytes: string])[] = [
    [
      'CL.TE: a length and a coding',
      post('Content-Length: 5\r\nTransfer-Encoding: chunked', `0\r\n\r\n${SMUGGLED}`),
    ],
    [
      'TE.CL: a coding and a length',
      post('Transfer-Encoding: chunked\r\nContent-Length: 4', `${chunk(SMUGGLED)}0\r\n\r\n`),
    ],
    [
      'TE.TE: two codings',
      post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', `0\r\n\r\n${SMUGGLED}`),
    ],
    ['an unknown coding', post('Transfer-Encoding: xchunked', `0\r\n\r\n${SMUGGLED}`)],
    ['chunked as the first of two codings', post('Transfer-Encoding: chunked, gzip', `0\r\n\r\n${SMUGGLED}`)],
    ['a space before the colon', post('Transfer-Encoding : chunked', `0\r\n\r\n${SMUGGLED}`)],
    ['a tab before the colon', post('Content-Length\t: 2', `{}${SMUGGLED}`)],
    ['a vertical tab in the coding', post('Transfer-Encoding: \x0bchunked', `0\r\n\r\n${SMUGGLED}`)],
    ['a coding on a folded line', post('Transfer-Encoding:\r\n chunked', `0\r\n\r\n${SMUGGLED}`)],
    ['a length on a folded line', post('X: y\r\n Content-Length: 2', `{}${SMUGGLED}`)],
    ['a length after a bare line feed', post('X: y\nContent-Length: 2', `{}${SMUGGLED}`)],
    ['a length after a bare carriage return', post('X: y\rContent-Length: 2', `{}${SMUGGLED}`)],
    ['a line without a colon', post('Content-Length 2', `{}${SMUGGLED}`)],
    ['two lengths', post('Content-Length: 2\r\nContent-Length: 0', `{}${SMUGGLED}`)],
    ['two equal lengths', post('Content-Length: 2\r\nContent-Length: 2', `{}${SMUGGLED}`)],
    ['a list of lengths', post('Content-Length: 2, 2', `{}${SMUGGLED}`)],
    ['a signed length', post('Content-Length: +2', `{}${SMUGGLED}`)],
    ['a negative length', post('Content-Length: -2', `{}${SMUGGLED}`)],
    ['a hexadecimal length', post('Content-Length: 0x2', `{}${SMUGGLED}`)],
    ['a length with an underscore', post('Content-Length: 1_0', `{}${SMUGGLED}`)],
    ['a length beyond 64 bits', post('Content-Length: 18446744073709551618', `{}${SMUGGLED}`)],
    ['a length with a NUL', post('Content-Length: 2\0', `{}${SMUGGLED}`)],
    ['a NUL in a name', post('Content\0-Length: 2', `{}${SMUGGLED}`)],
    ['a chunk size with a sign', post('Transfer-Encoding: chunked', `+2\r\n{}\r\n0\r\n\r\n${SMUGGLED}`)],
    ['a chunk size in 0x form', post('Transfer-Encoding: chunked', `0x2\r\n{}\r\n0\r\n\r\n${SMUGGLED}`)],
    [
      'a chunk size beyond 64 bits',
      post('Transfer-Encoding: chunked', `10000000000000002\r\n{}\r\n0\r\n\r\n${SMUGGLED}`),
    ],
    [
      'a chunk size that ends in a bare line feed',
      post('Transfer-Encoding: chunked', `2\n{}\r\n0\r\n\r\n${SMUGGLED}`),
    ],
    [
      'a chunk that ends in a bare line feed',
      post('Transfer-Encoding: chunked', `2\r\n{}\n0\r\n\r\n${SMUGGLED}`),
    ],
    ['a chunk without an end', post('Transfer-Encoding: chunked', `2\r\n{}0\r\n\r\n${SMUGGLED}`)],
    [
      'a chunk extension with a bare line feed',
      post('Transfer-Encoding: chunked', `2;a\n{}\r\n0\r\n\r\n${SMUGGLED}`),
    ],
    ['chunks in HTTP/1.0', post('Transfer-Encoding: chunked', `0\r\n\r\n${SMUGGLED}`).replace('1.1', '1.0')],
    [
      'a bare line feed after the request line',
      post('Content-Length: 2', `{}${SMUGGLED}`).replace('\r\n', '\n'),
    ],
    ['bare line feeds everywhere', post('Content-Length: 2', `{}${SMUGGLED}`).replaceAll('\r\n', '\n')],
    [
      'a request line with two versions',
      post('Content-Length: 2', '{}').replace('HTTP/1.1', 'HTTP/1.1 HTTP/1.1') + SMUGGLED,
    ],
    [
      'a version of HTTP that does not exist',
      post('Content-Length: 2', '{}').replace('1.1', '1.9') + SMUGGLED,
    ],
  ];
  for (const [what, bytes] of AMBIGUOUS) {
    it(`are not carried out: ${what}`, async () => {
      const answers = readAnswers(await exchange(server.port, [bytes]));
      assert.deepEqual(acted, []);
      // One refusal, and nothing after it.
      assert.deepEqual(
        answers.map(({ status }) => status),
        [400],
      );
      assert.equal(answers[0]?.headers['connection'], 'close');
    });
  }

  /** Requests with one meaning, whose body or tail looks like a request. The answers are to those requests only. */
  const CLEAR: readonly (readonly [what: string, statuses: readonly number[], bytes: string])[] = [
    [
      'in the body of a refused request',
      [401],
      post(`Content-Length: ${SMUGGLED.length}`, SMUGGLED).replace(TOKEN, 'wrong'),
    ],
    [
      'in the body of a request that needs none',
      [413],
      `GET /healthz HTTP/1.1\r\n${HOST}\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    ],
    [
      'in chunks of a request that needs none',
      [413],
      `GET /healthz HTTP/1.1\r\n${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(SMUGGLED)}0\r\n\r\n`,
    ],
    [
      'in a chunk extension',
      [413],
      post('Transfer-Encoding: chunked', `2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`),
    ],
    [
      'after a handshake that is refused',
      [404],
      `GET /nowhere HTTP/1.1\r\n${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${SMUGGLED}`,
    ],
    [
      'after a handshake with a wrong version',
      [400],
      `GET /events?run=known HTTP/1.1\r\n${HOST}\r\n${SIGNED_IN}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 1\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n${SMUGGLED}`,
    ],
    [
      'after an upgrade to HTTP/2',
      [404],
      `GET / HTTP/1.1\r\n${HOST}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n${SMUGGLED}`,
    ],
    ['after a request for a tunnel', [405], `CONNECT 127.0.0.1:80 HTTP/1.1\r\n${HOST}\r\n\r\n${SMUGGLED}`],
    ['after HTTP/2’s preface', [400], `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${SMUGGLED}`],
  ];
  for (const [what, statuses, bytes] of CLEAR) {
    it(`are not carried out: ${what}`, async () => {
      const answers = readAnswers(await exchange(server.port, [bytes]));
      assert.deepEqual(acted, []);
      assert.deepEqual(
        answers.map(({ status }) => status),
        statuses,
      );
    });
  }

  it('are not carried out: after a handshake that is accepted', async () => {
    const handshake = `GET /events?run=known HTTP/1.1\r\n${HOST}\r\n${SIGNED_IN}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`;
    const [answer, ...more] = readAnswers(await exchange(server.port, [handshake + SMUGGLED]));
    assert.equal(answer?.status, 101);
    assert.deepEqual(more, []);
    // The bytes are an invalid frame: nothing but a close follows.
    assert.ok(readFrames(answer.body).length <= 1);
    assert.deepEqual(acted, []);
  });

  /** Targets that name another server or another path than they seem to. None reaches a route. */
  const TARGETS: readonly (readonly [what: string, target: string])[] = [
    ['another host', 'http://evil.example/api/runs/known/cancel'],
    ['this host', 'http://127.0.0.1/api/runs/known/cancel'],
    ['another scheme', 'file:///api/runs/known/cancel'],
    ['no scheme', '//127.0.0.1/api/runs/known/cancel'],
    ['a step up', '/x/../api/runs/known/cancel'],
    ['an encoded step up', '/x/%2e%2e/api/runs/known/cancel'],
    ['backslashes', '\\api\\runs\\known\\cancel'],
    ['encoded slashes', '/api%2fruns%2fknown%2fcancel'],
    ['a parameter', '/api/runs/known/cancel;x'],
    ['a fragment', '/api/runs/known/cancel#x'],
    ['a double slash', '/api//runs/known/cancel'],
    ['other case', '/API/runs/known/cancel'],
    ['an encoded letter', '/api/runs/known/c%61ncel'],
  ];
  for (const [what, target] of TARGETS) {
    it(`are not carried out by a target with ${what}`, async () => {
      const bytes = SMUGGLED.replace('/api/runs/known/cancel', target);
      const answers = readAnswers(await exchange(server.port, [bytes]));
      assert.deepEqual(acted, []);
      assert.ok(answers.every(({ status }) => status >= 400));
    });
  }

  ordinary('would be carried out on their own', async () => {
    const answers = readAnswers(await exchange(server.port, [SMUGGLED]));
    assert.deepEqual(acted, [`cancel ${runId('known')}`]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200],
    );
  });
});
