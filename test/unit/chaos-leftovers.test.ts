import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homePaths } from '../../src/shared/config.js';
import { ownName } from '../../src/shared/process/owner.js';
import { killProcess } from '../../src/sandbox/processes.js';
import { leftoversOfCommands, type Traces } from '../chaos/leftovers.js';
import { isAsleep, processesNaming, sleepersName, startSleeper } from '../chaos/sleepers.js';
import { deadOwner } from '../support/owners.js';
import { eventually } from '../support/eventually.js';

describe('the leftovers that the chaos suite finds', () => {
  let home: string;
  beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'leadwright-left-'))));
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  function leftovers(more: Partial<Traces> = {}): string[] {
    return leftoversOfCommands({ home, sleepers: new Set(), workers: new Set(), ...more });
  }

  function make(folder: string, ...names: readonly string[]): void {
    mkdirSync(folder, { recursive: true });
    for (const name of names) writeFileSync(join(folder, name), '');
  }

  it('include processes that a command started, in any folder', async function () {
    if (process.platform !== 'linux') this.skip();
    const name = sleepersName(home, 'r');
    const sleepers = new Set([name]);
    try {
      assert.deepEqual(leftovers({ sleepers }), []);
      execFileSync('sh', ['-c', startSleeper(name, 'test')], {
        cwd: '/',
        env: { PATH: process.env['PATH'] },
      });
      await eventually(() => isAsleep(name, 'test'), 'the sleeper runs');
      assert.equal(isAsleep(name, 'setup'), false);
      assert.match(leftovers({ sleepers }).join('\n'), /^process \d+ sleep 86399\.\d+$/);
      assert.deepEqual(leftovers({ sleepers: new Set([sleepersName(home, 's')]) }), []);
    } finally {
      for (const pid of processesNaming(sleepers)) killProcess(pid);
    }
  });

  it('include the folders of commands, and every setup file except the layer itself', () => {
    const { trees, setupLayers } = homePaths(home);
    const layer = 'a'.repeat(32);
    make(trees, ownName());
    make(setupLayers, layer, `${layer}.lock`, `${layer}.in-use.${ownName()}`, `${ownName()}.1`);
    assert.equal(leftovers().length, 4);
  });

  it("is a hit worker's own in the store, and nobody else's", () => {
    const owner = deadOwner();
    make(
      homePaths(home).store,
      'HEAD',
      `borrowed-${owner}.a1`,
      `borrowed-${ownName()}.a1`,
      'borrowed-a1b2c3',
    );
    const workers = new Set([Number(owner.split('.')[1]), process.pid]);
    assert.deepEqual(leftovers({ workers }), [`in the store borrowed-${owner}.a1`]);
    assert.deepEqual(leftovers({ workers: new Set([process.pid]) }), []);
  });
});
