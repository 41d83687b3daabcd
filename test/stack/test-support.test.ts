import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { packageRoot } from '../../src/shared/files/package-root.js';
import { eventually } from '../support/eventually.js';
import { startProgram } from '../support/program.js';
import { processesOf } from '../support/stack-home.js';

const TEST = `
  import { testCli } from ${JSON.stringify(import.meta.resolve('../support/cli.js'))};
  const cli = await testCli();
  await cli.start(['up']).untilSaid(/Leadwright is up/);
  console.log('home=' + cli.home + '.');
  setInterval(() => undefined, 1_000);`;

describe('a test of the command line that is killed', function () {
  this.timeout(120_000);

  it('leaves no process and no home', async function () {
    if (process.platform !== 'linux') this.skip();
    const test = startProgram([process.execPath, '--import', 'tsx', '--input-type=module', '-e', TEST], {
      env: process.env,
      cwd: packageRoot,
    });
    await test.untilSaid(/home=.*\.\n/);
    const home = /home=(.*)\.\n/.exec(test.said())?.[1] ?? '';
    assert.ok(existsSync(home));
    test.process.kill('SIGKILL');
    await eventually(() => processesOf(home).length === 0 && !existsSync(home), 'nothing is left');
  });
});
