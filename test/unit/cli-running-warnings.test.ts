import assert from 'node:assert/strict';
import { unserved } from '../../src/cli/print/running-warnings.js';

describe('queues that no worker serves', () => {
  const named = (...workers: readonly (readonly string[])[]) =>
    unserved(workers.map((queues) => ({ queues: [...queues] })));

  it('are named when there are workers, but none for them', () => {
    assert.deepEqual(named(['workflow', 'model'], ['sandbox']), []);
    assert.deepEqual(named(['workflow', 'model']), ['sandbox']);
    assert.deepEqual(named(['sandbox']), ['workflow', 'model']);
  });

  it('are not named without any worker, which is said otherwise, nor for the scripted model', () => {
    assert.deepEqual(named(), []);
    assert.deepEqual(named(['workflow', 'scripted', 'sandbox']), []);
  });
});
