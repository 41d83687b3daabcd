import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { Launcher } from '../../src/launcher/launcher.js';
import { startScript } from '../../src/sandbox/start-script.js';
import { runGit } from '../../src/git/process/git-process.js';
import { runProcess } from '../../src/shared/process/child-process.js';
import { startGroupHere, useStarter } from '../../src/shared/process/group.js';

const GONE = '/no/such/repository';

describe('a program whose working folder does not exist', () => {
  const launcher = new Launcher(() => undefined);
  afterEach(() => useStarter(startGroupHere));
  after(() => launcher.close());
  const starters = [
    { name: 'this process', start: startGroupHere },
    { name: 'a launcher', start: launcher.start.bind(launcher) },
  ];
  for (const { name, start } of starters) {
    describe(`started by ${name}`, () => {
      beforeEach(() => useStarter(start));
      const missing = (error: unknown) => {
        assert.ok(error instanceof Error);
        assert.ok(
          error.message.includes(`the folder ${GONE} does not exist on ${hostname()}`),
          error.message,
        );
        assert.ok('fix' in error && !/install|Check that/i.test(String(error.fix)));
        return true;
      };

      it('is not reported as a program that is not installed', async () => {
        const run = runGit({ gitDir: null, args: ['version'], cwd: GONE, timeLimitMs: 10_000 });
        await assert.rejects(run, missing);
      });

      it('is not reported as a missing shell', async () => {
        const command = { command: '/bin/sh', args: [], env: {}, cwd: GONE, channels: [] };
        await assert.rejects(startScript(command, 'Could not start the shell'), missing);
      });

      it('is told apart from a missing program', async () => {
        const run = { command: 'no-such-program', args: [], env: {}, cwd: '/', timeLimitMs: 10_000 };
        await assert.rejects(runProcess({ ...run, fix: 'Install it.' }), {
          message: 'no-such-program was not found',
          fix: 'Install it.',
        });
      });
    });
  }
});
