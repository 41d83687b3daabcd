import assert from 'node:assert/strict';
import { Redactors } from '../../src/activities/support/redactors.js';
import { commitSha } from '../../src/contract/ids.js';

const readBlob = () => Promise.resolve(null);
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
  return { read, store: { listTree: () => Promise.resolve(entries), readFile, readBlob } };
}

describe('the redactor of a run', () => {
  it('knows the secrets of all files, and reads equal ones once', async () => {
    const { read, store } = storeOf(3_000, 1_000, 3);
    const redactor = await new Redactors(store, {}).ofRun({ base: BASE, plan: { mcp: {}, env: [] } });
    assert.equal(read.length, 3);
    for (const n of [0, 1, 2]) assert.doesNotMatch(redactor.redact(line(n)), /hunter/);
  });

  it('knows the secrets of files that links of such a name lead to, but not those of samples', async () => {
    const texts: Record<string, string> = {
      'deploy/settings': line(1),
      'keys/shop': line(2),
      'shop.env.example': line(3),
    };
    const links = { '.env': 'deploy/settings', secrets: 'keys', 'shop.env': 'shop.env.example' };
    const entry = (path: string, mode: '100644' | '120000', text: string) => ({
      ...{ path, mode, sha: text, size: text.length },
    });
    const store = {
      listTree: () =>
        Promise.resolve([
          ...Object.entries(texts).map(([path, text]) => entry(path, '100644', text)),
          ...Object.entries(links).map(([path, target]) => entry(path, '120000', target)),
        ]),
      readFile: (_commit: unknown, path: string) =>
        Promise.resolve(texts[path] === undefined ? null : Buffer.from(texts[path])),
      readBlob: (sha: string) => Promise.resolve(Buffer.from(sha)),
    };
    const base = commitSha('b'.repeat(40));
    const { redact } = await new Redactors(store, {}).ofRun({ base, plan: { mcp: {}, env: [] } });
    assert.doesNotMatch(redact('hunter-1-of-many hunter-2-of-many'), /hunter/);
    assert.equal(redact('hunter-3-of-many'), 'hunter-3-of-many');
  });

  it('reads a bounded part of many large ones', async () => {
    const { read, store } = storeOf(1_000, 1_000_000, 1_000);
    const redactor = await new Redactors(store, {}).ofRun({ base: BASE, plan: { mcp: {}, env: [] } });
    assert.ok(read.length < 20, `${read.length} files`);
    assert.doesNotMatch(redactor.redact(line(0)), /hunter/);
  });

  it('knows the generated values that the commands of the plan get, and those of another plan', async () => {
    const { store } = storeOf(0, 0, 1);
    const redactors = new Redactors(store, { SANDBOX_SHOP: 'k9Xw2Lq8Zr5Tb1Vn', TZ: 'Europe/Berlin' });
    const redact = async (env: readonly string[]) =>
      (await redactors.ofRun({ base: BASE, plan: { mcp: {}, env } })).redact(
        'k9Xw2Lq8Zr5Tb1Vn, Europe/Berlin',
      );
    assert.equal(await redact([]), 'k9Xw2Lq8Zr5Tb1Vn, Europe/Berlin');
    assert.match(
      await redact(['SANDBOX_SHOP', 'TZ']),
      /^\[redacted:sandbox-shop:[0-9a-f]{3}\], Europe\/Berlin$/,
    );
  });
});
