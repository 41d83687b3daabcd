import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure, TypedSearchAttributes } from '@temporalio/common';
import proto from '@temporalio/proto';
import { NativeConnection, Worker } from '@temporalio/worker';
import { MockActivityEnvironment, type TestWorkflowEnvironment } from '@temporalio/testing';
import type { Database } from '../../src/db/database.js';
import { openDatabase } from '../../src/db/open-database.js';
import { migrate } from '../../src/db/migrate.js';
import { ownName } from '../../src/shared/process/owner.js';
import { workflowBundle } from '../../src/worker/bundle.js';
import { workerId } from '../../src/contract/ids.js';
import { OwnActivities } from '../../src/worker/own-activities.js';
import { DeadWorkerWatch, relieveDeadWorkers, type Watcher } from '../../src/worker/dead-worker-watch.js';
import { endAbandonedActivities, WORKER_DIED, workerIdentity } from '../../src/worker/take-over.js';
import { TASK_QUEUES } from '../../src/contract/payloads.js';
import { SEARCH_ATTRIBUTES } from '../../src/workflows/search-attributes.js';
import { NO_PROGRESS } from '../../src/workflows/task-entry.js';
import type { taskRun } from '../../src/workflows/task-run.js';
import { deferred } from '../../src/shared/async/deferred.js';
import { livingWorker } from '../support/living-worker.js';
import { deadOwner, ELSEWHERE } from '../support/owners.js';
import { eventually } from '../support/eventually.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { startTemporal } from '../support/temporal-server.js';
import { installRuntime, taskInput } from '../support/workflow-bench.js';

const TO_BE_CANCELLED =
  proto.temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED;
const POLL_MS = 60_000;
const DAY_MS = 86_400_000;
const DEAD = deadOwner();
const ME = workerId(randomUUID());

/** The lease of a worker that could always renew it. */
const steadyLease = (): Watcher => ({
  id: ME,
  lapses: 0,
  holds: () => true,
  isSteady: () => true,
  renew: () => Promise.resolve(),
});

