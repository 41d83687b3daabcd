import assert from 'node:assert/strict';
import type { ReadStep } from '../../src/agent/answer/interpret-answer.js';
import { runReads } from '../../src/agent/answer/run-reads.js';
import { ShownFiles } from '../../src/agent/shown-files.js';
import { CALLS_OF_ANSWER } from '../../src/agent/answer/turn-limits.js';
import { createRedactor } from '../../src/redaction/redactor.js';
import { commitSha } from '../../src/contract/ids.js';
import { NO_CODE } from '../support/read-tools.js';
import { useStore } from '../support/store.js';

describe('the read calls of one answer', () => {
  const { store } = useStore();
  const files = () => new ShownFiles(store(), commitSha('0'.repeat(40)), createRedactor());
  const running = new AbortController().signal;
  let ran: string[] = [];
  beforeEach(() => {
    ran = [];
  });

  const tools = () => ({ files: files(), code: NO_CODE, outputOf: () => Promise.resolve(null) });
  const callOf = (id: string, run: ReadStep['call']['run'] = () => Promise.resolve(DONE)): ReadStep => ({
    kind: 'read',
    position: 0,
    id,
    call: {
      ok: true,
      effect: 'read',
      id,
      label: () => id,
      run: (context) => {
        ran.push(id);
        return run(context);
      },
    },
  });
  const DONE = { text: 'done', isError: false, shown: [], knownBlobs: [] };

  it('are run up to a number; the others get an answer that says so', async () => {
    const calls = Array.from({ length: 3_000 }, (_, at) => callOf(`call-${at}`));
    const results = await runReads(calls, tools, { signal: running, room: Infinity });
    assert.equal(CALLS_OF_ANSWER, 64);
    assert.equal(ran.length, CALLS_OF_ANSWER);
    assert.equal(results.size, calls.length);
    assert.equal(results.get('call-63')?.text, 'done');
    assert.match(results.get('call-64')?.text ?? '', /^Error: not run: at most 64 calls/);
  });

  it('are shown as far as they fit into the conversation, the first in any case', async () => {
    const long = (id: string) =>
      callOf(id, () => Promise.resolve({ ...DONE, text: 'x'.repeat(60), shown: [id] }));
    const results = await runReads([long('a'), long('b'), callOf('c')], tools, {
      signal: running,
      room: 100,
    });
    assert.deepEqual(results.get('a')?.shown, ['a']);
    assert.deepEqual(results.get('b')?.shown, []);
    assert.match(results.get('b')?.text ?? '', /^Error: not shown: .* Read less at once/);
    assert.equal(results.get('c')?.text, 'done');
    const alone = await runReads([long('a')], tools, { signal: running, room: 10 });
    assert.equal(alone.get('a')?.isError, false);
  });

  it('are run until their time is used up, which also ends the call under way', async () => {
    const budget = new AbortController();
    const slow = callOf('slow', ({ signal }) => {
      budget.abort();
      return signal?.aborted === true ? Promise.reject(new Error('ended')) : Promise.resolve(DONE);
    });
    const calls = [callOf('first'), slow, callOf('last')];
    const results = await runReads(calls, tools, { signal: running, room: Infinity, budget: budget.signal });
    assert.deepEqual(ran, ['first', 'slow']);
    assert.equal(results.get('first')?.text, 'done');
    for (const id of ['slow', 'last'])
      assert.match(results.get(id)?.text ?? '', /^Error: not run: .* 60 seconds/);
  });

  it('stop when the run is cancelled, and pass on errors of their own', async () => {
    const cancelled = AbortSignal.abort(new Error('cancelled'));
    await assert.rejects(runReads([callOf('a')], tools, { signal: cancelled, room: Infinity }), /cancelled/);
    const broken = callOf('a', () => Promise.reject(new Error('the disk is gone')));
    await assert.rejects(runReads([broken], tools, { signal: running, room: Infinity }), /the disk is gone/);
  });
});
