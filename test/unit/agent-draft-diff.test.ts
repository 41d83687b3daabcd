import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describeDraft } from '../../src/agent/request/draft-diff.js';
import { createRedactor } from '../../src/redaction/redactor.js';
import { useStore, write } from '../support/store.js';

const KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const FILES = {
  'a.txt': 'one\n',
  '.env': 'HOST=inner.example\n',
  'key.ts': `export const KEY = \`${KEY}\`;\n`,
  'big.txt': 'line\n'.repeat(600_000),
};

describe('the changes of a draft, for a new conversation,', () => {
  const use = useStore();

  it('are a diff, without secret files and files with secrets', async () => {
    const { base } = await use.imported(FILES);
    const draft = await use.commit(base, [
      write('a.txt', 'two\n'),
      { path: '.env', delete: true },
      { path: 'key.ts', delete: true },
      write('*.txt', 'a name like a pattern\n'),
    ]);
    const text = await describeDraft(use.store(), createRedactor(), base, draft);
    assert.match(text, /^-one\n\+two$/m);
    assert.match(text, /^\+a name like a pattern$/m);
    assert.match(text, /Also changed, but not shown here: "\.env", "key\.ts"\.\n$/);
    assert.doesNotMatch(text, /inner\.example/);
    for (const line of KEY.split('\n').filter((each) => each !== '')) assert.ok(!text.includes(line), line);
  });

  it('are bounded: large files and the rest of many files are only named', async () => {
    const { base } = await use.imported(FILES);
    const many = Array.from({ length: 300 }, (_, n) => write(`many/${n}.txt`, 'x\n'));
    const draft = await use.commit(base, [write('big.txt', 'short\n'), ...many]);
    const text = await describeDraft(use.store(), createRedactor(), base, draft);
    assert.match(text, /not shown here: "big\.txt", "many/);
    assert.ok(text.length < 100_000, `${text.length} characters`);
  });

  it('are empty when nothing differs', async () => {
    const { base } = await use.imported(FILES);
    assert.equal(await describeDraft(use.store(), createRedactor(), base, base), '');
  });
});