describe('taking over the activities of dead workers', function () {
  this.timeout(120_000);
  let temporal: TestWorkflowEnvironment;
  let postgres: TestPostgres;
  let db: Database;
  let connection: NativeConnection;
  let worker: Worker;
  let stopped: Promise<void>;

  before(async () => {
    installRuntime();
    [temporal, postgres] = await Promise.all([startTemporal(), startPostgres()]);
    const url = await postgres.createDatabase();
    await migrate(url);
    db = openDatabase(url);
    connection = await NativeConnection.connect({ address: temporal.address });
    // The workflows are real; the test itself polls for the activities.
    worker = await Worker.create({
      connection,
      taskQueue: TASK_QUEUES.workflow,
      workflowBundle: workflowBundle(),
    });
    stopped = worker.run();
  });
  after(async () => {
    worker.shutdown();
    await stopped;
    await connection.close();
    await db.close();
    await temporal.teardown();
    await postgres.stop();
  });
  afterEach(() => db.pool.query('DELETE FROM workers'));

  const context = () => ({
    service: connection.workflowService,
    namespace: temporal.namespace ?? 'default',
    db,
    own: new OwnActivities(),
  });

  /** Continues a task, with a turn that is taken by a worker with this identity. */
  async function begun(id: string, identity: string) {
    const task = await temporal.client.workflow.start<typeof taskRun>('taskRun', {
      workflowId: `leadwright/${id}/a`,
      taskQueue: TASK_QUEUES.workflow,
      typedSearchAttributes: new TypedSearchAttributes([{ key: SEARCH_ATTRIBUTES.run, value: id }]),
      args: [taskInput(id, { generateTimeoutMs: DAY_MS, progress: { ...NO_PROGRESS, attempts: 1 } })],
    });
    const taken = await temporal.connection.withDeadline(Date.now() + POLL_MS, () =>
      temporal.client.workflowService.pollActivityTaskQueue({
        namespace: context().namespace,
        taskQueue: { name: TASK_QUEUES.model },
        identity,
      }),
    );
    assert.equal(taken.workflowExecution?.workflowId, task.workflowId);
    // The server's list of open workflows is updated with a delay, so the test waits for it.
    await eventually(async () => {
      for await (const { workflowId } of temporal.client.workflow.list({ query: `LeadwrightRun = '${id}'` }))
        if (workflowId === task.workflowId) return true;
      return false;
    }, 'the task is listed');
    return {
      execution: { workflowId: task.workflowId, runId: task.firstExecutionRunId },
      cancel: () => task.cancel(),
      ended: () => task.result(),
      end: () => task.terminate(),
      step: async () => {
        const { raw } = await task.describe();
        return raw.pendingActivities?.[0];
      },
    };
  }

  /** One look of a worker at the others. @returns how many activities it ended */
  const takeOver = async (isSteady = true, self = ME): Promise<number | null> => {
    const relieved = await relieveDeadWorkers(db.pool, { id: self, isSteady: () => isSteady });
    return relieved.length === 0 ? 0 : endAbandonedActivities(context(), true);
  };
  const expireLeases = () => db.pool.query(`UPDATE workers SET lease_until = now() - interval '1 s'`);

  it('retries them at once, and ends the lease', async () => {
    await livingWorker(db, DEAD);
    const task = await begun('dead', `${DEAD}@somewhere`);
    assert.equal(await takeOver(false), 1);
    await eventually(async () => (await task.step())?.attempt === 2, 'the second attempt is there');
    const step = await task.step();
    assert.equal(step?.lastFailure?.applicationFailureInfo?.type, WORKER_DIED);
    const { rows } = await db.pool.query('SELECT dead, lease_until <= now() AS over FROM workers');
    assert.deepEqual(rows, [{ dead: true, over: true }]);
    assert.equal(await takeOver(), 0, 'once');
    await task.end();
  });

  it('retries them once when the passes of two workers overlap: the second would end the new attempt', async () => {
    await livingWorker(db, DEAD);
    const task = await begun('overlap', `${DEAD}@somewhere`);
    await relieveDeadWorkers(db.pool, { id: ME, isSteady: () => false });
    const [described, released] = [deferred<void>(), deferred<void>()];
    const { workflowService } = connection;
    const service = new Proxy(workflowService, {
      get: (target, name) => {
        if (name !== 'describeWorkflowExecution') return Reflect.get(target, name, target) as unknown;
        return async (request: Parameters<typeof workflowService.describeWorkflowExecution>[0]) => {
          const description = await workflowService.describeWorkflowExecution(request);
          described.resolve();
          await released.promise;
          return description;
        };
      },
    });
    const slow = endAbandonedActivities({ ...context(), service }, false);
    await described.promise;
    assert.equal(await endAbandonedActivities(context(), false), null);
    released.resolve();
    assert.equal(await slow, 1);
    await eventually(async () => (await task.step())?.attempt === 2, 'the second attempt is there');
    assert.equal(await endAbandonedActivities(context(), false), 0);
    assert.equal((await task.step())?.attempt, 2);
    await task.end();
  });

  it('cancels one whose cancellation was requested, so its task need not wait for a heartbeat', async () => {
    await livingWorker(db, DEAD);
    const task = await begun('cancelled', `${DEAD}@somewhere`);
    await task.cancel();
    await eventually(async () => (await task.step())?.state === TO_BE_CANCELLED, 'the step is asked to end');
    assert.equal(await takeOver(), 1);
    await assert.rejects(
      task.ended(),
      (error) => error instanceof WorkflowFailedError && error.cause instanceof CancelledFailure,
    );
  });

  it('leaves alone those of a living worker, and of one elsewhere whose lease holds', async () => {
    await Promise.all([DEAD, ownName(), ELSEWHERE].map((owner) => livingWorker(db, owner)));
    const tasks = [await begun('alive', workerIdentity()), await begun('elsewhere', `${ELSEWHERE}@far`)];
    assert.equal(await takeOver(), 0);
    for (const task of tasks) {
      const step = await task.step();
      assert.equal(step?.attempt, 1);
      assert.equal(step.lastFailure, null);
      await task.end();
    }
    const { rows } = await db.pool.query('SELECT owner FROM workers WHERE NOT dead ORDER BY owner');
    assert.deepEqual(
      rows.map((row: { owner: string }) => row.owner),
      [ownName(), ELSEWHERE].toSorted(),
    );
  });

  it('retries those of a worker elsewhere once its lease has expired, in the next look of any worker', async () => {
    await livingWorker(db, ELSEWHERE);
    const task = await begun('far', `${ELSEWHERE}@far`);
    await expireLeases();
    const watch = new DeadWorkerWatch(context(), steadyLease(), {
      info: () => undefined,
      warn: () => undefined,
    });
    await eventually(async () => (await task.step())?.attempt === 2, 'the second attempt is there');
    await watch.close();
    assert.equal((await task.step())?.lastFailure?.applicationFailureInfo?.type, WORKER_DIED);
    await task.end();
  });

  it('retries them although the reply to what ended the lease was lost', async () => {
    await livingWorker(db, DEAD);
    const task = await begun('reply', `${DEAD}@somewhere`);
    const { pool } = db;
    let isLost = false;
    const losing = new Proxy(pool, {
      get: (target, name) => {
        if (name !== 'query') return Reflect.get(target, name, target) as unknown;
        return async (text: string, values?: unknown[]) => {
          const result = await pool.query(text, values);
          const { rows } = await pool.query<{ dead: boolean }>('SELECT dead FROM workers');
          if (isLost || rows[0]?.dead !== true) return result;
          isLost = true;
          throw new Error('the connection was closed');
        };
      },
    });
    const log = { info: () => undefined, warn: () => undefined };
    const watch = new DeadWorkerWatch({ ...context(), db: { pool: losing } }, steadyLease(), log);
    await eventually(async () => (await task.step())?.attempt === 2, 'the second attempt is there');
    await watch.close();
    assert.equal(isLost, true);
    assert.equal((await task.step())?.lastFailure?.applicationFailureInfo?.type, WORKER_DIED);
    await task.end();
  });

  it('leaves alone all workers after an outage in which no lease could be renewed', async () => {
    await livingWorker(db, ELSEWHERE);
    const task = await begun('outage', `${ELSEWHERE}@far`);
    await expireLeases();
    assert.equal(await takeOver(false), 0);
    assert.equal((await task.step())?.attempt, 1);
    const { rows } = await db.pool.query('SELECT dead FROM workers');
    assert.deepEqual(rows, [{ dead: false }]);
    await task.end();
  });

  it('takes over from a worker that was declared dead before, and one of several workers does', async () => {
    const id = await livingWorker(db, ELSEWHERE);
    const task = await begun('claimed', `${ELSEWHERE}@far`);
    await expireLeases();
    await db.pool.query('UPDATE workers SET dead = true WHERE id = $1', [id]);
    const ended = await Promise.all([takeOver(false), takeOver(false, workerId(randomUUID()))]);
    assert.deepEqual(ended.toSorted(), [0, 1]);
    await task.end();
  });

  it('leaves alone those of a process that slept through its lease and goes on as a new worker', async () => {
    await livingWorker(db, ELSEWHERE);
    await expireLeases();
    assert.equal(await takeOver(), 0);
    await livingWorker(db, ELSEWHERE);
    const task = await begun('woken', `${ELSEWHERE}@far`);
    assert.equal(await endAbandonedActivities(context(), false), 0);
    await task.end();
  });

  it('retries what this process was handed while it slept and that never arrived', async () => {
    const task = await begun('lost', workerIdentity());
    // The look comes before the renewal, as it may after a sleep.
    let lapses = 0;
    const lease = {
      ...steadyLease(),
      get lapses() {
        return lapses;
      },
      holds: () => lapses > 0,
      renew: () => {
        lapses = 1;
        return Promise.resolve();
      },
    };
    const own = new OwnActivities(1_000);
    const log = { info: () => undefined, warn: () => undefined };
    const watch = new DeadWorkerWatch({ ...context(), own }, lease, log);
    await eventually(async () => (await task.step())?.attempt === 2, 'the second attempt is there');
    await watch.close();
    await task.end();
  });

  it('leaves alone what this process runs, or begins to run a little later', async () => {
    const tasks = [await begun('runs', workerIdentity()), await begun('late', workerIdentity())];
    const own = new OwnActivities(0);
    const run = (workflowExecution: { readonly workflowId: string; readonly runId: string }) => {
      const end = deferred<void>();
      const ended = new MockActivityEnvironment(
        { workflowExecution, activityId: '1', attempt: 1 },
        { interceptors: [own.interceptor] },
      ).run(() => end.promise);
      return async () => {
        end.resolve();
        await ended;
      };
    };
    const look = () => endAbandonedActivities({ ...context(), own }, false);
    const [runs, late] = tasks;
    assert.ok(runs !== undefined && late !== undefined);
    const endFirst = run(runs.execution);
    assert.equal(await look(), 0);
    const endLate = run(late.execution);
    assert.equal(await look(), 0);
    await endFirst();
    await endLate();
    assert.deepEqual([await look(), await look()], [0, 2], 'the server never heard of their ends');
    for (const task of tasks) await task.end();
  });

  it('sends no request to the server when no worker has died', async () => {
    await livingWorker(db, ownName());
    const service = new Proxy(connection.workflowService, {
      get: () => assert.fail('no question was needed'),
    });
    const problems: string[] = [];
    const watch = new DeadWorkerWatch({ ...context(), service }, steadyLease(), {
      info: (message) => problems.push(message),
      warn: (message) => problems.push(message),
    });
    await watch.close();
    assert.deepEqual(problems, []);
  });
});
