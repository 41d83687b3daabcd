import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import pg from 'pg';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import { followEvents } from '../../src/cli/follow/follow-events.js';
import type { LeadwrightEvent } from '../../src/contract/events.js';
import { openDatabase } from '../../src/db/open-database.js';
import type { Database } from '../../src/db/database.js';
import { migrate } from '../../src/db/migrate.js';
import { EnvironmentError, UsageError } from '../../src/contract/errors.js';
import { runId } from '../../src/contract/ids.js';
import type { ServerLimits } from '../../src/server/server-limits.js';
import type { RunningServer } from '../../src/server/server.js';
import {
  appendEvents,
  closeCode,
  collectSeqs,
  createRun,
  openServer,
  openSocket,
  range,
  recordOf,
  socketStatus,
  TOKEN,
} from '../support/server.js';
import { startPostgres } from '../support/postgres.js';
import type { TestPostgres } from '../support/postgres.js';
import { eventually } from '../support/eventually.js';

describe('the server: events', function () {
  this.timeout(60_000);
  let postgres: TestPostgres;
  let url: string;
  let database: Database;
  let notifier: RunningServer;
  let run: string;
  let runs = 0;

  before(async () => {
    postgres = await startPostgres();
    url = await postgres.createDatabase();
    await migrate(url);
    database = openDatabase(url, 8);
  });
  after(async () => {
    await database.close();
    await postgres.stop();
  });
  beforeEach(async () => {
    run = `run-${++runs}`;
    await createRun(database.pool, run);
    notifier = await openServer(url, database, { limits: { checkMs: 500 } });
  });
  afterEach(async () => {
    await notifier.close();
  });

  const reopen = async (limits: Partial<ServerLimits>) => {
    await notifier.close();
    notifier = await openServer(url, database, { limits: { checkMs: 500, ...limits } });
  };
  const write = (count: number, padding?: string) => appendEvents(database.pool, run, count, padding);
  const options = (after = 0) => ({
    locate: () => Promise.resolve(notifier.url),
    token: TOKEN,
    runId: runId(run),
    after,
    newest: after,
    record: recordOf(database, runId(run)),
    signal: new AbortController().signal,
  });
  const followTo = async (
    last: number,
    after = 0,
    seen: (event: LeadwrightEvent) => void = () => undefined,
  ) => {
    const seqs: number[] = [];
    for await (const event of followEvents(options(after))) {
      seqs.push(event.seq);
      seen(event);
      if (event.seq === last) break;
    }
    return seqs;
  };

  it('sends the backlog in pages, then live events, to early and late clients alike', async () => {
    await write(450);
    const early = followTo(480);
    const late = collectSeqs(openSocket(notifier, `/events?run=${run}&after=440`), 40);
    const ahead = collectSeqs(openSocket(notifier, `/events?run=${run}&after=470`), 10);
    await write(30);
    assert.deepEqual(await early, range(1, 480));
    assert.deepEqual(await late, range(441, 480));
    assert.deepEqual(await ahead, range(471, 480));
  });

  it('gives every client each event once and in order while many write and clients connect', async () => {
    const writers = Promise.all(range(1, 6).map(() => write(60)));
    const clients: Promise<number[]>[] = [];
    for (const after of range(0, 20)) {
      clients.push(followTo(360, after * 5));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writers;
    for (const [index, seqs] of (await Promise.all(clients)).entries()) {
      assert.deepEqual(seqs, range(index * 5 + 1, 360));
    }
  });

  it('continues without a gap when the server is restarted at another address', async () => {
    let restarts = Promise.resolve();
    const followed = followTo(300, 0, ({ seq }) => {
      if (seq === 50 || seq === 150) restarts = restarts.then(() => reopen({}));
    });
    await Promise.all([write(100), write(100), write(100)]);
    assert.deepEqual(await followed, range(1, 300));
    await restarts;
  });

  it('continues without a gap when PostgreSQL ends its connections', async () => {
    const followed = followTo(60);
    for (let round = 0; round < 3; round += 1) {
      await write(10);
      await database.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name IN ('leadwright listener', 'leadwright notifier') AND datname = current_database()`,
      );
      await write(10);
    }
    assert.deepEqual(await followed, range(1, 60));
  });

  const APPEND = `SELECT append_event(id, NULL, 'run.status', '{"from":"running","status":"running"}') FROM runs`;

  it('is notified of a burst at most every 50 ms', async () => {
    const listener = new pg.Client({ connectionString: url });
    await listener.connect();
    let notified = 0;
    listener.on('notification', () => (notified += 1));
    await listener.query('LISTEN leadwright_events');
    const started = performance.now();
    for (let count = 0; count < 60; count += 1) await database.pool.query(`${APPEND} WHERE id = $1`, [run]);
    await listener.query('SELECT 1');
    const most = 2 + (performance.now() - started) / 50;
    assert.ok(notified >= 1 && notified <= most, `${notified} notifications, at most ${most} expected`);
    await listener.end();
  });

  it('sends the last event of a burst, which comes without a notification and is committed late', async () => {
    await reopen({ checkMs: 3_600_000 });
    const socket = openSocket(notifier, `/events?run=${run}&after=0`);
    await once(socket, 'open');
    // The look back of a client that has just come would find it too.
    await delay(300);
    const seqs = collectSeqs(socket, 2);
    const writer = await database.pool.connect();
    const append = `${APPEND} WHERE id = '${run}'`;
    await writer.query(`BEGIN; ${append}; COMMIT; BEGIN; ${append}`);
    await delay(500);
    await writer.query('COMMIT');
    writer.release();
    assert.deepEqual(await seqs, [1, 2]);
  });

  /** Completes the run in the record, with its event. */
  const complete = () =>
    database.pool.query(
      `WITH done AS (UPDATE runs SET status = 'completed' WHERE id = $1 RETURNING id)
       SELECT append_event(id, NULL, 'run.status', '{"from":"running","status":"completed"}') FROM done`,
      [run],
    );
  const seqsOf = async (events: AsyncIterable<LeadwrightEvent>) => {
    const seqs: number[] = [];
    for await (const { seq } of events) seqs.push(seq);
    return seqs;
  };

  it('ends with the run, at once', async () => {
    await write(3);
    const followed = seqsOf(followEvents({ ...options(), pollMs: 60_000 }));
    await write(2);
    await complete();
    assert.deepEqual(await followed, range(1, 6));
  });

  it('ends with the run when the server has moved to an unknown address', async () => {
    const { url: gone } = notifier;
    await write(3);
    const followed = seqsOf(followEvents({ ...options(), locate: () => Promise.resolve(gone) }));
    await notifier.close();
    await write(2);
    await complete();
    notifier = await openServer(url, database);
    assert.notEqual(notifier.url, gone);
    assert.deepEqual(await followed, range(1, 6));
  });

  it('ends with the run on a connection that is open but silent', async () => {
    const silent = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(silent, 'listening');
    const pings = setInterval(() => {
      for (const client of silent.clients) client.ping();
    }, 20);
    try {
      const { port } = z.object({ port: z.number() }).parse(silent.address());
      const locate = () => Promise.resolve(`http://127.0.0.1:${port}`);
      const connected = once(silent, 'connection');
      const followed = seqsOf(followEvents({ ...options(), locate, pollMs: 50 }));
      await connected;
      await write(250);
      await complete();
      assert.deepEqual(await followed, range(1, 251));
    } finally {
      clearInterval(pings);
      silent.close();
    }
  });

  it('drops a client that does not read, and a hundred others get every event', async function () {
    // The others receive 800 MB together. A busy machine holds a client up for seconds: with a limit below the usual one,
    // some of them would be dropped too.
    this.timeout(300_000);
    const sleeper = openSocket(notifier, `/events?run=${run}`);
    const closed = closeCode(sleeper);
    await new Promise((resolve) => sleeper.once('open', resolve));
    sleeper.pause();
    const readers = range(1, 100).map(() => followTo(200));
    await write(200, 'x'.repeat(40_000));
    for (const seqs of await Promise.all(readers)) assert.deepEqual(seqs, range(1, 200));
    // The kernel takes up to 36 MB for a client that reads nothing.
    await write(1_000, 'x'.repeat(40_000));
    const last = 1_200;
    await untilMetric('leadwright_websocket_dropped_total 1');
    sleeper.resume();
    assert.ok([1006, 1013].includes(await closed));
    assert.deepEqual(await followTo(last, last - 10), range(last - 9, last));
  });

  it('buffers little for a slow client, and still sends it everything', async () => {
    await write(300, 'x'.repeat(20_000));
    const slow = openSocket(notifier, `/events?run=${run}`);
    const seqs = collectSeqs(slow, 300);
    slow.on('message', () => {
      slow.pause();
      setImmediate(() => slow.resume());
    });
    assert.deepEqual(await seqs, range(1, 300));
    slow.terminate();
  });

  it('drops a client that does not answer a ping', async () => {
    await reopen({ pingMs: 200 });
    const socket = openSocket(notifier, `/events?run=${run}`);
    const closed = closeCode(socket);
    await new Promise((resolve) => socket.once('open', resolve));
    socket.pause();
    await untilMetric('leadwright_websocket_dropped_total 1');
    socket.resume();
    assert.ok([1006, 4000].includes(await closed));
  });

  it('closes with 1001 when the server ends', async () => {
    const socket = openSocket(notifier, `/events?run=${run}`);
    const closed = closeCode(socket);
    await new Promise((resolve) => socket.once('open', resolve));
    await reopen({});
    assert.equal(await closed, 1001);
  });

  it('closes when the run is removed, also when its id is used again', async () => {
    await write(5);
    const socket = openSocket(notifier, `/events?run=${run}`);
    const closed = closeCode(socket);
    await collectSeqs(socket, 5);
    await database.pool.query('DELETE FROM runs WHERE id = $1', [run]);
    await createRun(database.pool, run);
    await write(2);
    assert.equal(await closed, 1011);
  });

  it('reconnects except after a refusal', async () => {
    await assert.rejects(followEvents({ ...options(), token: 'wrong' }).next(), EnvironmentError);
    await assert.rejects(followEvents({ ...options(), runId: runId('unknown') }).next(), UsageError);
    const stop = new AbortController();
    const waiting = followEvents({ ...options(), signal: stop.signal }).next();
    setImmediate(() => stop.abort());
    assert.deepEqual(await waiting, { done: true, value: undefined });
  });

  it('survives whatever a client sends', async () => {
    const watcher = collectSeqs(openSocket(notifier, `/events?run=${run}`), 1);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.string({ maxLength: 2_000 }), fc.uint8Array({ maxLength: 2_000 })), {
          maxLength: 100,
        }),
        async (messages) => {
          const socket = openSocket(notifier, `/events?run=${run}`);
          await new Promise((resolve) => socket.once('open', resolve));
          for (const message of messages) socket.send(message);
          const closed = closeCode(socket);
          socket.close();
          assert.ok([1000, 1005, 1006, 1008, 1009].includes(await closed));
        },
      ),
      { numRuns: 200 },
    );
    await write(1);
    assert.deepEqual(await watcher, [1]);
    assert.equal(await socketStatus(openSocket(notifier, `/events?run=${run}`)), 101);
  });

  const untilMetric = (line: string) =>
    eventually(async () => {
      const response = await fetch(`${notifier.url}/metrics`, {
        headers: { Authorization: `Bearer ${TOKEN}` },
      });
      return (await response.text()).includes(line);
    }, `the metrics have ${line}`);
});
