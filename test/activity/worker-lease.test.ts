import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { CancelNotices } from '../../src/activities/cancel-notices.js';
import { currentFence } from '../../src/activities/fence.js';
import type { ActivityContext } from '../../src/activities/activity-context.js';
import { openDatabase } from '../../src/db/database.js';
import { hasOpenWork } from '../../src/db/open-work.js';
import { registerFence, StaleFence, type Fence } from '../../src/db/fencing.js';
import { CHECK_FENCE, fenceValues } from '../../src/db/sql/fencing.js';
import { defineStatement } from '../../src/db/sql/statement.js';
import { RecordMissing } from '../../src/db/task-record.js';
import { runId, taskId } from '../../src/contract/ids.js';
import { Lease } from '../../src/worker/lease.js';
import { activityEnvironment, useBench, type TestRun } from '../support/workplace.js';

const PLAN = { test: 'true', tasks: [{ id: 'sum', title: 'Sum' }] };
const FILES = { 'a.txt': 'a\n' };

describe('a worker’s lease', () => {
  const bench = useBench();
  const rows = async (ids: readonly string[]) => {
    const found = await bench().db.pool.query<{ id: string; dead: boolean; valid: boolean }>(
      'SELECT id, dead, lease_until > now() AS valid FROM workers WHERE id = ANY ($1) ORDER BY started_at',
      [ids],
    );
    return found.rows;
  };
  const takeOver = async (id: string) => {
    const found = await bench().db.pool.query<{ over: boolean }>('SELECT take_over($1) AS over', [id]);
    return found.rows[0]?.over;
  };

  it('holds while it is renewed: nobody takes over', async () => {
    const lease = await Lease.take(bench().db.pool, ['model'], () => 0);
    assert.equal(await takeOver(lease.id), false);
    assert.ok(lease.holds());
    await bench().expire({ ...bench().place, worker: lease });
    const { id } = lease;
    await lease.renew();
    assert.equal(lease.id, id, 'an outage alone kills nobody');
    assert.equal(await takeOver(lease.id), false);
    await lease.leave();
  });

  it('that is over is taken over once and for all; its process goes on as a new worker', async () => {
    const lease = await Lease.take(bench().db.pool, ['model'], () => 0);
    const { id } = lease;
    await bench().expire({ ...bench().place, worker: lease });
    assert.equal(await takeOver(id), true);
    await lease.renew();
    assert.notEqual(lease.id, id);
    assert.deepEqual(await rows([id, lease.id]), [
      { id, dead: true, valid: false },
      { id: lease.id, dead: false, valid: true },
    ]);
    await lease.leave();
  });

  it('ends when its worker leaves', async () => {
    const lease = await Lease.take(bench().db.pool, ['model'], () => 0);
    await lease.leave();
    assert.deepEqual(await rows([lease.id]), []);
    assert.equal(await takeOver(lease.id), true);
  });

  it('is renewed on another connection when one breaks without a word', async () => {
    const { url, stall, close } = await stallingDoor(bench().url);
    const db = openDatabase(url, 1, 200);
    const lease = await Lease.take(db.pool, ['model'], () => 0);
    const { id } = lease;
    stall();
    await lease.renew();
    await bench().expire({ ...bench().place, worker: lease });
    await lease.renew();
    assert.equal(lease.id, id);
    assert.equal(await takeOver(id), false);
    await lease.leave();
    await db.close();
    close();
  });

  it('says at once when nothing is under way any more: no stack stays for what has ended', async () => {
    const underWay = new CancelNotices();
    const lease = await Lease.take(bench().db.pool, ['model'], () => underWay.runs().length);
    const said: Promise<void>[] = [];
    underWay.onIdle(() => {
      said.push(lease.workEnded());
    });
    const one = underWay.watch(runId('one'), () => undefined);
    const two = underWay.watch(runId('two'), () => undefined);
    await lease.renew();
    one();
    assert.equal(said.length, 0);
    assert.ok(await hasOpenWork(bench().url));
    // A renewal that set out before the end says what was under way then.
    const early = lease.renew();
    two();
    await Promise.all([early, ...said]);
    assert.equal(await hasOpenWork(bench().url), false);
    await lease.leave();
  });

  it('does not hold for a process that slept through it', async () => {
    const lease = await Lease.take(bench().db.pool, ['model'], () => 0, 400);
    // As if stopped: no timer of this process runs, but its clocks go on.
    const asleep = performance.now() + 500;
    while (performance.now() < asleep);
    assert.equal(lease.holds(), false);
    await lease.renew();
    assert.equal(lease.holds(), true);
    await lease.leave();
  });
});

/** A way to the database that can stop to pass anything on over the connections that are there. */
async function stallingDoor(databaseUrl: string) {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => socket.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${address.port}`;
  return {
    url: url.href,
    stall: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('a step', () => {
  const bench = useBench();
  const started = () => bench().start(PLAN, FILES);
  /** A step as an activity makes it, scheduled and tried as told. */
  const stepAt = (
    run: TestRun,
    at: number,
    attempt = 1,
    place: ActivityContext = bench().place,
  ): Promise<Fence> =>
    activityEnvironment({ currentAttemptScheduledTimestampMs: at, attempt }).run(() =>
      Promise.resolve(currentFence(place, { runId: run.id, taskId: taskId('sum') })),
    );
  const moveTask = defineStatement({
    name: 'move-task',
    reason: 'atomic',
    why: 'A write of a fenced attempt.',
    text: `SELECT ${CHECK_FENCE}, move_task($1, $2, 'in_progress')`,
    values: fenceValues,
  });
  const write = (step: Fence) => moveTask(bench().db.pool, step);

  it('writes while it is the newest of its task', async () => {
    const run = await started();
    const step = await stepAt(run, 10);
    await registerFence(bench().db, step);
    await registerFence(bench().db, step);
    await write(step);
    assert.equal((await run.task('sum')).status, 'in_progress');
  });

  for (const [what, at, attempt] of [
    ['a later activity', 11, 1],
    ['a later attempt', 10, 3],
  ] as const) {
    it(`neither writes nor begins again once ${what} has begun`, async () => {
      const run = await started();
      const late = await stepAt(run, 10, 2);
      await registerFence(bench().db, late);
      await registerFence(bench().db, await stepAt(run, at, attempt));
      await assert.rejects(write(late), StaleFence);
      await assert.rejects(registerFence(bench().db, late), StaleFence);
      assert.equal((await run.task('sum')).status, 'pending');
    });
  }

  it('does not write before it has begun', async () => {
    await assert.rejects(write(await stepAt(await started(), 10)), StaleFence);
  });

  it('of a worker that was taken for dead neither writes nor begins', async () => {
    const run = await started();
    const other = await bench().anotherWorker();
    const step = await stepAt(run, 10, 1, other);
    await registerFence(bench().db, step);
    await bench().expire(other);
    await write(step);
    await bench().db.pool.query('SELECT take_over($1)', [other.worker.id]);
    await assert.rejects(write(step), StaleFence);
    await assert.rejects(registerFence(bench().db, { ...step, at: 20 }), StaleFence);
  });

  it('of a run that was removed says so', async () => {
    const step = await stepAt(await started(), 10);
    await assert.rejects(registerFence(bench().db, { ...step, taskId: taskId('gone') }), RecordMissing);
  });
});
