import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pino } from 'pino';
import { z } from 'zod';
import { followEvents } from '../../src/cli/follow/follow-events.js';
import { EnvironmentError } from '../../src/contract/errors.js';
import { runId } from '../../src/contract/ids.js';
import type { RunControl } from '../../src/server/control-service.js';
import type { RunningServer } from '../../src/server/server.js';
import { packageRoot } from '../../src/shared/files/package-root.js';
import * as retries from '../../src/runs/control/retry.js';
import * as runControl from '../../src/runs/control/run-control.js';
import { handshake, httpRequest, jsonBody, sessionAt } from '../support/hostile-requests.js';
import type { Pieces } from '../support/hostile-requests.js';
import { appendEvents, ask, createRun, openServer, range, TOKEN } from '../support/server.js';
import { exchange, readAnswers } from '../support/raw-http.js';
import type { RawAnswer } from '../support/raw-http.js';
import { useDatabase } from '../support/run-record.js';
import { CLOSE, PING, PONG, readFrames, TEXT } from '../support/server-frames.js';

/** Concurrent connections: enough for a few thousand in seconds. */
const AT_ONCE = 32;

/** No rate limits: all of the thousands of cases come from one address. */
const UNLIMITED = { burst: 1e9, perSecond: 1e9 };
const NO_RATES = { perAddress: UNLIMITED, overall: UNLIMITED };

