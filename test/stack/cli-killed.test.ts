import assert from 'node:assert/strict';
import { homePaths } from '../../src/shared/config.js';
import { readStackFile, type ServiceName } from '../../src/local-stack/stack-file.js';
import { runOf } from '../support/cli.js';
import { makeTwoTasks } from '../support/project.js';
import { useCli } from '../support/use-cli.js';

/** Each process of the stack is killed in the middle of a run; the command that follows the run sees it complete. */
describe('a run during which a process is killed with SIGKILL', function () {
  this.timeout(180_000);
  const { cli, model, scratch } = useCli({ up: () => ({}) });

  async function pidOf(name: ServiceName | 'host'): Promise<number> {
    const stack = await readStackFile(homePaths(cli.home).stackFile);
    const found = name === 'host' ? stack?.host : stack?.services.find((service) => service.name === name);
    assert.ok(found !== undefined, `${name} runs`);
    return found.pid;
  }

  for (const victim of ['worker', 'notifier', 'temporal', 'postgres', 'host'] as const) {
    it(`completes after the ${victim} was killed`, async () => {
      const delays = { one: 2_000, two: 500 };
      const { repository, options } = makeTwoTasks(model, scratch.path, victim, delays);
      const followed = cli.start(['run', ...options, '--id', victim, '--json']);
      await followed.untilSaid(/one {2}started/);
      process.kill(await pidOf(victim), 'SIGKILL');
      const ran = await followed.done;
      assert.equal(ran.code, 0, ran.stderr);
      assert.equal(runOf(ran).status, 'completed');
      assert.equal(repository.git('show', `leadwright/${victim}:two.txt`), 'x');
      await cli.log(victim);
    });
  }
});
