import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { NativeConnection, type Worker } from '@temporalio/worker';
import { commitSha, runId, taskId } from '../../src/contract/ids.js';
import { runBranch, taskWorkflowId } from '../../src/contract/names.js';
import { FRESH_COUNTS, QUEUES, TASK_QUEUES, type ProjectRunInput } from '../../src/contract/payloads.js';
import { pauseOrResume, cancel } from '../../src/runs/control/run-control.js';
import { startLead } from '../../src/runs/control/lead.js';
import { TemporalConnection } from '../../src/runs/control/temporal-connection.js';
import { createWorkers } from '../../src/worker/worker.js';
import { SEARCH_ATTRIBUTES } from '../../src/workflows/search-attributes.js';
import { useBench, type TestRun } from '../support/activity-bench.js';
import { writes } from '../support/answers.js';
import { eventually } from '../support/eventually.js';
import { isUpdateRefused, plain, scheduleActivity, type ForeignClient } from '../support/foreign-client.js';
import { temporalCli } from '../support/temporal-cli.js';
import { installRuntime, taskInput } from '../support/workflow-bench.js';

const FILES = { 'a.txt': 'old\n' };
const PLAN = {
  test: 'true',
  tasks: [
    { id: 'a', title: 'Do a' },
    { id: 'b', title: 'Do b', depends_on: ['a'] },
  ],
};

