import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Environment } from '../../src/shared/config.js';
import { startScriptedModel, type ScriptedModel } from '../../src/model/scripted/scripted-model.js';
import { stopStack } from '../../src/local-stack/hold-stack.js';
import { deferred } from '../../src/shared/async/deferred.js';
import { buildId } from '../../src/worker/version.js';
import { runOf, startCommand, testCli, type Ran, type Running, type TestCli } from '../support/cli.js';
import { creates } from '../support/model.js';
import { doctorReport } from '../support/doctor.js';
import { makeOtherBuild } from '../support/other-build.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { makeProject } from '../support/project.js';
import { scratchFolder } from '../support/repository.js';
import { startTemporal } from '../support/temporal-server.js';
import { eventually } from '../support/eventually.js';

/** A fleet with workers of two builds, on an external Temporal server and an external PostgreSQL. */
describe('a fleet of two builds', function () {
  this.timeout(300_000);
  const scratch = scratchFolder();
  const gate = deferred<undefined>();
  const workers: Running[] = [];
  let model: ScriptedModel;
  let temporal: TestWorkflowEnvironment;
  let postgres: TestPostgres;
  let cli: TestCli;
  let env: Environment;
  let newer: string;

  before(async () => {
    model = await startScriptedModel({
      answer: async () => {
        await gate.promise;
        return creates('one.txt', 'x');
      },
    });
    [temporal, postgres, cli] = await Promise.all([startTemporal(), startPostgres(), testCli(model.url)]);
    env = {
      ...cli.env,
      DATABASE_URL: await postgres.createDatabase(),
      TEMPORAL_ADDRESS: temporal.address,
    };
    newer = makeOtherBuild(join(scratch.path, 'newer'), (bundle) => `// newer\n${bundle}`);
  });
  after(async () => {
    gate.resolve(undefined);
    for (const worker of workers) worker.process.kill('SIGTERM');
    await Promise.all(workers.map((worker) => worker.done));
    await cli.remove();
    await model.close();
    await temporal.teardown();
    await postgres.stop();
    scratch.remove();
  });

  async function startWorker(binary?: string): Promise<Running> {
    const worker = startCommand(['worker'], env, binary);
    workers.push(worker);
    await worker.untilSaid(/"ready":true/);
    return worker;
  }

  const run = (args: readonly string[], binary?: string): Promise<Ran> =>
    startCommand(args, env, binary).done;

  /** Asks the doctor until the server knows the worker that was just started. */
  async function doctor(args: readonly string[], until: (ran: Ran) => boolean, binary?: string) {
    for (;;) {
      const ran = await run(['doctor', '--json', ...args], binary);
      if (until(ran)) return { code: ran.code, build: buildOf(ran) };
      await delay(200);
    }
  }

  const leadBuild = async (id: string): Promise<string | null | undefined> => {
    const { raw } = await temporal.client.workflow.getHandle(`leadwright/${id}`).describe();
    return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
  };

  it('starts nothing while no build is current; the doctor says so and sets one', async () => {
    const worker = await startWorker();
    assert.match(worker.said(), /no build is current\. It gets work after: leadwright doctor --set-current/);
    const before = await doctor([], (ran) => buildOf(ran).state === 'missing');
    assert.equal(before.code, 3);
    assert.match(
      before.build.said,
      new RegExp(`no build is current \\(there are workers of ${buildId()}\\)`),
    );
    assert.match(before.build.fix ?? '', /doctor --set-current/);

    // A workflow started by a Temporal client waits: no worker takes it.
    const waiting = await temporal.client.workflow.start('projectRun', {
      workflowId: 'leadwright/nobodys',
      taskQueue: 'leadwright',
      args: [{ runId: 'nobodys' }],
    });
    assert.equal((await waiting.describe()).historyLength, 2);
    await waiting.terminate();

    const after = await doctor(['--set-current'], (ran) => ran.code === 0);
    assert.equal(after.build.state, 'ok');
    assert.equal(after.build.said, `${buildId()}, which is the current one`);
  });

  it('continues with the newer build when it is made current', async () => {
    const { repository, options } = makeProject(scratch.path, 'shop', [{ id: 'one', title: 'One' }]);
    const started = await run(['run', ...options, '--id', 'shop', '--detach', '--json']);
    assert.equal(started.code, 0, started.stderr);
    await eventually(() => model.requests.length > 0, 'the model is asked');
    assert.equal(await leadBuild('shop'), buildId());

    await startWorker(newer);
    const seen = await doctor([], (ran) => buildOf(ran).state === 'note', newer);
    assert.match(seen.build.said, new RegExp(`^the current one is ${buildId()}; this one is `));
    await doctor(['--set-current'], (ran) => ran.code === 0, newer);

    // The older build shuts down while the model's answer is pending.
    await stopStack(cli.home);
    workers[0]?.process.kill('SIGTERM');
    await workers[0]?.done;
    gate.resolve(undefined);

    const watched = await run(['watch', 'shop', '--json'], newer);
    assert.equal(watched.code, 0, watched.stderr);
    assert.equal(runOf(await run(['status', 'shop', '--json'], newer)).status, 'completed');
    assert.equal(repository.git('show', 'leadwright/shop:one.txt'), 'x');
    const build = await leadBuild('shop');
    assert.match(build ?? '', /^\d+\.\d+\.\d+(?:-[\w.]+)?-[0-9a-f]{12}$/, 'version and hash');
    assert.notEqual(build, buildId());
  });

  it('refuses to make a build current that has no worker', async () => {
    const none = makeOtherBuild(join(scratch.path, 'none'), (bundle) => `// nobody’s\n${bundle}`);
    const refused = await run(['doctor', '--set-current'], none);
    assert.equal(refused.code, 3, refused.stderr);
    assert.match(refused.stderr, /cannot become the current one[^]*Start workers of this build first/);
  });
});

function buildOf(ran: Ran): { readonly state: string; readonly said: string; readonly fix: string | null } {
  if (ran.stdout === '') return { state: 'none', said: ran.stderr, fix: null };
  const found = doctorReport(ran).findings.find(({ what }) => what === 'build');
  return found ?? assert.fail(ran.stdout);
}
