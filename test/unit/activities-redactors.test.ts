import assert from 'node:assert/strict';
import { Redactors } from '../../src/activities/support/redactors.js';
import { commitSha } from '../../src/contract/ids.js';

const BASE = commitSha('a'.repeat(40));
const line = (n: number) => `PASSWORD=hunter-${n}-of-many\n`;

/** A store with so many secret files of a size, of which some are equal. */
function storeOf(count: number, size: number, different: number) {
  const read: string[] = [];
  const entries = Array.from({ length: count }, (_, n) => ({
    path: `${n}/.env`,
    mode: '100644' as const,
    sha: `sha-${n % different}`,
    size,
  }));
  const readFile = (_commit: unknown, path: string) => {
    read.push(path);
    return Promise.resolve(Buffer.from(line(Number.parseInt(path, 10) % different).padEnd(size)));
  };
  return { read, store: { listTree: () => Promise.resolve(entries), readFile } };
}

describe('the redactor of a run', () => {
  it('knows the secrets of all files, and reads equal ones once', async () => {
    const { read, store } = storeOf(3_000, 1_000, 3);
    const redactor = await new Redactors(store, {}).ofRun({ base: BASE, plan: { mcp: {} } });
    assert.equal(read.length, 3);
    for (const n of [0, 1, 2]) assert.doesNotMatch(redactor.redact(line(n)), /hunter/);
  });

  it('reads a bounded part of many large ones', async () => {
    const { read, store } = storeOf(1_000, 1_000_000, 1_000);
    const redactor = await new Redactors(store, {}).ofRun({ base: BASE, plan: { mcp: {} } });
    assert.ok(read.length < 20, `${read.length} files`);
    assert.doesNotMatch(redactor.redact(line(0)), /hunter/);
  });
});
