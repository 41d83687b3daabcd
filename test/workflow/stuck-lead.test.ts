import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { runBranch } from '../../src/contract/names.js';
import { startLead, type RunControlContext } from '../../src/runs/control/lead.js';
import { cancel, pauseOrResume, setConcurrency } from '../../src/runs/control/run-control.js';
import { LeadStuck } from '../../src/runs/control/stuck-lead.js';
import { TASK_QUEUES } from '../../src/contract/payloads.js';
import { startTemporal } from '../support/temporal-server.js';
import { installRuntime } from '../support/workflow-bench.js';
import { useBench } from '../support/workplace.js';

const PLAN = { test: 'true', tasks: [{ id: 'sum', title: 'Sum' }] };

describe('a lead agent whose workflow task fails on every try', function () {
  this.timeout(120_000);
  const bench = useBench();
  let temporal: TestWorkflowEnvironment;
  let worker: Worker;
  let gone: Promise<void>;
  let steering: RunControlContext;

  before(async () => {
    installRuntime();
    temporal = await startTemporal();
    worker = await Worker.create({
      connection: temporal.nativeConnection,
      taskQueue: TASK_QUEUES.workflow,
      workflowsPath: createRequire(import.meta.url).resolve('../support/broken-lead.ts'),
    });
    gone = worker.run();
    steering = { db: bench().db, temporal: () => Promise.resolve(temporal.client) };
  });
  after(async () => {
    worker.shutdown();
    await gone;
    await temporal.teardown();
  });

  async function stuck() {
    const run = await bench().start(PLAN, { 'a.txt': 'a\n' });
    await startLead(steering, run.id, false);
    return run;
  }

  it('is cancelled all the same', async () => {
    const run = await stuck();
    assert.equal(await cancel(steering, run.id), 'cancelled');
    assert.equal((await run.task('sum')).status, 'cancelled');
    const { status } = await temporal.client.workflow.getHandle(runBranch(run.id)).describe();
    assert.equal(status.name, 'TERMINATED');
    assert.equal(await cancel(steering, run.id), 'already');
  });

  it('is said to be so to whoever wants something else of it', async () => {
    const run = await stuck();
    await assert.rejects(pauseOrResume(steering, run.id, 'pause'), (error) => {
      assert.ok(error instanceof LeadStuck);
      assert.match(error.fix, new RegExp(`leadwright replay --run ${run.id}`));
      return true;
    });
    await assert.rejects(setConcurrency(steering, run.id, 3), LeadStuck);
    await cancel(steering, run.id);
  });
});