/** A program that reaches Temporal, but has no key: real workers, activities, database and git store. */
describe('a foreign client of Temporal', function () {
  this.timeout(180_000);
  const bench = useBench();
  let server: TestWorkflowEnvironment;
  let connection: NativeConnection;
  let workers: readonly Worker[] = [];
  let ours: TemporalConnection;
  let foreign: ForeignClient;
  let client: Client;
  let paid = 0;
  let ended: Promise<unknown> = Promise.resolve();

  before(async function () {
    this.timeout(60_000);
    installRuntime();
    server = await TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path: await temporalCli() },
        ip: '127.0.0.1',
        searchAttributes: Object.values(SEARCH_ATTRIBUTES),
        log: { format: 'pretty', level: 'error' },
      },
    });
    const env = { ...bench().context.env, LEADWRIGHT_PAYLOAD_KEY_FILE: join(bench().folder, 'payload-key') };
    connection = await NativeConnection.connect({ address: server.address });
    workers = await createWorkers(env, Promise.resolve({ ...bench().context, env }), {
      connection,
      namespace: 'default',
      queues: QUEUES,
    });
    ended = Promise.all(workers.map((worker) => worker.run()));
    ours = new TemporalConnection(env, () =>
      Promise.resolve({ connectionOptions: { address: server.address }, namespace: 'default' }),
    );
    client = new Client({ connection: server.connection, namespace: 'default' });
    foreign = { connection: server.connection, namespace: 'default' };
  });
  after(async () => {
    for (const worker of workers) worker.shutdown();
    await ended;
    await ours.close();
    await connection.close();
    await server.teardown();
  });
  beforeEach(() => {
    paid = 0;
    bench().answer = () => {
      paid++;
      return writes({ [`answer-${paid}.txt`]: 'made\n' });
    };
  });

  const control = () => ({ db: bench().db, temporal: () => ours.client() });
  /** Everything that an attack must not change. */
  async function stateOf(run: TestRun) {
    const { pool } = bench().db;
    const rows = async (table: string) =>
      (
        await pool.query<{ row: string }>(
          `SELECT (to_jsonb(r) - 'fence_at' - 'fence_attempt')::text AS row FROM ${table} AS r
          WHERE ${table === 'runs' ? 'id' : 'run_id'} = $1 ORDER BY 1`,
          [run.id],
        )
      ).rows.map(({ row }) => row);
    const tables = [
      'runs',
      'tasks',
      'attempts',
      'events',
      'model_turns',
      'model_calls',
      'blockers',
      'test_results',
    ];
    return {
      branch: run.branch(),
      paid,
      rows: Object.fromEntries(await Promise.all(tables.map(async (t) => [t, await rows(t)] as const))),
    };
  }

  /** Waits until a workflow has ended or cannot go on. */
  async function untilSettled(workflowId: string) {
    const handle = client.workflow.getHandle(workflowId);
    await eventually(async () => {
      const { status, raw } = await handle.describe();
      return status.name !== 'RUNNING' || (raw.pendingWorkflowTask?.attempt ?? 0) > 1;
    }, `${workflowId} ends or is stuck`);
    const { status } = await handle.describe();
    if (status.name === 'RUNNING') await handle.terminate();
  }

  async function start(): Promise<TestRun> {
    return bench().start(PLAN, FILES);
  }

  for (const own of [true, false]) {
    it(`starts no lead of an existing run, with ${own ? "the run's own" : 'another'} workflow id`, async () => {
      const run = await start();
      const before = await stateOf(run);
      const workflowId = own ? runBranch(run.id) : `foreign-${run.id}`;
      await client.workflow.start('projectRun', {
        workflowId,
        taskQueue: TASK_QUEUES.workflow,
        args: [{ runId: run.id } satisfies ProjectRunInput],
      });
      await untilSettled(workflowId);
      assert.deepEqual(await stateOf(run), before);
    });

    it(`starts no worker agent of an existing task, with ${own ? "the task's own" : 'another'} workflow id`, async () => {
      const run = await start();
      const before = await stateOf(run);
      const workflowId = own ? taskWorkflowId(run.id, taskId('a'), 1) : `foreign-${run.id}-a`;
      await client.workflow.start('taskRun', {
        workflowId,
        taskQueue: TASK_QUEUES.workflow,
        args: [taskInput(run.id, { tip: run.base })],
      });
      await untilSettled(workflowId);
      assert.deepEqual(await stateOf(run), before);
    });
  }

  const madeUp: readonly (readonly [
    name: string,
    queue: keyof typeof TASK_QUEUES,
    input: (run: TestRun) => object,
  ])[] = [
    ['reportRun', 'workflow', ({ id }) => ({ runId: id, status: 'completed' })],
    ['failTask', 'workflow', ({ id }) => ({ runId: id, taskId: 'a', reason: 'made up' })],
    ['cancelRun', 'workflow', ({ id }) => ({ runId: id })],
    ['land', 'workflow', ({ id }) => ({ runId: id, candidates: [{ taskId: 'a', attempt: 1 }] })],
    ['loadGraph', 'workflow', ({ id }) => ({ runId: id, after: 0 })],
    [
      'turn',
      'model',
      ({ id, base }) => ({
        runId: id,
        taskId: 'a',
        turn: 1,
        attempt: 1,
        base,
        timeoutMs: 60_000,
        counts: FRESH_COUNTS,
        corrections: 0,
        maxCorrections: 3,
        timedOut: false,
      }),
    ],
    ['checkBase', 'sandbox', ({ id }) => ({ runId: id })],
    [
      'test',
      'sandbox',
      ({ id, base }) => ({
        runId: id,
        taskId: 'a',
        turn: 1,
        attempt: 1,
        commit: base,
        timeoutMs: 60_000,
        kind: 'first',
        corrections: 0,
        maxCorrections: 3,
      }),
    ],
    [
      'testMerge',
      'sandbox',
      ({ id, base }) => ({ runId: id, taskId: 'a', attempt: 1, commit: base, timeoutMs: 60_000 }),
    ],
    ['verify', 'sandbox', ({ id }) => ({ runId: id })],
  ];
  for (const [type, queue, input] of madeUp) {
    for (const own of [true, false]) {
      it(`runs no ${type} from a workflow of its own${own ? ', under the id and type of ours' : ''}`, async () => {
        const run = await start();
        const before = await stateOf(run);
        const isTask = ['turn', 'test'].includes(type);
        const workflow = own
          ? {
              id: isTask ? taskWorkflowId(run.id, taskId('a'), 1) : runBranch(run.id),
              type: isTask ? 'taskRun' : 'projectRun',
            }
          : { id: `foreign-${run.id}`, type: 'foreign' };
        const result = await scheduleActivity(foreign, workflow, {
          type,
          queue: TASK_QUEUES[queue],
          input: plain(input(run)),
        });
        assert.match(result, /^failed: /);
        assert.deepEqual(await stateOf(run), before);
      });
    }
  }

  /** Starts the run's lead and waits for its model call, which is answered once the result is called. */
  const startHeld = async (run: TestRun): Promise<() => void> => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    bench().answer = async () => {
      paid++;
      await gate;
      return writes({ [`answer-${paid}.txt`]: 'made\n' });
    };
    await startLead(control(), run.id, false);
    await eventually(() => paid === 1, 'the model is called');
    return release;
  };

  it('changes nothing by signals and updates to a lead, which goes on', async () => {
    const run = await start();
    const release = await startHeld(run);
    const before = await stateOf(run);
    const lead = client.workflow.getHandle(runBranch(run.id));
    for (const args of [[], [true], [{ request: 'refresh' }]]) {
      await lead.signal('refresh', ...args);
      await lead.signal('anything', ...args);
      await client.workflow.getHandle(taskWorkflowId(run.id, taskId('a'), 1)).signal('pauseTask', ...args);
    }
    const updates: readonly (readonly [string, ...unknown[]])[] = [
      ['pause'],
      ['pause', { request: 'pause', id: 'x' }],
      ['setConcurrency', 1],
      ['resume'],
      ['unknown', 1],
    ];
    for (const [name, ...args] of updates) {
      assert.ok(await isUpdateRefused(foreign, runBranch(run.id), name, plain(...args)), name);
    }
    assert.deepEqual(await stateOf(run), before);
    // Ours are still accepted, and the run completes.
    await pauseOrResume(control(), run.id, 'pause');
    await pauseOrResume(control(), run.id, 'resume');
    release();
    await eventually(async () => (await run.view()).status === 'completed', 'the run completes');
    assert.equal(paid, 2);
  });

  it('sends no request again that it saw in a history', async () => {
    const run = await start();
    const releases: (() => void)[] = [];
    bench().answer = () => {
      paid++;
      return new Promise((resolve) =>
        releases.push(() => resolve(writes({ [`answer-${paid}.txt`]: 'made\n' }))),
      );
    };
    await startLead(control(), run.id, false);
    await eventually(() => paid === 1, 'the model is called');
    await pauseOrResume(control(), run.id, 'pause');
    await pauseOrResume(control(), run.id, 'resume');
    const before = await stateOf(run);
    const lead = client.workflow.getHandle(runBranch(run.id));
    const { events = [] } = await lead.fetchHistory();
    const seen = (events ?? []).flatMap((event) => {
      const request = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest;
      return request ? [request] : [];
    });
    assert.equal(seen.length, 2);
    for (const { input } of seen) {
      for (const name of ['pause', 'resume']) {
        assert.ok(await isUpdateRefused(foreign, runBranch(run.id), name, input?.args ?? {}), name);
      }
    }
    assert.deepEqual(await stateOf(run), before);
    await cancel(control(), run.id);
    for (const each of releases) each();
  });

  it('ends none of our activities with a made-up result', async () => {
    const run = await start();
    const release = await startHeld(run);
    const before = await stateOf(run);
    const workflowId = taskWorkflowId(run.id, taskId('a'), 1);
    const task = client.workflow.getHandle(workflowId);
    const { raw } = await task.describe();
    const [turn] = raw.pendingActivities ?? [];
    assert.ok(turn?.activityId);
    const { events } = await task.fetchHistory();
    const input = events?.find((event) => event.activityTaskScheduledEventAttributes)
      ?.activityTaskScheduledEventAttributes?.input;
    for (const result of [plain({ next: 'blocked' }), plain({ next: 'failed' }), undefined, input ?? {}]) {
      const { raw: now } = await task.describe();
      const [pending] = now.pendingActivities ?? [];
      await foreign.connection.workflowService.respondActivityTaskCompletedById({
        namespace: 'default',
        workflowId,
        activityId: pending?.activityId ?? '',
        ...(result === undefined ? {} : { result }),
      });
      await eventually(async () => {
        const [next] = (await task.describe()).raw.pendingActivities ?? [];
        return next !== undefined && next.activityId !== pending?.activityId;
      }, 'the activity is scheduled again');
    }
    assert.deepEqual(await stateOf(run), before);
    release();
    await eventually(async () => (await run.view()).status === 'completed', 'the run completes');
    assert.equal(await run.text(commitSha(run.branch()), 'answer-2.txt'), 'made\n');
    assert.equal(paid, 2);
    assert.ok(runId(run.id));
  });
});
