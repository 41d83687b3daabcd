import assert from 'node:assert/strict';
import { describeStack } from '../../src/local-stack/describe-stack.js';
import { stopStack } from '../../src/local-stack/hold-stack.js';
import { doctorReport } from '../support/doctor.js';
import { eventually } from '../support/eventually.js';
import { creates } from '../support/model.js';
import { makeProject } from '../support/project.js';
import { useCli } from '../support/use-cli.js';

describe('a stack whose host was killed', function () {
  this.timeout(180_000);
  const { cli, up } = useCli({ up: () => ({}) });

  it('is started again by `up`, which prints the address of the dashboard, as the doctor does', async () => {
    const stack = await describeStack(cli.home);
    assert.ok(stack.state === 'running');
    process.kill(stack.hostPid, 'SIGKILL');
    await up.untilSaid(/Leadwright is up again\.\n {2}dashboard {4}http:\/\/127\.0\.0\.1:\d+\/\n/);
    assert.match(up.said(), /The stack was lost \(the stack is gone\)/);
    const now = await describeStack(cli.home);
    assert.ok(now.state === 'running' && now.notifierUrl !== null);
    const { findings } = doctorReport(await cli.exits(0, ['doctor', '--json']));
    const found = findings.find(({ what }) => what === 'stack');
    assert.ok(found?.said.includes(`dashboard ${now.notifierUrl}/`), found?.said);
  });
});

/** What an operator is told of the workers: their own sandbox, and that there is none for an open run. */
describe('the workers of an open run', function () {
  this.timeout(180_000);
  const { cli, model, scratch } = useCli();
  const doctor = async (what: string) =>
    doctorReport(await cli.run(['doctor', '--json'])).findings.filter((finding) => finding.what === what);

  it('are shown with their own sandbox, and missed when there is none', async () => {
    // Longer than this test takes on any machine.
    model.answers('Slow', [creates('slow.txt', 'x', { delay: 600_000 })]);
    const { options } = makeProject(scratch.path, 'slow', [{ id: 'slow', title: 'Slow' }]);
    const run = ['run', ...options, '--id', 'slow', '--detach'];
    await cli.exits(0, run, { LEADWRIGHT_SANDBOX: 'off' });
    const openCalls = () => model.callsFor('Slow') > 0;
    await eventually(openCalls, 'the model is asked');

    // This command has other settings than the worker.
    const [shown, ...others] = await doctor('sandbox');
    assert.ok(shown !== undefined && others.length === 0);
    assert.equal(shown.state, 'note');
    assert.match(shown.said, /a process group of their own.*\(worker \d+ on /);
    assert.match(shown.fix ?? '', /without a sandbox \(LEADWRIGHT_SANDBOX=off\)/);
    for (const args of [['status', 'slow'], ['status'], ['status', 'slow', '--json']]) {
      const { stderr } = await cli.exits(0, args);
      assert.match(stderr, /warning: Tests run without a sandbox \(LEADWRIGHT_SANDBOX=off\)/);
      assert.doesNotMatch(stderr, /no worker (?:is running|takes work)/);
    }
    assert.deepEqual(await doctor('worker'), []);

    await stopStack(cli.home);
    const [missed] = await doctor('worker');
    assert.ok(missed !== undefined);
    assert.equal(missed.state, 'note');
    assert.match(missed.said, /no worker is running.*slow/);
    assert.match(missed.fix ?? '', /leadwright watch slow/);
    const { stderr } = await cli.exits(0, ['status', 'slow', '--json']);
    assert.match(stderr, /no worker is running for the run slow.*leadwright watch slow/);
  });
});
