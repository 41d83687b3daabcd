import assert from 'node:assert/strict';
import {
  checkChanges,
  checkWrittenFiles,
  type ChangeContext,
} from '../../src/agent/changes/check-changes.js';
import { createRedactor } from '../../src/redaction/redactor.js';
import { useStore } from '../support/store.js';

describe('changes that break rules', () => {
  const use = useStore();

  it('are found with few comparisons of the tree, however many they are', async () => {
    const { base } = await use.imported({ 'test/a.test.js': '', 'package.json': '{}' });
    let listed = 0;
    const store = use.store();
    const listTree = store.listTree.bind(store);
    Object.assign(store, {
      listTree: (commit: typeof base) => {
        listed++;
        return listTree(commit);
      },
    });
    const plan = { protect: null, instructions: [], test: 'npm test', verify: null, setup: null };
    const task = { role: 'backend', mayChange: [], testCommand: 'npm test', run: { base, plan } };
    const names = ['.mocharc.json', '.mocharc.yml', 'jest.config.js', '.taprc', 'ava.config.js', '.babelrc'];
    const context = { store, task, start: base, draft: base, known: new Set(), redactor: createRedactor() };
    const { accepted, refused } = await checkChanges(
      context as unknown as ChangeContext,
      [...names, 'src/a.js', '.vscode/a.json', '.vscode/b.json', 'test/a.test.ts'].map((path) => ({
        path,
        action: 'create' as const,
        content: 'x',
      })),
    );
    assert.deepEqual(
      accepted.map(({ file }) => file.path),
      ['src/a.js'],
    );
    assert.deepEqual(
      refused.map(({ path }) => path),
      [...names, '.vscode/a.json', '.vscode/b.json', 'test/a.test.ts'],
    );
    for (const { path, reason } of refused) assert.ok(reason.startsWith(path), reason);
    assert.ok(listed <= 3, `${listed} comparisons`);
  });
});

describe('files that a command wrote', () => {
  const use = useStore();

  it('are refused when they are copies of a secret file, where they would be shown', async () => {
    const secret = 'DB_PASSWORD=correcthorse\n';
    const { base } = await use.imported({
      '.env': secret,
      'secrets/empty.yml': '{}\n',
      '.env.local': 'NODE_ENV=test\n',
      '.env.example': 'NODE_ENV=test\n',
    });
    const plan = { protect: null, instructions: [], test: 'npm test', verify: null, setup: null };
    const task = { role: 'backend', mayChange: [], testCommand: 'npm test', run: { base, plan } };
    const known = new Set<string>();
    const context = { store: use.store(), task, start: base, draft: base, known, redactor: createRedactor() };
    const contents = {
      'a.txt': secret,
      '.env.bak': secret,
      'a.json': '{}\n',
      b: 'NODE_ENV=test\n',
      c: 'other\n',
    };
    const { accepted, refused } = await checkWrittenFiles(
      context as unknown as ChangeContext,
      Object.entries(contents).map(([path, content]) => ({ path, content: Buffer.from(content) })),
    );
    assert.deepEqual(refused, [
      { path: 'a.txt', reason: 'it is a copy of .env, which is not shown and cannot be copied' },
    ]);
    assert.deepEqual(
      accepted.map(({ file }) => file.path),
      ['.env.bak', 'a.json', 'b', 'c'],
    );
  });
});
