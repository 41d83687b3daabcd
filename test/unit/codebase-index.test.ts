import assert from 'node:assert/strict';
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
    });
    assert.deepEqual(await index.find(store(), base, 'Car'), { definitions: [], references: [] });
    assert.deepEqual(await index.find(store(), base, 'constructor'), { definitions: [], references: [] });
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

  it('stops waiting when it is told to, and still keeps what it finds', async () => {
    const { base } = await imported(FILES);
    const index = open();
    const stop = new AbortController();
    const waiting = index.facts(store(), base, stop.signal);
    stop.abort(new Error('cancelled'));
    await assert.rejects(waiting, /cancelled/);
    assert.equal((await index.facts(store(), base)).size, 4);
  });

  describe('with hostile files', () => {
    const after = 'export class After {}\n';
    const hostile: Readonly<Record<string, string | Buffer>> = {
      'line.ts': `const data = "${'x'.repeat(10_000_000)}";\n`,
      'line-4mb.ts': `const data = "${'x '.repeat(1_900_000)}";\n`,
      'nested.ts': `const a = ${'['.repeat(200_000)}${']'.repeat(200_000)};\n`,
      'nested-lines.ts': '(\n'.repeat(400_000),
      'nested.py': '(\n'.repeat(300_000),
      'nested.rs': 'fn f() { '.repeat(5_000).replaceAll('{ ', '{\n'),
      'blocks.js': '{\n'.repeat(500_000),
      'generics.cpp': `int x = a${'<a\n'.repeat(20_000)};\n`,
      'casts.cs': `var x = ${'(a)\n'.repeat(20_000)};\n`,
      'ambiguous.cpp': 'a * b(c);\n'.repeat(100_000),
      'templates.ts': '`${\n'.repeat(100_000),
      'heredoc.rb': '<<A + <<B\n'.repeat(20_000),
      'heredoc.php': '<?php <<<A\n{$a\n'.repeat(20_000),
      'raw.rs': `r${'#'.repeat(60_000)}"\n`.repeat(20),
      'interpolation.swift': '"\\(\n'.repeat(50_000),
      'interpolation.kt': '"${\n'.repeat(50_000),
      'indent.py': Array.from({ length: 3_000 }, (_, at) => `${' '.repeat(at)}if a:\n`).join(''),
      'names.go': Array.from({ length: 200_000 }, (_, at) => `var name${at} int\n`).join(''),
      'noise.java': noise(300_000),
      'noise.c': noise(300_000),
    };

    it('skips each of them in bounded time, and indexes the others', async () => {
      const files = Object.fromEntries(Object.entries(hostile).map(([path, text]) => [`a/${path}`, text]));
      const { base } = await imported({ ...files, 'b/after.ts': after });
      const index = open();
      let ticks = 0;
      const ticking = setInterval(() => (ticks += 1), 50);
      const facts = await index.facts(store(), base);
      clearInterval(ticking);
      assert.ok(ticks > 5, 'the thread of the worker goes on meanwhile');
      assert.equal(facts.size, Object.keys(files).length + 1);
      assert.equal(facts.get('b/after.ts')?.symbols[0]?.name, 'After');
      for (const { symbols, references, words } of facts.values()) {
        assert.ok(symbols.length <= 2_000 && references.texts.length <= 1_000 && words.texts.length <= 300);
      }
      assert.deepEqual(facts.get('a/line.ts'), NO_FACTS);
      assert.deepEqual(facts.get('a/line-4mb.ts')?.symbols, []);
    });
  });
});

/** The same bytes every time, most of them no UTF-8, in lines of random length, without NUL. */
function noise(length: number): Buffer {
  let state = 1;
  return Buffer.from(
    Array.from({ length }, () => {
      state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
      return 1 + (Math.floor(state / 65_536) % 255);
    }),
  );
}
