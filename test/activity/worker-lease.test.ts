import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { ApplicationFailure } from '@temporalio/common';
import { CancelNotices } from '../../src/activities/support/cancel-notices.js';
import { currentFence } from '../../src/activities/support/fence.js';
import type { ActivityContext } from '../../src/activities/support/activity-context.js';
import { openDatabase } from '../../src/db/open-database.js';
import { hasOpenWork } from '../../src/db/open-work.js';
import { registerFence, registerRunFence, StaleFence, type Fence } from '../../src/db/fencing.js';
import { CHECK_FENCE, fenceValues } from '../../src/db/sql/fencing.js';
import { defineStatement } from '../../src/db/sql/statement.js';
import { listUnrelievedWorkers } from '../../src/db/workers.js';
import { RecordMissing } from '../../src/db/task-record.js';
import { runId, taskId } from '../../src/contract/ids.js';
import { relieveDeadWorkers } from '../../src/worker/dead-worker-watch.js';
import { Lease } from '../../src/worker/lease.js';
import { underLivingName } from '../../src/worker/living-name.js';
import { activityEnvironment, useBench, type TestRun } from '../support/activity-bench.js';
import { eventually } from '../support/eventually.js';

const PLAN = { test: 'true', tasks: [{ id: 'sum', title: 'Sum' }] };
const SERVING = { queues: ['model'], sandbox: 'no commands are run', sandboxWarning: null };
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
  /** One look of another worker. @returns whether the worker counts as dead then */
  const takeOver = async (id: string) => {
    await relieveDeadWorkers(bench().db.pool, { id: bench().context.worker.id, isSteady: () => true });
    const found = await bench().db.pool.query<{ gone: boolean }>('SELECT is_gone($1) AS gone', [id]);
    return found.rows[0]?.gone;
  };

  it('is valid while it is renewed: nobody takes over', async () => {
    const lease = await Lease.take(bench().db.pool, SERVING, () => 0);
    assert.equal(await takeOver(lease.id), false);
    assert.ok(lease.holds());
    await bench().expire({ ...bench().context, worker: lease });
    const { id } = lease;
    await lease.renew();
    assert.equal(lease.id, id, 'an outage alone does not end the worker');
    assert.equal(await takeOver(lease.id), false);
    await lease.release();
  });

  it('is taken over for good once it has expired; its process continues as a new worker', async () => {
    const lease = await Lease.take(bench().db.pool, SERVING, () => 0);
    const { id } = lease;
    await bench().expire({ ...bench().context, worker: lease });
    assert.equal(await takeOver(id), true);
    await lease.renew();
    assert.notEqual(lease.id, id);
    assert.deepEqual(await rows([id, lease.id]), [
      { id, dead: true, valid: false },
      { id: lease.id, dead: false, valid: true },
    ]);
    await lease.release();
  });

  it('ends when its worker shuts down', async () => {
    const lease = await Lease.take(bench().db.pool, SERVING, () => 0);
    await lease.release();
    assert.deepEqual(await rows([lease.id]), [{ id: lease.id, dead: true, valid: false }]);
    const unrelieved = await listUnrelievedWorkers(bench().db.pool, bench().context.worker.id);
    assert.ok(
      unrelieved.some(({ id }) => id === lease.id),
      'others look for tasks that it never received',
    );
    assert.equal(await takeOver(lease.id), true);
  });

  it('is renewed on another connection when one stalls without an error', async () => {
    const { url, stall, close } = await openStallingProxy(bench().url);
    const db = openDatabase(url, 1, 200);
    const lease = await Lease.take(db.pool, SERVING, () => 0);
    const { id } = lease;
    stall();
    await lease.renew();
    await bench().expire({ ...bench().context, worker: lease });
    await lease.renew();
    assert.equal(lease.id, id);
    assert.equal(await takeOver(id), false);
    await lease.release();
    await db.close();
    close();
  });

  it('reports at once when no activity is running any more, so that the stack can end', async () => {
    const notices = new CancelNotices();
    const lease = await Lease.take(bench().db.pool, SERVING, () => notices.runs().length);
    const reports: Promise<void>[] = [];
    notices.onIdle(() => {
      reports.push(lease.reportIdle());
    });
    const one = notices.watch(runId('one'), () => undefined);
    const two = notices.watch(runId('two'), () => undefined);
    await lease.renew();
    one();
    assert.equal(reports.length, 0);
    assert.ok(await hasOpenWork(bench().url));
    // A renewal that began before the end reports what was running then.
    const early = lease.renew();
    two();
    await Promise.all([early, ...reports]);
    assert.equal(await hasOpenWork(bench().url), false);
    await lease.release();
  });

  it('is not valid for a process that slept through it, and not steady at first after that', async () => {
    const lease = await Lease.take(bench().db.pool, SERVING, () => 0, 400);
    await eventually(() => lease.isSteady(), 'the database has been running for longer than the lease');
    // As if stopped: no timer of this process runs, but its clocks do.
    const sleepUntil = (time: number) => {
      while (performance.now() < time);
    };
    const asleep = performance.now();
    sleepUntil(asleep + 250);
    assert.equal(lease.isSteady(), false, 'the others may have renewed theirs earlier: they have expired');
    sleepUntil(asleep + 500);
    assert.equal(lease.holds(), false);
    assert.equal(lease.isSteady(), false);
    assert.equal(lease.lapses, 0);
    await lease.renew();
    assert.equal(lease.lapses, 1, 'tasks may have been lost on their way to it');
    assert.equal(lease.holds(), true);
    assert.equal(lease.isSteady(), false, 'the others had no time to renew theirs');
    await eventually(() => lease.isSteady(), 'they had that time');
    await lease.release();
  });
});

