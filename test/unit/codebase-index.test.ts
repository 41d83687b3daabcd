import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CodeIndex, type CommitSource } from '../../src/codebase/code-index.js';
import { NO_FACTS } from '../../src/codebase/file-facts.js';
import { useStore, write } from '../support/store.js';

describe('the code index', function () {
  this.timeout(120_000);
  const { store, folder, imported, commit } = useStore();
  const opened: CodeIndex[] = [];
  let cache: string;
  beforeEach(() => {
    cache = join(folder(), 'code-index');
  });
  afterEach(async () => {
    for (const index of opened.splice(0)) await index.close();
  });

  const open = (): CodeIndex => {
    const index = new CodeIndex(cache);
    opened.push(index);
    return index;
  };
  /** The store, and the blobs that were read through it. */
  const watched = (): {
    readonly source: CommitSource;
    readonly read: string[];
    readonly listed: string[];
  } => {
    const [read, listed]: [string[], string[]] = [[], []];
    const whole = store();
    const source: CommitSource = {
      gitDir: whole.gitDir,
      listTree: (of) => {
        listed.push(of);
        return whole.listTree(of);
      },
      changedPaths: (from, to) => whole.changedPaths(from, to),
      lookUp: (of, path) => whole.lookUp(of, path),
      readBlob: (sha) => {
        read.push(sha);
        return whole.readBlob(sha);
      },
    };
    return { source, read, listed };
  };
  const FILES = {
    'src/cart.ts': 'export class Cart {\n  total(): number {\n    return sum(this.items);\n  }\n}\n',
    'src/sum.ts':
      "// Cart sums up.\nexport const sum = (items: number[]) => items.length;\nconst text = 'Cart';\n",
    'src/main.py': 'from cart import Cart\n\nCart().total()\nCart()\n',
    'notes.md': 'The cart has a parseTotal.\n',
  };

  it('finds the uses of names that have a sign of their language', async () => {
    const { base } = await imported({
      'a.ts': 'class A {\n  #count = 1;\n  next() { return this.#count; }\n}\n',
      'b.rb': 'class Cart\n  def valid?\n    true\n  end\nend\nputs Cart.new.valid?\n',
    });
    const index = open();
    for (const [name, path] of [
      ['#count', 'a.ts:3'],
      ['count', 'a.ts:3'],
      ['valid?', 'b.rb:6'],
    ] as const) {
      const { definitions, references } = await index.find(store(), base, name);
      assert.equal(definitions.length, 1, name);
      assert.deepEqual(
        references.map(({ path, line }) => `${path}:${line}`),
        [path],
        name,
      );
    }
  });

  it('ends a long signature before its first value, which may be half of a secret', async () => {
    const { base } = await imported({ 'a.ts': `export const API_TOKEN = "${'x9'.repeat(90)}";\n` });
    const [symbol] = (await open().file(store(), base, 'a.ts'))?.symbols ?? [];
    assert.equal(symbol?.signature, 'export const API_TOKEN');
  });

  it('goes on when the commit that it indexed last is gone from the store', async () => {
    const { base } = await imported(FILES);
    const index = open();
    await index.facts(store(), base);
    const { source } = watched();
    const next = await commit(base, [write('src/new.ts', 'export const fresh = 1;\n')]);
    const lost: CommitSource = { ...source, changedPaths: () => Promise.reject(new Error('unknown commit')) };
    const facts = await index.facts(lost, next);
    assert.equal(facts.get('src/new.ts')?.symbols[0]?.name, 'fresh');
  });

  it('knows symbols, references and words of each file', async () => {
    const { base } = await imported(FILES);
    const facts = await open().facts(store(), base);
    assert.deepEqual([...facts.keys()], ['notes.md', 'src/cart.ts', 'src/main.py', 'src/sum.ts']);
    const cart = facts.get('src/cart.ts');
    assert.deepEqual(cart?.symbols, [
      { name: 'Cart', kind: 'class', line: 1, endLine: 5, signature: 'export class Cart {' },
      { name: 'total', kind: 'method', line: 2, endLine: 4, signature: 'total(): number {' },
    ]);
    assert.deepEqual([...cart.references.texts].sort(), ['items', 'number', 'sum']);
    const notes = facts.get('notes.md');
    assert.equal(notes?.language, null);
    assert.deepEqual([...notes.words.texts].sort(), ['cart', 'has', 'parse', 'the', 'total'].sort());
  });

  it('finds definitions and references, not what comments and strings say', async () => {
    const { base } = await imported(FILES);
    const index = open();
    assert.deepEqual(await index.find(store(), base, 'Cart'), {
      definitions: [
        {
          path: 'src/cart.ts',
          name: 'Cart',
          kind: 'class',
          line: 1,
          endLine: 5,
          signature: 'export class Cart {',
        },
      ],
      references: [1, 3, 4].map((line) => ({ path: 'src/main.py', line })),
      instead: null,
    });
    assert.deepEqual(await index.find(store(), base, 'Car'), {
      definitions: [],
      references: [],
      instead: null,
    });
    assert.deepEqual(await index.find(store(), base, 'constructor'), {
      definitions: [],
      references: [],
      instead: null,
    });
  });

  it('parses nothing twice: not for another commit, and not in another process', async () => {
    const { base } = await imported(FILES);
    const index = open();
    const { source, read, listed } = watched();
    const [first, again] = await Promise.all([index.facts(source, base), index.facts(source, base)]);
    assert.equal(first, again);
    assert.equal(read.length, 4);
    const next = await commit(base, [
      write('src/cart.ts', 'export class Basket {}\n'),
      write('a/copy.ts', FILES['src/sum.ts']),
    ]);
    const second = await index.facts(source, next);
    assert.equal(read.length, 5);
    assert.deepEqual(listed, [base]);
    assert.equal(second.get('src/sum.ts'), first.get('src/sum.ts'));
    assert.equal(second.get('a/copy.ts'), first.get('src/sum.ts'));
    assert.equal(second.get('src/cart.ts')?.symbols[0]?.name, 'Basket');

    const other = watched();
    const kept = await open().facts(other.source, next);
    assert.deepEqual(other.read, []);
    assert.deepEqual([...kept], [...second]);
  });

  it('follows what a commit deletes, moves and turns into a link', async () => {
    const { base, repository } = await imported({ ...FILES, 'src/old.ts': 'class Old {}\n' });
    const index = open();
    await index.facts(store(), base);
    const changed = repository.commit({
      'src/old.ts': null,
      'src/cart.ts': { link: 'sum.ts' },
      'zoo/cart.ts': FILES['src/cart.ts'],
    });
    await store().importBase({ gitDir: join(repository.root, '.git') }, changed);
    const byDifference = await index.facts(store(), changed);
    const byListing = await open().facts(store(), changed);
    assert.deepEqual([...byDifference], [...byListing]);
    assert.equal(byDifference.get('src/cart.ts'), NO_FACTS);
    assert.equal(byDifference.has('src/old.ts'), false);
    assert.equal((await index.file(store(), changed, 'zoo/cart.ts'))?.symbols[0]?.name, 'Cart');
    assert.equal(await index.file(store(), changed, 'src/old.ts'), null);
  });

  it('knows nothing of secret files, by name or by content', async () => {
    const { base } = await imported({
      '.env': 'SECRET_WORD=1\n',
      'config/secrets/prod.yaml': 'secretword: 1\n',
      'key.txt': '-----BEGIN RSA PRIVATE KEY-----\nsecretword\n-----END RSA PRIVATE KEY-----\n',
      'a.ts': 'const a = 1;\n',
    });
    for (const index of [open(), open()]) {
      assert.deepEqual([...(await index.facts(store(), base)).keys()], ['a.ts']);
      for (const path of ['.env', 'config/secrets/prod.yaml', 'key.txt'])
        assert.equal(await index.file(store(), base, path), null);
    }
  });

  it('counts files that are no text by their paths, and takes paths as they are', async () => {
    const { base } = await imported({
      'image.ts': Buffer.from([0x63, 0, 0x64]),
      'latin1.py': Buffer.from('def caf\xe9(): pass\n', 'latin1'),
      '__proto__/constructor.ts': 'export class constructor {}\n',
      'a\nb.ts': 'class A {}\n',
      'link.ts': { link: '/etc/passwd' },
    });
    const facts = await open().facts(store(), base);
    assert.equal(facts.size, 5);
    assert.deepEqual(facts.get('image.ts'), NO_FACTS);
    assert.equal(facts.get('link.ts'), NO_FACTS);
    assert.equal(facts.get('latin1.py')?.language, 'python');
    assert.equal(facts.get('a\nb.ts')?.symbols[0]?.name, 'A');
    const found = await open().find(store(), base, 'constructor');
    assert.deepEqual(
      found.definitions.map(({ path }) => path),
      ['__proto__/constructor.ts'],
    );
  });

  it('starts nothing more once it is closed, though a commit was being indexed', async () => {
    const { base } = await imported(FILES);
    const index = open();
    const indexing = index.facts(store(), base);
    await index.close();
    await assert.rejects(indexing, /the code index was closed/);
    assert.ok(!existsSync(cache));
  });

  it('stops waiting when it is told to, and still keeps what it finds', async () => {
    const { base } = await imported(FILES);
    const index = open();
    const stop = new AbortController();
    const waiting = index.facts(store(), base, stop.signal);
    stop.abort(new Error('cancelled'));
    await assert.rejects(waiting, /cancelled/);
    assert.equal((await index.facts(store(), base)).size, 4);
  });
});
