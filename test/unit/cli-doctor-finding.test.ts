import assert from 'node:assert/strict';
import { findingLines } from '../../src/cli/doctor/finding.js';
import { encode } from '../../src/shared/words/terminal-text.js';

describe('a finding of the doctor', () => {
  it('has its parts in columns, however long its state is', () => {
    const linesOf = (state: 'ok' | 'repaired') =>
      findingLines({ what: 'run many', state, said: 'its lead was lost', fix: 'Started it.' }).map(encode);
    assert.deepEqual(linesOf('repaired'), [
      'repaired run many     its lead was lost',
      `${' '.repeat(22)}Started it.`,
    ]);
    assert.deepEqual(linesOf('ok')[0], 'ok       run many     its lead was lost');
  });
});