describe('an activity of a process that was declared dead', () => {
  /** Its first renewal, after a quarter of this, comes later than the statements of another worker. */
  const LEASE_MS = 2_000;
  const bench = useBench();
  let lease: Lease;
  beforeEach(async () => {
    lease = await Lease.take(bench().db.pool, SERVING, () => 0, LEASE_MS);
  });
  afterEach(() => lease.release());

  /** As if another worker noticed that the process sleeps beyond its lease: no timer of it runs. */
  const sleepAndBeTakenOver = async () => {
    await bench().declareDead({ ...bench().context, worker: lease });
    const end = performance.now() + LEASE_MS;
    while (performance.now() < end);
  };
  const run = <R>(activity: () => Promise<R>) =>
    new MockActivityEnvironment({}, { interceptors: [underLivingName(Promise.resolve(lease))] }).run(
      activity,
    );
  /** What an activity does first. */
  const takeFence = async (started: TestRun, worker = lease.id) => {
    await registerRunFence(bench().db, { runId: started.id, at: Date.now(), attempt: 1, worker });
  };

  it('begins under the new name', async () => {
    const started = await bench().start(PLAN, FILES);
    const { id } = lease;
    await sleepAndBeTakenOver();
    await run(() => takeFence(started));
    assert.notEqual(lease.id, id);
  });

  it('is repeated at once when it lost its name while it ran', async () => {
    const started = await bench().start(PLAN, FILES);
    const { id } = lease;
    const interrupted = run(async () => {
      await sleepAndBeTakenOver();
      await takeFence(started, id);
    });
    await assert.rejects(interrupted, (error: unknown) => {
      assert.ok(error instanceof ApplicationFailure);
      assert.equal(error.type, 'StaleFence');
      assert.equal(error.nextRetryDelay, '1ms');
      return true;
    });
    await run(() => takeFence(started));
  });

  it('is not repeated sooner when a newer attempt has begun: the server waits for that one', async () => {
    const stale = new StaleFence('a newer attempt has registered');
    await assert.rejects(
      run(() => Promise.reject(stale)),
      stale,
    );
  });
});

