import assert from 'node:assert/strict';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Environment } from '../../src/shared/config.js';
import { stopStack } from '../../src/local-stack/hold-stack.js';
import { startCommand, testCli, type Running, type TestCli } from '../support/cli.js';
import pg from 'pg';
import { doctorReport } from '../support/doctor.js';
import { eventually } from '../support/eventually.js';
import { creates, startTestModel, type TestModel } from '../support/model.js';
import { allPids, commandLine } from '../support/process-table.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { makeProject } from '../support/project.js';
import { scratchFolder } from '../support/repository.js';
import { startTemporal } from '../support/temporal-server.js';

/** Commands in a shell without a model, beside the workers of a fleet. */
describe('a shell of a fleet', function () {
  this.timeout(300_000);
  const scratch = scratchFolder();
  const workers: Running[] = [];
  let model: TestModel;
  let temporal: TestWorkflowEnvironment;
  let postgres: TestPostgres;
  let cli: TestCli;
  let databaseUrl: string;

  before(async () => {
    [model, temporal, postgres] = await Promise.all([startTestModel(), startTemporal(), startPostgres()]);
    databaseUrl = await postgres.createDatabase();
    cli = await testCli(undefined, {
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: temporal.address,
    });
  });
  after(async () => {
    await Promise.all(workers.map(stop));
    await cli.remove();
    await model.close();
    await temporal.teardown();
    await postgres.stop();
    scratch.remove();
  });

  const withModel = (): Environment => ({ ANTHROPIC_BASE_URL: model.url, ANTHROPIC_API_KEY: 'test-key' });

  async function startWorker(queues: string, more: Environment = {}): Promise<Running> {
    const worker = startCommand(['worker', '--queues', queues], { ...cli.env, ...more });
    workers.push(worker);
    await worker.untilSaid(/"ready":true/);
    return worker;
  }

  async function stop(worker: Running): Promise<void> {
    worker.process.kill('SIGTERM');
    await worker.done;
  }

  const doctor = async (what: string) =>
    doctorReport(await cli.run(['doctor', '--json'])).findings.filter((finding) => finding.what === what);

  it('continues without a key what a worker with a model does', async () => {
    await startWorker('workflow,model,sandbox', withModel());
    await eventually(
      async () => (await cli.run(['doctor', '--set-current'])).code === 0,
      'the build is made current',
    );
    const asks = { tools: [{ name: 'ask_human', input: { question: 'Which?' } }] };
    model.answers('Asks', [asks, creates('a.txt', 'x', { on: 'answered' })]);
    const { options } = makeProject(scratch.path, 'asks', [{ id: 'a', title: 'Asks' }]);
    await cli.exits(1, ['run', ...options, '--id', 'asks'], withModel());
    // The worker of that command.
    await stopStack(cli.home);

    const [blocker] = await cli.blockers('asks');
    await cli.exits(0, ['answer', blocker?.id ?? assert.fail(), 'This one.']);
    const { stderr } = await cli.exits(0, ['watch', 'asks']);
    assert.doesNotMatch(stderr, /No worker/);
    assert.equal((await cli.view('asks')).status, 'completed');
    assert.deepEqual(await doctor('worker'), []);
  });

  it('says that a worker has no model, and hears from the doctor of a queue that no worker serves', async () => {
    await Promise.all(workers.splice(0).map(stop));
    const worker = await startWorker('workflow,model');
    assert.match(
      worker.said(),
      /warning: There is no model to call: .*This worker serves the scripted model only/,
    );
    const found = await doctor('worker');
    assert.deepEqual(
      found.map(({ state, said }) => `${state}: ${said}`),
      ['note: no worker takes work from the queue sandbox, so runs stand still'],
    );
    assert.match(found[0]?.fix ?? '', /leadwright worker --queues sandbox/);
    await stop(worker);
    workers.length = 0;
  });

  it('hears once that Temporal does not answer, and that it does again, and of a password that was changed', async () => {
    await startWorker('workflow,model,sandbox', withModel());
    // Longer than this test takes on any machine.
    model.answers('Slow', [creates('slow.txt', 'x', { delay: 600_000 })]);
    const { options } = makeProject(scratch.path, 'slow', [{ id: 'slow', title: 'Slow' }]);
    const run = ['run', ...options, '--id', 'slow', '--detach'];
    await cli.exits(0, run, withModel());
    await stopStack(cli.home);
    const watch = cli.start(['watch', 'slow']);
    await watch.untilSaid(/slow {2}/);

    const server = temporalProcess(temporal.address);
    process.kill(server, 'SIGSTOP');
    try {
      await watch.untilSaid(/Temporal \(TEMPORAL_ADDRESS\) does not answer\. Waiting/);
    } finally {
      process.kill(server, 'SIGCONT');
    }
    await watch.untilSaid(/Temporal \(TEMPORAL_ADDRESS\) answers again/);

    const restore = await changePassword(databaseUrl);
    const { code, stderr } = await watch.done.finally(restore);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /PostgreSQL refuses the user or the password of DATABASE_URL/);
    assert.match(stderr, /Set DATABASE_URL to the present ones/);
    assert.doesNotMatch(stderr, /prisma|\n {4}at /i);
    assert.equal(stderr.match(/does not answer\. Waiting/g)?.length, 1);
  });
});

/** The process of the Temporal server at an address. */
function temporalProcess(address: string): number {
  const port = address.split(':').at(-1) ?? '';
  const isServer = (pid: number) => {
    const words = commandLine(pid).split('\0');
    return words.includes('start-dev') && words.some((word) => word.includes(port));
  };
  return allPids().find(isServer) ?? assert.fail('a server runs');
}

/**
 * Changes the password of the database's user, and ends the connections that it has.
 * @returns a function that changes it back, for the workers, which end with a working database
 */
async function changePassword(url: string): Promise<() => Promise<void>> {
  const { username, password } = new URL(url);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const change = (to: string) => client.query(`ALTER ROLE "${username}" PASSWORD '${to}'`);
  await change('another');
  await client.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()',
  );
  return async () => {
    await change(decodeURIComponent(password));
    await client.end();
  };
}