describe('the server under arbitrary input', function () {
  this.timeout(120_000);
  const { db, url } = useDatabase();
  let notifier: RunningServer;
  let written = 0;
  let log = '';

  /** Like the API's own, but these runs have no lead to signal. */
  const context = {
    get db() {
      return db();
    },
    temporal: () => Promise.reject(new EnvironmentError('Temporal is no part of this test', 'None.')),
  };
  const control: RunControl = {
    answer: (blocker, given) => runControl.answer(context, blocker, given, 'hostile'),
    pause: (run) => runControl.pauseOrResume(context, run, 'pause'),
    resume: (run) => runControl.pauseOrResume(context, run, 'resume'),
    cancel: async (run) => {
      await runControl.cancel(context, run);
    },
    setConcurrency: (run, limit) => runControl.setConcurrency(context, run, limit),
    retry: async ({ runId, taskId }) => {
      await retries.retry(context, runId, taskId);
    },
    retryFailed: async (run) => {
      await retries.retryFailed(context, run);
    },
  };

  const write = async (count: number) => {
    await appendEvents(db().pool, 'hostile', count);
    written += count;
  };

  before(async () => {
    await createRun(db().pool, 'hostile');
    await write(20);
    for (const run of ['controlled', 'kept']) {
      await createRun(db().pool, run);
      await db().pool.query(`UPDATE tasks SET status = 'in_progress', started_at = now() WHERE run_id = $1`, [
        run,
      ]);
      await db().pool.query(`SELECT raise_blocker($1, 'price', 'question', 'Which?', 1)`, [run]);
    }
    notifier = await openServer(url(), db(), {
      limits: { requests: NO_RATES, upgrades: NO_RATES, failedSignIns: NO_RATES },
      control,
      log: pino({}, { write: (line: string) => void (log += line) }),
    });
  });
  after(async () => {
    await notifier.close();
  });

  /** Plays cases, `AT_ONCE` at a time, while a valid client follows the run and must miss no event. */
  async function play(
    cases: fc.Arbitrary<Pieces>,
    numRuns: number,
    judge: (bytes: Buffer) => void,
    meets = false,
  ): Promise<void> {
    const honest = followFrom(written);
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(cases, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (all) => {
          await write(1);
          const answers = await Promise.all(all.map((pieces) => exchange(notifier.port, pieces, meets)));
          for (const bytes of answers) {
            assertNoLeak(bytes.toString('latin1'));
            judge(bytes);
          }
        }),
        { numRuns },
      );
      await honest.sawAll();
    } finally {
      honest.leave();
    }
    assert.equal((await ask(notifier, '/readyz')).status, 200);
    assert.doesNotMatch(log, FAULT);
    assertNoLeak(log);
  }

  function followFrom(first: number): { sawAll(): Promise<void>; leave(): void } {
    const seqs: number[] = [];
    const stop = new AbortController();
    // Becomes the seq of the last event once it is known.
    const end = { seq: Infinity };
    const following = (async () => {
      const options = {
        locate: () => Promise.resolve(notifier.url),
        token: TOKEN,
        runId: runId('hostile'),
        after: first,
        newest: first,
        // Whatever strangers make of the run, its followers stay.
        record: { readRestingSeq: () => Promise.resolve(null), readEvents: () => Promise.resolve([]) },
        signal: stop.signal,
      };
      for await (const { seq } of followEvents(options)) {
        seqs.push(seq);
        if (seq >= end.seq) break;
      }
    })();
    return {
      leave: () => stop.abort(),
      sawAll: async () => {
        end.seq = written + 1;
        await write(1);
        await following;
        assert.deepEqual(seqs, range(first + 1, written));
      },
    };
  }

  it('answers any bytes over HTTP with complete responses, and refusals with problem documents', async () => {
    const statuses = new Map<number, number>();
    await play(httpRequest, 40, (bytes) => {
      for (const answer of readAnswers(bytes)) {
        assertAnswer(answer);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      }
    });
    // The cases reach every kind of refusal, except 401, which is too rare to require.
    for (const status of [200, 400, 403, 404, 405, 413, 431]) {
      assert.ok((statuses.get(status) ?? 0) > 0, `nothing was answered with ${status}`);
    }
  });

  const HOST = 'Host: 127.0.0.1';
  const TABLE: readonly (readonly [string, number, string])[] = [
    ['bytes that are not HTTP', 400, 'hello\r\n\r\n'],
    ['a missing Host', 403, 'GET /healthz HTTP/1.1\r\n\r\n'],
    ['two Hosts', 400, `GET /healthz HTTP/1.1\r\n${HOST}\r\n${HOST}\r\n\r\n`],
    ['half a request', 400, `GET /healthz HTTP/1.1\r\n${HOST}`],
    ['two lengths', 400, `GET / HTTP/1.1\r\n${HOST}\r\nContent-Length: 0\r\nContent-Length: 1\r\n\r\n`],
    [
      'a length and a coding',
      400,
      `GET / HTTP/1.1\r\n${HOST}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ],
    ['long headers', 431, `GET / HTTP/1.1\r\n${HOST}\r\nX: ${'x'.repeat(9_000)}\r\n\r\n`],
    ['an odd expectation', 417, `GET / HTTP/1.1\r\n${HOST}\r\nExpect: miracles\r\n\r\n`],
    ['a proxy request', 405, `CONNECT evil.example:443 HTTP/1.1\r\n${HOST}\r\n\r\n`],
    ['an upgrade to HTTP/2', 404, `GET / HTTP/1.1\r\n${HOST}\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n`],
  ];
  for (const [what, status, text] of TABLE) {
    it(`answers ${what} with ${status} and a problem document`, async () => {
      // Half a request is answered only when the connection ends.
      const meets = what !== 'half a request';
      const [answer] = readAnswers(await exchange(notifier.port, [text], meets));
      assert.ok(answer !== undefined);
      assertAnswer(answer);
      assert.equal(answer.status, status);
    });
  }

  it('opens a WebSocket for a valid handshake, and refuses any other with a problem document', async () => {
    const statuses = new Set<number>();
    await play(handshake, 20, (bytes) => {
      for (const answer of readAnswers(bytes)) {
        assertAnswer(answer);
        statuses.add(answer.status);
        if (answer.status === 101) assertFrames(answer.body);
      }
    });
    for (const status of [101, 400, 401, 404]) assert.ok(statuses.has(status), `no ${status}`);
  });

  it('survives any frames, and sends nothing but events, pongs and a close', async () => {
    let opened = 0;
    const judge = (bytes: Buffer) => {
      const [answer] = readAnswers(bytes);
      // Undefined if the connection was reset before everything was read.
      if (answer === undefined) return;
      assert.equal(answer.status, 101);
      assertFrames(answer.body);
      opened += 1;
    };
    await play(sessionAt('/events?run=hostile&after=0&deltas=price'), 15, judge, true);
    assert.ok(opened > 10 * AT_ONCE, `only ${opened} opened`);
  });

  it('survives any frames from a client of the worker endpoint', async () => {
    let opened = 0;
    const judge = (bytes: Buffer) => {
      const [answer] = readAnswers(bytes);
      if (answer === undefined) return;
      assert.equal(answer.status, 101);
      for (const { opcode } of readFrames(answer.body)) assert.notEqual(opcode, TEXT);
      opened += 1;
    };
    await play(sessionAt('/deltas'), 10, judge, true);
    assert.ok(opened > 5 * AT_ONCE, `only ${opened} opened`);
  });

  it('accepts a valid body of a POST, and refuses any other with a problem document', async () => {
    const paths = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...POSTS) },
      fc.constantFrom('/api/runs', '/api/runs/hostile', '/api/blockers/%00/answer', '/api/blockers/%/answer'),
      fc.webPath().map((path) => `/api${path}`),
    );
    // The Content-Length is sometimes wrong.
    const lie = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.constantFrom(-1, 1, 100_000));
    const posts = fc.tuple(paths, jsonBody, lie).map(([path, body, lied]) => post(path, body, lied));
    const statuses = new Set<number>();
    await play(posts, 20, (bytes) => {
      for (const answer of readAnswers(bytes)) {
        assertAnswer(answer, [503]);
        statuses.add(answer.status);
      }
    });
    for (const status of [400, 413]) assert.ok(statuses.has(status), `no ${status}`);
  });

  for (const [what, status, path, body] of [
    [
      'a text that PostgreSQL cannot store',
      400,
      '/api/blockers/kept:price:1/answer',
      '{"text":"nul: \\u0000"}',
    ],
    ['an action that is not possible now', 409, '/api/runs/kept/tasks/price/retry', '{}'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      // Waits for the answer, which takes longer than a moment on a busy machine.
      const [answer] = readAnswers(await exchange(notifier.port, [post(path, body, 0).join('')], true));
      assert.ok(answer !== undefined);
      assertAnswer(answer);
      assert.equal(answer.status, status, JSON.stringify(answer));
      assert.doesNotMatch(log, FAULT);
    });
  }
});

const POSTS = [
  '/api/blockers/controlled:price:1/answer',
  '/api/runs/controlled/concurrency',
  '/api/runs/controlled/tasks/price/retry',
  '/api/runs/controlled/retry-failed',
  '/api/runs/controlled/pause',
  '/api/runs/unknown/cancel',
] as const;

/** An authorized request with a JSON body. Its Content-Length is too large by `lied` bytes. */
function post(path: string, body: string, lied: number): Pieces {
  const bytes = Buffer.from(body).toString('latin1');
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Authorization: Bearer ${TOKEN}`,
    'Content-Type: application/json',
    `Content-Length: ${Math.max(0, bytes.length + lied)}`,
    '\r\n',
  ];
  return [head.join('\r\n'), bytes];
}

