import assert from 'node:assert/strict';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { Housekeeping } from '../../src/worker/housekeeping.js';
import { eventually } from '../support/eventually.js';
import { scratchFolder } from '../support/repository.js';

const NEVER_MS = 2 ** 31 - 1;

describe('Housekeeping', () => {
  const scratch = scratchFolder();
  after(() => scratch.remove());

  it('repeats the maintenance one at a time, even after a failure', async () => {
    let [atOnce, most, done] = [0, 0, 0];
    const maintain = async () => {
      most = Math.max(most, ++atOnce);
      for (let wait = 0; wait < 20; wait++) await turn();
      atOnce--;
      if (++done % 2 === 1) throw new Error('the disk is full');
      return 'done' as const;
    };
    const house = new Housekeeping({ maintain }, scratch.path, { store: 1, outputs: NEVER_MS });
    await eventually(() => done >= 4, 'the maintenance ran four times');
    await house.stop();
    assert.deepEqual([atOnce, most], [0, 1], 'the running maintenance has ended');
    const before = done;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(done, before, 'it has stopped');
  });

  it('removes the oldest outputs while the worker runs', async () => {
    const names = Array.from({ length: 503 }, (_, at) => `${String(at).padStart(3, '0')}.txt`);
    for (const [at, name] of names.entries()) {
      writeFileSync(join(scratch.path, name), 'output');
      utimesSync(join(scratch.path, name), at, at);
    }
    const maintain = () => Promise.resolve('not-needed' as const);
    const house = new Housekeeping({ maintain }, scratch.path, { store: NEVER_MS, outputs: 1 });
    await eventually(() => readdirSync(scratch.path).length <= 500, 'the oldest are gone');
    await house.stop();
    assert.deepEqual(readdirSync(scratch.path).sort(), names.slice(3));
  });
});
