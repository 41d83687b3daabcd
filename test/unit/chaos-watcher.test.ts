import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Watcher } from '../chaos/watcher.js';

const event = (seq: number) =>
  JSON.stringify({
    seq,
    runId: 'r',
    taskId: null,
    type: 'run.status',
    at: '2026-11-27T00:00:00.000Z',
    data: { status: 'running', from: null },
  });

describe('the event client of the chaos suite', () => {
  /** A home without a stack, so no event arrives by itself. */
  const home = mkdtempSync(join(tmpdir(), 'leadwright-watcher-'));
  after(() => rmSync(home, { recursive: true, force: true }));

  async function problemsAfter(...messages: readonly string[]): Promise<readonly string[]> {
    const watcher = new Watcher(home, 'r');
    for (const message of messages) watcher.receive(message);
    await watcher.close();
    return watcher.problems;
  }

  it('accepts events in order', async () => {
    assert.deepEqual(await problemsAfter(event(1), event(2)), []);
  });

  const wrong: Record<string, readonly string[]> = {
    'a message that is not JSON': ['{'],
    'a message that is not an event': [JSON.stringify({ seq: 1, type: 'run.status' })],
    'an event of an unknown type': [event(1).replace('run.status', 'run.dance')],
    'a gap': [event(1), event(3)],
    'a repeat': [event(1), event(1)],
  };
  for (const [name, messages] of Object.entries(wrong)) {
    it(`reports ${name}`, async () => assert.equal((await problemsAfter(...messages)).length, 1));
  }
});
