import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { Housekeeping } from '../../src/worker/housekeeping.js';
import { eventually } from '../support/eventually.js';

describe('Housekeeping', () => {
  it('repeats the maintenance one at a time, even after a failure', async () => {
    let [atOnce, most, done] = [0, 0, 0];
    const maintain = async () => {
      most = Math.max(most, ++atOnce);
      for (let wait = 0; wait < 20; wait++) await turn();
      atOnce--;
      if (++done % 2 === 1) throw new Error('the disk is full');
      return 'done' as const;
    };
    const house = new Housekeeping({ maintain }, 1);
    await eventually(() => done >= 4, 'the maintenance ran four times');
    await house.stop();
    assert.deepEqual([atOnce, most], [0, 1], 'the running maintenance has ended');
    const before = done;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(done, before, 'it has stopped');
  });
});
