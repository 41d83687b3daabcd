import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { WAIT_OPTION } from '../../src/local-stack/child-commands.js';
import { describeStack } from '../../src/local-stack/describe-stack.js';
import { eventually } from '../support/eventually.js';
import { creates } from '../support/model.js';
import { makeProject } from '../support/project.js';
import { useCli } from '../support/use-cli.js';

describe('a host that loads while a run is checked', function () {
  this.timeout(120_000);
  const { cli, model, scratch } = useCli();

  const commandOf = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const waiting = () =>
    cli.processes().filter((pid) => {
      try {
        return commandOf(pid).includes(WAIT_OPTION);
      } catch {
        // It has just ended.
        return false;
      }
    });
  /** The files of the home, and how long they are. */
  const filesOfHome = () =>
    readdirSync(cli.home, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((name) => [name, statSync(join(cli.home, name)).size]);
  const runOnce = async (name: string): Promise<{ readonly isLoadedHost: boolean }> => {
    model.answers('The note', [creates('note.txt', 'a note\n')]);
    const { options } = makeProject(scratch.path, name, [{ id: 'note', title: 'The note' }]);
    const run = cli.start(['run', ...options, '--json']);
    let hostPid = 0;
    await eventually(async () => {
      const stack = await describeStack(cli.home);
      if (stack.state === 'running') hostPid = stack.hostPid;
      return hostPid > 0;
    }, 'the stack runs');
    const isLoadedHost = commandOf(hostPid).includes(WAIT_OPTION);
    const { code, stderr } = await run.done;
    assert.equal(code, 0, stderr);
    await cli.untilQuiet();
    return { isLoadedHost };
  };

  it('serves the run when no other runs', async () => {
    // In a new home its log would have to be created before the checks.
    assert.deepEqual(await runOnce('first'), { isLoadedHost: false });
    assert.deepEqual(await runOnce('second'), { isLoadedHost: true });
  });

  it('ends, and has written nothing, when the run is refused', async () => {
    const before = filesOfHome();
    const plan = join(scratch.path, 'no-such-plan.yaml');
    assert.equal((await cli.run(['run', '--plan', plan])).code, 2);
    assert.deepEqual(cli.processes(), []);
    assert.deepEqual(filesOfHome(), before);
  });

  it('ends when its command is killed', async () => {
    const plan = join(scratch.path, 'pipe.yaml');
    assert.equal(spawnSync('mkfifo', [plan]).status, 0);
    const before = filesOfHome();
    const run = cli.start(['run', '--plan', plan]);
    await eventually(() => waiting().length === 1, 'a host loads');
    run.process.kill('SIGKILL');
    await run.done;
    await cli.untilQuiet();
    assert.deepEqual(filesOfHome(), before);
  });

  it('is not used while a stack runs', async () => {
    const up = cli.start(['up']);
    await up.untilSaid(/Leadwright is up/);
    const plan = join(scratch.path, 'pipe.yaml');
    const run = cli.start(['run', '--plan', plan]);
    // Nothing shows that a command starts none: the other tests see one within a fifth of this.
    for (const end = performance.now() + 2_000; performance.now() < end;) {
      assert.deepEqual(waiting(), []);
      await delay(50);
    }
    run.process.kill('SIGKILL');
    up.process.kill('SIGINT');
    await Promise.all([run.done, up.done]);
    await cli.untilQuiet();
  });
});