/** A proxy to the database that can stop forwarding on its open connections. */
async function openStallingProxy(databaseUrl: string) {
  const url = new URL(databaseUrl);
  const target = join(url.searchParams.get('host') ?? '', '.s.PGSQL.5432');
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target);
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => socket.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  url.searchParams.delete('host');
  url.searchParams.delete('port');
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

describe('a fencing token', () => {
  const bench = useBench();
  const started = () => bench().start(PLAN, FILES);
  /** The fence of an activity that was scheduled at `at`, in its given attempt. */
  const fenceAt = (
    run: TestRun,
    at: number,
    attempt = 1,
    context: ActivityContext = bench().context,
  ): Promise<Fence> =>
    activityEnvironment({ currentAttemptScheduledTimestampMs: at, attempt }).run(() =>
      Promise.resolve(currentFence(context, { runId: run.id, taskId: taskId('sum') })),
    );
  const moveTask = defineStatement({
    name: 'move-task',
    reason: 'atomic',
    why: 'A write of a fenced attempt.',
    text: `SELECT ${CHECK_FENCE}, move_task($1, $2, 'in_progress')`,
    values: fenceValues,
  });
  const write = (fence: Fence) => moveTask(bench().db.pool, fence);

  it('allows writes while it is the newest of its task', async () => {
    const run = await started();
    const fence = await fenceAt(run, 10);
    await registerFence(bench().db, fence);
    await registerFence(bench().db, fence);
    await write(fence);
    assert.equal((await run.task('sum')).status, 'in_progress');
  });

  for (const [what, at, attempt] of [
    ['a later activity', 11, 1],
    ['a later attempt', 10, 3],
  ] as const) {
    it(`refuses a write and a registration once ${what} has begun`, async () => {
      const run = await started();
      const late = await fenceAt(run, 10, 2);
      await registerFence(bench().db, late);
      await registerFence(bench().db, await fenceAt(run, at, attempt));
      await assert.rejects(write(late), StaleFence);
      await assert.rejects(registerFence(bench().db, late), StaleFence);
      assert.equal((await run.task('sum')).status, 'pending');
    });
  }

  it('refuses a write before it is registered', async () => {
    await assert.rejects(write(await fenceAt(await started(), 10)), StaleFence);
  });

  it('refuses a write and a registration by a worker that is presumed dead', async () => {
    const run = await started();
    const other = await bench().anotherWorker();
    const fence = await fenceAt(run, 10, 1, other);
    await registerFence(bench().db, fence);
    await bench().expire(other);
    await write(fence);
    await bench().declareDead(other);
    await assert.rejects(write(fence), StaleFence);
    await assert.rejects(registerFence(bench().db, { ...fence, at: 20 }), StaleFence);
  });

  describe('after the clock was set back', () => {
    const HOUR_MS = 3_600_000;

    it('is taken again at once, of a task and of a run, and refuses those before it', async () => {
      const run = await started();
      const now = Date.now();
      const before = await fenceAt(run, now + HOUR_MS);
      await registerFence(bench().db, before);
      await registerRunFence(bench().db, { ...before, at: now + HOUR_MS });
      const after = await fenceAt(run, now);
      await registerFence(bench().db, after);
      await registerRunFence(bench().db, { ...before, at: now });
      await write(after);
      await assert.rejects(write(before), StaleFence);
      await assert.rejects(registerFence(bench().db, await fenceAt(run, now - 1)), StaleFence);
      await assert.rejects(registerRunFence(bench().db, { ...before, at: now - 1 }), StaleFence);
    });

    it('still orders the attempts when it differs from the clock of Temporal by seconds', async () => {
      const run = await started();
      const now = Date.now();
      await registerFence(bench().db, await fenceAt(run, now + 5_000));
      await assert.rejects(registerFence(bench().db, await fenceAt(run, now)), StaleFence);
    });
  });

  it('says so when its run was removed', async () => {
    const fence = await fenceAt(await started(), 10);
    await assert.rejects(registerFence(bench().db, { ...fence, taskId: taskId('gone') }), RecordMissing);
  });
});
