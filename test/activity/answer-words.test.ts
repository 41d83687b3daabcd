import assert from 'node:assert/strict';
import { readWords, readWordsWith } from '../../src/cli/answer/answer-words.js';
import { UsageError } from '../../src/contract/errors.js';
import { useBench } from '../support/activity-bench.js';

describe('the words of `answer`', () => {
  const bench = useBench();
  const read = (words: readonly string[], all?: string) => readWordsWith(bench().db, words, all);

  it('name a run as all commands do: as `latest`, or by the beginning of its id', async () => {
    const plan = { test: 'true', tasks: [{ id: 'a', title: 'A' }] };
    // The only run so far.
    const first = (await bench().start(plan, {})).id;
    const short = first.slice(0, 2);
    assert.deepEqual(await read([`${short}:a:1`, `${short}:2`]), {
      ids: [`${first}:a:1`, `${first}:2`],
      text: undefined,
    });
    // A later word may be a text, unless it names a run as another word does.
    const text = `${short}:2`;
    assert.deepEqual(await read([`${first}:a:1`, text]), { ids: [`${first}:a:1`], text });

    const second = (await bench().start(plan, {})).id;
    assert.deepEqual(await read(['latest:a:1', 'Yes']), { ids: [`${second}:a:1`], text: 'Yes' });
    assert.deepEqual(await read([`${second}:a:1`, 'latest:a:1', 'latest:2']), {
      ids: [`${second}:a:1`, `${second}:2`],
      text: undefined,
    });
    await assert.rejects(read([`${short}:a:1`]), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /^2 runs begin with .*Write more of the id/);
      return true;
    });
  });

  it('are ids of blockers where they name a run that exists, and a text otherwise', async () => {
    const { id } = await bench().start({ test: 'true', tasks: [{ id: 'a', title: 'A' }] }, {});
    const first = `${id}:a:1`;
    assert.deepEqual(await read([first, 'localhost:5432']), { ids: [first], text: 'localhost:5432' });
    assert.deepEqual(await read([first, 'db:cache:6379']), { ids: [first], text: 'db:cache:6379' });
    assert.deepEqual(await read([first, `${id}:2`]), { ids: [first, `${id}:2`], text: undefined });
    assert.deepEqual(await read(['mistyped:a:1', 'Yes']), { ids: ['mistyped:a:1'], text: 'Yes' });
    await assert.rejects(read([first, 'localhost:5432', 'please']), UsageError);
  });

  it('refuse a named blocker beside --all, which would answer the others too', async () => {
    const { id } = await bench().start({ test: 'true', tasks: [{ id: 'a', title: 'A' }] }, {});
    const [first, ofRun] = [`${id}:a:1`, `${id}:2`];
    for (const words of [[first], [ofRun], [first, 'Not needed'], ['Not needed', first], [first, ofRun]]) {
      // What is checked without the record must not hide the reason.
      readWords(words, id);
      await assert.rejects(read(words, id), (error) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, /^--all answers all open blockers of a run, and .* names one: /);
        return true;
      });
    }
    await assert.rejects(read(['latest:a:1'], 'latest'), /latest:a:1 names one/);
    assert.deepEqual(await read(['localhost:5432'], id), { ids: [], text: 'localhost:5432' });
    assert.deepEqual(await read([], id), { ids: [], text: undefined });
  });
});
