import assert from 'node:assert/strict';
import { homePaths } from '../../src/shared/config.js';
import { readStackFile, type ServiceName } from '../../src/local-stack/stack-file.js';
import { eventsOf, runOf, testCli, type Running, type TestCli } from '../support/cli.js';
import { creates, startTestModel, type TestModel } from '../support/model.js';
import { makeProject } from '../support/project.js';
import { scratchFolder } from '../support/repository.js';

/** Any process of the stack is killed in the middle of a run: whoever follows it sees it completed. */
describe('a run, when a process is killed with SIGKILL', function () {
  this.timeout(180_000);
  let model: TestModel;
  let cli: TestCli;
  let up: Running;
  const scratch = scratchFolder();

  before(async () => {
    model = await startTestModel();
    cli = await testCli(model.url);
    up = cli.start(['up']);
    await up.untilSaid(/Leadwright is up/);
  });
  after(async () => {
    up.process.kill('SIGINT');
    const left = await up.done;
    const remaining = cli.processes();
    await cli.remove();
    await model.close();
    scratch.remove();
    assert.equal(left.code, 0, left.stderr);
    assert.deepEqual(remaining, [], 'what was killed left nothing behind');
  });

  async function pidOf(name: ServiceName | 'host'): Promise<number> {
    const stack = await readStackFile(homePaths(cli.home).stackFile);
    const found = name === 'host' ? stack?.host : stack?.services.find((service) => service.name === name);
    assert.ok(found !== undefined, `${name} runs`);
    return found.pid;
  }

  for (const victim of ['worker', 'notifier', 'temporal', 'postgres', 'host'] as const) {
    it(`completes without the ${victim}`, async () => {
      model.answers(`${victim} one`, [creates('one.txt', 'x', { delay: 2_000 })]);
      model.answers(`${victim} two`, [creates('two.txt', 'x', { delay: 500 })]);
      const { repository, options } = makeProject(scratch.path, victim, [
        { id: 'one', title: `${victim} one` },
        { id: 'two', title: `${victim} two`, depends_on: ['one'] },
      ]);
      const followed = cli.start(['run', ...options, '--id', victim, '--json']);
      await followed.untilSaid(/one {2}started/);
      process.kill(await pidOf(victim), 'SIGKILL');
      const ran = await followed.done;
      assert.equal(ran.code, 0, ran.stderr);
      assert.equal(runOf(ran).status, 'completed');
      assert.equal(repository.git('show', `leadwright/${victim}:two.txt`), 'x');
      eventsOf(await cli.run(['events', victim, '--json']));
    });
  }
});
