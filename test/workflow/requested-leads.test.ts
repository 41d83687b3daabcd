import assert from 'node:assert/strict';
import type { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { startByWorker } from '../../src/cli/start/start-by-worker.js';
import type { RunId } from '../../src/contract/ids.js';
import { runBranch } from '../../src/contract/names.js';
import { awaitsLead, requestLeadStart, settleLeadStart } from '../../src/db/lead-requests.js';
import { requestCancellation } from '../../src/db/cancellations.js';
import { startAwaitedLead } from '../../src/runs/control/lead.js';
import { cancel } from '../../src/runs/control/run-control.js';
import { isRunning } from '../../src/runs/control/end-workflows.js';
import { LeadStarter } from '../../src/worker/lead-starter.js';
import { useBench } from '../support/activity-bench.js';
import { eventually } from '../support/eventually.js';
import { startTemporal } from '../support/temporal-server.js';

import { installRuntime, isCancelRequested } from '../support/workflow-bench.js';

const PLAN = { test: 'true', tasks: [{ id: 'one', title: 'One' }] };

/** No worker runs: each lead stays open. */
describe('the lead of a run that a command has requested', function () {
  this.timeout(120_000);
  const bench = useBench();
  let temporal: TestWorkflowEnvironment;
  let warnings: string[] = [];
  const opened: { close(): Promise<void> }[] = [];
  const never = new AbortController().signal;

  before(async () => {
    installRuntime();
    temporal = await startTemporal();
  });
  after(() => temporal.teardown());
  beforeEach(() => (warnings = []));
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
  });

  /** Opens what a worker process opens. */
  function openStarter(client: () => Promise<Client> = () => Promise.resolve(temporal.client)): void {
    const { db } = bench();
    const starter = new LeadStarter({ db, temporal: client }, (message) => warnings.push(message));
    opened.push(starter.open(bench().url));
  }
  const record = async (): Promise<RunId> => (await bench().start(PLAN, { 'a.txt': 'a\n' })).id;
  const hasLead = (run: RunId) => isRunning(temporal.client, runBranch(run));
  const isServed = async (run: RunId) => !(await awaitsLead(bench().db, run));
  const leadOf = (run: RunId) => temporal.client.workflow.getHandle(runBranch(run));
  /** Null while it does not exist. */
  const statusOf = async (run: RunId) =>
    leadOf(run)
      .describe()
      .then(
        ({ status }) => status.name,
        () => null,
      );
  /** A command's session. */
  const session = () => ({ db: bench().db, temporal: () => Promise.resolve(temporal.client) });

  it('is started when it is requested', async () => {
    openStarter();
    const run = await record();
    assert.equal(await hasLead(run), false);
    await startByWorker(session(), run, never);
    assert.equal(await hasLead(run), true);
  });

  it('is started by the next worker when none runs, also when the command was interrupted or killed', async () => {
    const [interrupted, killed] = [await record(), await record()];
    await startByWorker(session(), interrupted, AbortSignal.abort());
    await requestLeadStart(bench().db, killed);
    assert.deepEqual([await hasLead(interrupted), await hasLead(killed)], [false, false]);
    openStarter();
    await eventually(
      async () => (await isServed(interrupted)) && (await isServed(killed)),
      'both have a lead',
    );
    assert.deepEqual([await hasLead(interrupted), await hasLead(killed)], [true, true]);
  });

  it('is one, whichever of several workers starts it', async () => {
    openStarter();
    openStarter();
    const run = await record();
    await startByWorker(session(), run, never);
    const first = await temporal.client.workflow.getHandle(runBranch(run)).describe();
    await startByWorker(session(), run, never);
    assert.equal((await temporal.client.workflow.getHandle(runBranch(run)).describe()).runId, first.runId);
  });

  it('is started once Temporal answers again', async () => {
    let answers = false;
    openStarter(() => (answers ? Promise.resolve(temporal.client) : Promise.reject(new Error('away'))));
    const run = await record();
    await requestLeadStart(bench().db, run);
    await eventually(() => warnings.length > 0, 'a warning');
    assert.match(warnings.join(), new RegExp(`Cannot start the lead of the run ${run}, trying again: away`));
    answers = true;
    await eventually(() => isServed(run), 'the run has a lead');
    assert.equal(await hasLead(run), true);
  });

  it('does not wait for that of another run, whose start hangs', async () => {
    let calls = 0;
    openStarter(() => (calls++ === 0 ? new Promise(() => undefined) : Promise.resolve(temporal.client)));
    const [hanging, run] = [await record(), await record()];
    await requestLeadStart(bench().db, hanging);
    await eventually(() => calls > 0, 'its start hangs');
    await startByWorker(session(), run, never);
    assert.deepEqual([await hasLead(hanging), await hasLead(run)], [false, true]);
    await settleLeadStart(bench().db, hanging);
  });

  it('is not started for a run that was cancelled or deleted meanwhile', async () => {
    const [cancelled, deleted, open] = [await record(), await record(), await record()];
    const { db } = bench();
    for (const run of [cancelled, deleted, open]) await requestLeadStart(db, run);
    await db.prisma.run.update({ where: { id: cancelled }, data: { status: 'cancelled' } });
    await db.prisma.run.delete({ where: { id: deleted } });
    openStarter();
    await eventually(async () => (await isServed(open)) && (await isServed(cancelled)), 'no run waits');
    assert.deepEqual(
      [await hasLead(cancelled), await hasLead(deleted), await hasLead(open)],
      [false, false, true],
    );
  });

  it('is cancelled when the run was marked as cancelled before it was started', async () => {
    const run = await record();
    await requestLeadStart(bench().db, run);
    await requestCancellation(bench().db, run);
    openStarter();
    await eventually(() => isServed(run), 'it is started');
    await eventually(() => isCancelRequested(leadOf(run)), 'it is cancelled');
  });

  it('is cancelled when a worker starts it while a person cancels the run', async () => {
    const run = await record();
    await requestLeadStart(bench().db, run);
    const { db } = bench();
    // The cancellation has found no lead, and has not marked the run yet.
    const before = async (statement: unknown) => {
      if (typeof statement !== 'object' || statement === null || !('name' in statement)) return;
      if (statement.name === 'request-cancel') await startAwaitedLead(session(), run);
    };
    const query = db.pool.query.bind(db.pool);
    const pool = new Proxy(db.pool, {
      get: (target, key) =>
        key === 'query'
          ? async (statement: string) => before(statement).then(() => query(statement))
          : (Reflect.get(target, key) as unknown),
    });
    const cancelled = cancel({ ...session(), db: { ...db, pool } }, run);
    await eventually(
      async () => (await hasLead(run)) && isCancelRequested(leadOf(run)),
      'its lead is cancelled',
    );
    // Without a worker it does not end by itself.
    await leadOf(run).terminate();
    assert.equal(await cancelled, 'cancelled');
  });

  it('is terminated when its run is deleted while it is started', async () => {
    const run = await record();
    const { db } = bench();
    openStarter(async () => {
      await db.prisma.run.deleteMany({ where: { id: run } });
      return temporal.client;
    });
    await requestLeadStart(db, run);
    await eventually(async () => (await statusOf(run)) === 'TERMINATED', 'its lead is terminated');
  });

  it('is started by the command when no worker does it in time', async () => {
    const run = await record();
    await startByWorker(session(), run, never, 100);
    assert.equal(await hasLead(run), true);
    assert.equal(await isServed(run), true);
  });

  it('is not started later when the command reports that it cannot be', async () => {
    const run = await record();
    const refused = { ...session(), temporal: () => Promise.reject(new Error('no such namespace')) };
    await assert.rejects(startByWorker(refused, run, never, 100), /no such namespace/);
    openStarter();
    const next = await record();
    await startByWorker(session(), next, never);
    assert.deepEqual([await hasLead(run), await hasLead(next)], [false, true]);
  });
});
