import assert from 'node:assert/strict';
import { homePaths } from '../../src/shared/config.js';
import { readStackFile } from '../../src/local-stack/stack-file.js';
import { isAlive } from '../../src/shared/process/process-stat.js';
import { eventually } from '../support/eventually.js';
import { faultsOfChildren, launcherOf } from '../support/process-table.js';
import { runOf } from '../support/cli.js';
import { makeTwoTasks } from '../support/project.js';
import { useCli } from '../support/use-cli.js';

describe('the launcher of a worker', function () {
  this.timeout(180_000);
  const { cli, model, scratch } = useCli({ up: () => ({}) });

  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  async function workerPid(): Promise<number> {
    const stack = await readStackFile(homePaths(cli.home).stackFile);
    const found = stack?.services.find(({ name }) => name === 'worker');
    assert.ok(found !== undefined, 'the worker runs');
    return found.pid;
  }

  it('starts all processes of a run, and the worker none', async () => {
    const { options } = makeTwoTasks(model, scratch.path, 'whole', { one: 100, two: 100 });
    const ran = await cli.run(['run', ...options, '--id', 'whole', '--json']);
    assert.equal(runOf(ran).status, 'completed', ran.stderr);
    assert.equal(faultsOfChildren(await workerPid()), 0, 'the worker itself has started processes');
  });

  it('is replaced when it is killed in the middle of a run, which completes', async () => {
    const { repository, options } = makeTwoTasks(model, scratch.path, 'killed', { one: 2_000, two: 500 });
    const followed = cli.start(['run', ...options, '--id', 'killed', '--json']);
    await followed.untilSaid(/one {2}started/);
    const worker = await workerPid();
    const first = launcherOf(worker);
    assert.ok(first !== undefined);
    process.kill(first, 'SIGKILL');
    const ran = await followed.done;
    assert.equal(runOf(ran).status, 'completed', ran.stderr);
    assert.equal(repository.git('show', 'leadwright/killed:two.txt'), 'x');
    assert.equal(await workerPid(), worker);
    assert.notEqual(launcherOf(worker), first);
  });

  it('ends with the worker, even by SIGKILL', async () => {
    const worker = await workerPid();
    const launcher = launcherOf(worker);
    assert.ok(launcher !== undefined);
    process.kill(worker, 'SIGKILL');
    await eventually(() => !isAlive(launcher), 'the launcher ends');
  });
});
