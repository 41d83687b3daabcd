import assert from 'node:assert/strict';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { runBranch, taskWorkflowId } from '../../src/contract/names.js';
import { taskId, type RunId } from '../../src/contract/ids.js';
import { TASK_QUEUES } from '../../src/contract/payloads.js';
import { startLead, type RunControlContext } from '../../src/runs/control/lead.js';
import { cancelRun, retryTask } from '../../src/db/task-status.js';
import { retry, retryFailed } from '../../src/runs/control/retry.js';
import { cancel, resume } from '../../src/runs/control/run-control.js';
import { SEARCH_ATTRIBUTES } from '../../src/workflows/search-attributes.js';
import type { TestRun } from '../support/activity-bench.js';
import { useBench } from '../support/activity-bench.js';
import { startTemporal } from '../support/temporal-server.js';
import { installRuntime } from '../support/workflow-bench.js';

const PLAN = {
  test: 'true',
  tasks: [
    { id: 'sum', title: 'Sum' },
    { id: 'mean', title: 'Mean' },
  ],
};
const [SUM, MEAN] = [taskId('sum'), taskId('mean')];

/** No worker runs: each workflow stays open until somebody ends it. */
describe('a run whose lead was terminated while a task runs', function () {
  this.timeout(120_000);
  const bench = useBench();
  let temporal: TestWorkflowEnvironment;
  let runControl: RunControlContext;

  before(async () => {
    installRuntime();
    temporal = await startTemporal();
    runControl = { db: bench().db, temporal: () => Promise.resolve(temporal.client) };
  });
  after(() => temporal.teardown());

  /** A run with a failed task `sum`, a workflow of `mean`, and an open lead. */
  async function startRun(): Promise<TestRun> {
    const run = await bench().start(PLAN, { 'a.txt': 'a\n' });
    await startLead(runControl, run.id, false);
    await run.record.failTask({ runId: run.id, taskId: SUM, reason: 'As the test says' });
    await temporal.client.workflow.start('taskRun', {
      workflowId: taskWorkflowId(run.id, MEAN, 3),
      taskQueue: TASK_QUEUES.workflow,
      typedSearchAttributes: [{ key: SEARCH_ATTRIBUTES.run, value: run.id }],
    });
    return run;
  }
  const terminateLead = (run: TestRun) =>
    temporal.client.workflow.getHandle(runBranch(run.id)).terminate('A slip');
  const statusOf = async (workflowId: string) =>
    (await temporal.client.workflow.getHandle(workflowId).describe()).status.name;
  const recordedStatus = async ({ id }: TestRun) =>
    (await bench().db.prisma.run.findUniqueOrThrow({ where: { id } })).status;
  const statuses = async (run: TestRun) => [
    await statusOf(runBranch(run.id)),
    await statusOf(taskWorkflowId(run.id, MEAN, 3)),
  ];

  it('leaves no workflow when it is cancelled', async () => {
    const run = await startRun();
    await terminateLead(run);
    assert.equal(await cancel(runControl, run.id), 'cancelled');
    assert.deepEqual(await statuses(run), ['TERMINATED', 'TERMINATED']);
    assert.equal((await run.task('mean')).status, 'cancelled');
  });

  it('gets a new lead beside which no earlier workflow of a task runs', async () => {
    const run = await startRun();
    await terminateLead(run);
    assert.deepEqual(await retry(runControl, run.id, SUM), ['sum']);
    assert.deepEqual(await statuses(run), ['RUNNING', 'TERMINATED']);
  });

  it('keeps its tasks as long as its lead is open', async () => {
    const run = await startRun();
    assert.deepEqual(await retry(runControl, run.id, SUM), ['sum']);
    assert.deepEqual(await statuses(run), ['RUNNING', 'RUNNING']);
  });

  for (const [repeat, refusal] of [
    [(id: RunId) => retry(runControl, id, SUM), /The task sum is pending/],
    [(id: RunId) => retryFailed(runControl, id), /has no failed or skipped task/],
  ] as const)
    it(`gets a new lead when a retry is repeated that was killed while the lead ended: ${refusal.source}`, async () => {
      const run = await startRun();
      await run.record.failTask({ runId: run.id, taskId: MEAN, reason: 'As the test says' });
      for (const id of [SUM, MEAN]) await retryTask(bench().db, { runId: run.id, taskId: id });
      await run.record.reportRun({ runId: run.id, status: 'failed' });
      await terminateLead(run);
      await assert.rejects(repeat(run.id), refusal);
      assert.equal(await recordedStatus(run), 'running');
      assert.equal(await statusOf(runBranch(run.id)), 'RUNNING');
    });

  it('is not resumed before its cancelled lead has ended, and cancelled all the same', async () => {
    const run = await bench().start(PLAN, { 'a.txt': 'a\n' });
    await startLead(runControl, run.id, false);
    /** As for the page, whose requests have a deadline. The lead stays open, as one whose `on_end` command runs. */
    const soon = <T>(use: () => Promise<T>) =>
      temporal.client.connection.withDeadline(Date.now() + 1_000, use);
    await assert.rejects(soon(() => cancel(runControl, run.id)));
    assert.deepEqual([await recordedStatus(run), await statusOf(runBranch(run.id))], ['running', 'RUNNING']);
    await cancelRun(bench().db, run.id);
    await assert.rejects(
      soon(() => resume(runControl, run.id)),
      {
        name: 'EnvironmentError',
        message: /The lead agent of run .* has not ended yet/,
      },
    );
    assert.equal(await recordedStatus(run), 'cancelled');
    await terminateLead(run);
    assert.equal(await resume(runControl, run.id), 'cancelled');
    assert.deepEqual([await recordedStatus(run), await statusOf(runBranch(run.id))], ['running', 'RUNNING']);
  });

  it('is not continued by a retry when its lead failed', async () => {
    const run = await bench().start(PLAN, { 'a.txt': 'a\n' });
    await run.record.reportRun({ runId: run.id, status: 'failed', reason: 'A bug' });
    await assert.rejects(
      retry(runControl, run.id, SUM),
      /The lead agent of the run .+ failed: .+ leadwright doctor --repair$/,
    );
    assert.equal(await recordedStatus(run), 'failed');
    await assert.rejects(statusOf(runBranch(run.id)), /not found/);
  });
});
