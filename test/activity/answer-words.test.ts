import assert from 'node:assert/strict';
import { readWordsWith } from '../../src/cli/answer-words.js';
import { UsageError } from '../../src/contract/errors.js';
import { useBench } from '../support/activity-bench.js';

describe('the words of `answer`', () => {
  const bench = useBench();
  const read = (words: readonly string[], isForAll = false) => readWordsWith(bench().db, words, isForAll);

  it('are ids of blockers where they name a run that exists, and a text otherwise', async () => {
    const { id } = await bench().start({ test: 'true', tasks: [{ id: 'a', title: 'A' }] }, {});
    const first = `${id}:a:1`;
    assert.deepEqual(await read([first, 'localhost:5432']), { ids: [first], text: 'localhost:5432' });
    assert.deepEqual(await read([first, 'db:cache:6379']), { ids: [first], text: 'db:cache:6379' });
    assert.deepEqual(await read([first, `${id}:2`]), { ids: [first, `${id}:2`], text: undefined });
    assert.deepEqual(await read(['mistyped:a:1', 'Yes']), { ids: ['mistyped:a:1'], text: 'Yes' });
    assert.deepEqual(await read([first], true), { ids: [], text: first });
    await assert.rejects(read([first, 'localhost:5432', 'please']), UsageError);
  });
});
