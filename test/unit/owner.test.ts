import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { HERE, ownName, ownerState } from '../../src/shared/process/owner.js';
import { isZombie, processStart } from '../../src/shared/process/process-stat.js';
import { eventually } from '../support/eventually.js';
import { commandLine } from '../support/process-table.js';

describe('the owner in a name', () => {
  it('is alive while its process runs, and unknown on another host', () => {
    assert.equal(ownerState(`${ownName()}.1`), 'alive');
    assert.equal(ownerState(ownName().replace(HERE, '0'.repeat(HERE.length))), 'elsewhere');
    assert.equal(ownerState(`${HERE}.${process.pid}.1`), 'dead');
    assert.equal(ownerState('notes'), null);
  });

  it('is dead when its process has ended, even if its parent does not notice that', async () => {
    // The shell becomes a program that never asks for the end of its child.
    const parent = spawn('sh', ['-c', 'sleep 1000 & echo $!; exec sleep 1001'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(line.toString());
      const name = `${HERE}.${pid}.${Number(processStart(pid)).toString(36)}`;
      const { pid: own = 0 } = parent;
      await eventually(() => commandLine(own).startsWith('sleep'), 'the shell has become that program');
      process.kill(pid);
      await eventually(() => isZombie(pid), 'the child has ended');
      assert.equal(ownerState(name), 'dead');
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
