import assert from 'node:assert/strict';
import { findClosestLines } from '../../src/agent/changes/closest-lines.js';
import { stepsDuring } from '../support/steps-during.js';

describe('the closest lines', () => {
  it('are looked for in few steps for each line, whatever repeats', async () => {
    const lines = 4_000;
    for (const line of ['x', 'y y', '}']) {
      const steps = await stepsDuring(() =>
        Promise.resolve(findClosestLines(`${line}\n`.repeat(lines), `${'x\n'.repeat(5_000)}zz`)),
      );
      assert.ok(steps < 100 * lines, `${steps} steps`);
    }
    const found = findClosestLines('x\n'.repeat(600), `${'x\n'.repeat(500)}zz`);
    assert.deepEqual(found, { first: 1, count: 500, by: 'white-space' }, 'only 500 lines are compared');
  });
});
