import assert from 'node:assert/strict';
import { once } from 'node:events';
import workerThreads from 'node:worker_threads';
import { withoutCallStacks } from '../../src/worker/call-stacks.js';

/** What a thread finds: whether it can note the promises of workflows, as the SDK does, and use AsyncLocalStorage. */
const LOOKS = `
  const { parentPort } = require('node:worker_threads');
  const { promiseHooks } = require('node:v8');
  const { AsyncLocalStorage } = require('node:async_hooks');
  const store = new AsyncLocalStorage();
  let notes = true;
  try {
    promiseHooks.createHook({ init() {}, settled() {} });
  } catch {
    notes = false;
  }
  store.run('kept', async () => {
    await null;
    parentPort.postMessage({ notes, stored: store.getStore() });
  });
`;

async function look(): Promise<unknown> {
  const [found] = (await once(new workerThreads.Worker(LOOKS, { eval: true }), 'message')) as unknown[];
  return found;
}

describe('the call stacks of workflows', () => {
  it('are not recorded in threads that start meanwhile, and nothing else changes', async () => {
    assert.deepEqual(await withoutCallStacks(look), { notes: false, stored: 'kept' });
    assert.deepEqual(await look(), { notes: true, stored: 'kept' });
  });

  it('are recorded again when the workers could not be created', async () => {
    await assert.rejects(
      withoutCallStacks(() => Promise.reject(new Error('no server'))),
      /no server/,
    );
    assert.deepEqual(await look(), { notes: true, stored: 'kept' });
  });
});