/** An error of the server in its log. */
const FAULT = /"level":(?:50|60)/;

/** Asserts that an answer is a success or a problem document, and not an internal error. */
function assertAnswer({ status, headers, body }: RawAnswer, allowed: readonly number[] = []): void {
  assert.ok(status < 500 || allowed.includes(status), `${status}: ${body.toString('utf8')}`);
  if (status < 400) return;
  assert.equal(headers['content-type'], 'application/problem+json');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  // The answer to HEAD has only headers.
  if (body.length > 0) {
    const problem: unknown = JSON.parse(body.toString('utf8'));
    assert.equal(problemSchema.parse(problem).status, status);
  }
}

const problemSchema = z.strictObject({ title: z.string(), status: z.int(), detail: z.string() });

/** Only `seq`: parsing tens of thousands of whole events would take longer than the rest of the test. */
const seqSchema = z.object({ seq: z.int().positive() });

/** Asserts that a WebSocket received whole events in order, then only pongs and perhaps a close. */
function assertFrames(bytes: Buffer): void {
  const seqs = readFrames(bytes).flatMap(({ opcode, payload }) => {
    assert.ok([TEXT, CLOSE, PING, PONG].includes(opcode), `opcode ${opcode}`);
    return opcode === TEXT ? [seqSchema.parse(JSON.parse(payload.toString('utf8'))).seq] : [];
  });
  const [first = 0] = seqs;
  assert.deepEqual(seqs, range(first, first + seqs.length - 1));
}

/** Asserts that the text has neither the token nor a stack trace. */
function assertNoLeak(text: string): void {
  for (const secret of [TOKEN, packageRoot, 'node:internal', '    at ', 'postgresql://']) {
    assert.ok(!text.includes(secret), `${JSON.stringify(secret)} is in ${JSON.stringify(text)}`);
  }
}
