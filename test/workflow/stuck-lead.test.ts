import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { checkLeads } from '../../src/cli/doctor/check-leads.js';
import { createDataConverter } from '../../src/encryption/data-converter.js';
import { SigningCodec } from '../../src/encryption/signing-codec.js';
import { SIGNATURE_PROBLEM } from '../../src/contract/authenticity.js';
import { runId } from '../../src/contract/ids.js';
import { runBranch } from '../../src/contract/names.js';
import { startLead, type RunControlContext } from '../../src/runs/control/lead.js';
import { cancel, pauseOrResume, setConcurrency } from '../../src/runs/control/run-control.js';
import { LeadStuck } from '../../src/runs/control/stuck-lead.js';
import { TASK_QUEUES } from '../../src/contract/payloads.js';
import { startTemporal } from '../support/temporal-server.js';
import { installRuntime } from '../support/workflow-bench.js';
import { useBench } from '../support/activity-bench.js';

const PLAN = { test: 'true', tasks: [{ id: 'sum', title: 'Sum' }] };

describe('a lead agent whose workflow task always fails', function () {
  this.timeout(120_000);
  const bench = useBench();
  let temporal: TestWorkflowEnvironment;
  let worker: Worker;
  let stopped: Promise<void>;
  let runControl: RunControlContext;

  before(async () => {
    installRuntime();
    temporal = await startTemporal();
    worker = await Worker.create({
      connection: temporal.nativeConnection,
      taskQueue: TASK_QUEUES.workflow,
      workflowsPath: createRequire(import.meta.url).resolve('../support/broken-lead.ts'),
    });
    stopped = worker.run();
    runControl = { db: bench().db, temporal: () => Promise.resolve(temporal.client) };
  });
  after(async () => {
    worker.shutdown();
    await stopped;
    await temporal.teardown();
  });

  async function startStuckRun() {
    const run = await bench().start(PLAN, { 'a.txt': 'a\n' });
    await startLead(runControl, run.id, false);
    return run;
  }

  it('can still be cancelled', async () => {
    const run = await startStuckRun();
    assert.equal(await cancel(runControl, run.id), 'cancelled');
    assert.equal((await run.task('sum')).status, 'cancelled');
    const { status } = await temporal.client.workflow.getHandle(runBranch(run.id)).describe();
    assert.equal(status.name, 'TERMINATED');
    assert.equal(await cancel(runControl, run.id), 'already');
  });

  it('is reported as stuck to every other command', async () => {
    const run = await startStuckRun();
    await assert.rejects(pauseOrResume(runControl, run.id, 'pause'), (error) => {
      assert.ok(error instanceof LeadStuck);
      assert.match(error.fix, new RegExp(`leadwright replay --run ${run.id}`));
      return true;
    });
    await assert.rejects(setConcurrency(runControl, run.id, 3), LeadStuck);
    await cancel(runControl, run.id);
  });
});

describe('a lead agent whose input was signed with another key', () => {
  it('is reported with the key as the cause, and with what to do when it is lost', () => {
    const { message, fix } = new LeadStuck(runId('shop'), `${SIGNATURE_PROBLEM}: as the workflow says`);
    assert.match(message, /run shop .* does not have the key that signed the run/);
    assert.match(fix, /payload-key.*continues by itself.*If it is lost: .*doctor --repair/);
  });
});

describe('a lead agent whose worker cannot decrypt its history', function () {
  this.timeout(120_000);
  const bench = useBench();
  let temporal: TestWorkflowEnvironment;
  let runControl: RunControlContext;
  const [own, other] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64'));
  const converterWith = (keys: string) => createDataConverter({ LEADWRIGHT_ENCRYPTION_KEYS: keys });

  before(async () => {
    installRuntime();
    temporal = await startTemporal();
    const client = new Client({
      connection: temporal.connection,
      // As on the embedded stack, whose signatures do not depend on the encryption keys.
      dataConverter: withoutSignatures(await converterWith(`may:${own}`)),
    });
    runControl = { db: bench().db, temporal: () => Promise.resolve(client) };
  });
  after(() => temporal.teardown());

  for (const [what, keys, named] of [
    ['has no key', '', / \("may"\)\./],
    ['has another key', `june:${other}`, /encrypted with\./],
    ['has another key under the same id', `may:${other}`, /encrypted with\./],
  ] as const) {
    it(`is reported with the keys as the cause when the worker ${what}`, async () => {
      const worker = await Worker.create({
        connection: temporal.nativeConnection,
        taskQueue: TASK_QUEUES.workflow,
        workflowsPath: createRequire(import.meta.url).resolve('../support/broken-lead.ts'),
        dataConverter: withoutSignatures(await converterWith(keys)),
      });
      const stopped = worker.run();
      const run = await bench().start(PLAN, { 'a.txt': 'a\n' });
      await startLead(runControl, run.id, false);
      await assert.rejects(pauseOrResume(runControl, run.id, 'pause'), (error) => {
        assert.ok(error instanceof LeadStuck);
        assert.match(error.message, /its worker does not have the key that the run is encrypted with/);
        assert.match(error.message, named);
        assert.match(error.fix, /LEADWRIGHT_ENCRYPTION_KEYS/);
        return true;
      });
      const found = (await checkLeads(runControl)).find(({ what: about }) => about === `run ${run.id}`);
      assert.equal(found?.state, 'missing');
      assert.match(found.said, /its worker does not have the key/);
      assert.match(found.fix ?? '', /LEADWRIGHT_ENCRYPTION_KEYS/);
      await cancel(runControl, run.id);
      assert.deepEqual(await checkLeads(runControl), []);
      worker.shutdown();
      await stopped;
    });
  }
});

function withoutSignatures(converter: DataConverter): DataConverter {
  const payloadCodecs = (converter.payloadCodecs ?? []).filter((codec) => !(codec instanceof SigningCodec));
  return { ...converter, payloadCodecs };
}
