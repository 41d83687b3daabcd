import assert from 'node:assert/strict';
import { SharedWork } from '../../src/shared/async/shared-work.js';

/** Work that the test completes. It rejects on abort, as an interrupted command does. */
function byHand() {
  const begun: { finish: (value: string) => void; signal: AbortSignal }[] = [];
  const begin = (signal: AbortSignal): Promise<string> =>
    new Promise((resolve, reject) => {
      begun.push({ finish: resolve, signal });
      signal.addEventListener('abort', () => reject(new Error('aborted')));
    });
  return { begun, begin };
}

describe('shared work', () => {
  it('starts once, and gives every caller the same result', async () => {
    const work = new SharedWork<string>();
    const { begun, begin } = byHand();
    const both = [work.join('k', begin), work.join('k', begin)];
    begun[0]?.finish('done');
    assert.deepEqual(await Promise.all(both), ['done', 'done']);
    assert.equal(begun.length, 1);
  });

  it('starts again after it ended, and for another key', async () => {
    const work = new SharedWork<string>();
    const { begun, begin } = byHand();
    const first = work.join('k', begin);
    void work.join('other', begin);
    begun[0]?.finish('one');
    await first;
    const second = work.join('k', begin);
    begun[2]?.finish('two');
    assert.equal(await second, 'two');
  });

  it('continues for the other callers if the first one is cancelled', async () => {
    const work = new SharedWork<string>();
    const { begun, begin } = byHand();
    const controller = new AbortController();
    const first = work.join('k', begin, controller.signal);
    const second = work.join('k', begin, new AbortController().signal);
    controller.abort(new Error('cancelled'));
    await assert.rejects(first, /cancelled/);
    const [only] = begun;
    assert.equal(only?.signal.aborted, false);
    only.finish('done');
    assert.equal(await second, 'done');
  });

  it('is aborted when the last caller leaves, who waits for its end; the next caller starts it again', async () => {
    const work = new SharedWork<string>();
    const { begun, begin } = byHand();
    const controller = new AbortController();
    const all = [1, 2, 3].map(() => work.join('k', begin, controller.signal));
    controller.abort(new Error('cancelled'));
    for (const { status } of await Promise.allSettled(all)) assert.equal(status, 'rejected');
    assert.equal(begun[0]?.signal.aborted, true);
    const next = work.join('k', begin);
    begun[1]?.finish('again');
    assert.equal(await next, 'again');
  });

  it('fails for every caller', async () => {
    const work = new SharedWork<string>();
    const fail = (): Promise<string> => Promise.reject(new Error('broken'));
    for (const { status } of await Promise.allSettled([work.join('k', fail), work.join('k', fail)])) {
      assert.equal(status, 'rejected');
    }
  });

  it('does not start for a cancelled caller', async () => {
    const { begun, begin } = byHand();
    await assert.rejects(new SharedWork<string>().join('k', begin, AbortSignal.abort()));
    assert.equal(begun.length, 0);
  });
});
