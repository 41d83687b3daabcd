import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CodeIndex } from '../../src/codebase/code-index.js';
import { FactsCache } from '../../src/codebase/facts-cache.js';
import { NO_FACTS, type CodeSymbol, type FileFacts } from '../../src/codebase/file-facts.js';
import { encodeRecord } from '../../src/codebase/record.js';
import { attempt, ordinary } from '../support/attempts.js';
import { useStore, write } from '../support/store.js';

/** Files that are made to keep a parser busy, to fill its memory or to crash it. */
describe('hostile source files and the code index', function () {
  // Each of the files may take its whole limit of processor time, on a busy machine.
  this.timeout(600_000);
  const { store, folder, imported } = useStore();
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

  let index: CodeIndex;
  let facts: ReadonlyMap<string, FileFacts>;
  let ticks = 0;
  before(async () => {
    const files = Object.fromEntries(Object.entries(hostile).map(([path, text]) => [`a/${path}`, text]));
    const { base } = await imported({ ...files, 'b/after.ts': 'export class After {}\n' });
    index = new CodeIndex(join(folder(), 'code-index'));
    const ticking = setInterval(() => (ticks += 1), 50);
    facts = await index.facts(store(), base);
    clearInterval(ticking);
  });
  after(() => index.close());

  it('add no more to it than ordinary files do', async () => {
    for (const path of Object.keys(hostile)) {
      await attempt(path, () => {
        const found = facts.get(`a/${path}`);
        assert.ok(found !== undefined);
        const { symbols, references, words } = found;
        assert.ok(symbols.length <= 2_000 && references.texts.length <= 1_000 && words.texts.length <= 300);
        assert.ok(JSON.stringify(found).length < 2_000_000);
      });
    }
  });

  it('are not parsed when they are too long, or one of their lines is', () => {
    assert.deepEqual(facts.get('a/line.ts'), NO_FACTS);
    assert.equal(facts.get('a/line-4mb.ts')?.language, null);
  });

  it('do not keep the worker from other work', () => assert.ok(ticks > 5, String(ticks)));

  ordinary('leave the files after them as they are', () => {
    assert.equal(facts.get('b/after.ts')?.symbols[0]?.name, 'After');
  });
});

/** Files of thousands of short definitions, of which a commit may have thousands. Their records are in the cache already. */
describe('source files with very many names and the code index', function () {
  this.timeout(600_000);
  const { store, folder, imported, commit } = useStore();

  /** A commit whose files have these symbols, as if they had been parsed. */
  const indexed = async (count: number, symbolsOf: (file: number) => readonly CodeSymbol[]) => {
    const files = Array.from({ length: count }, (_, at) => [`f${1_000 + at}.ts`, `// ${at}\n`] as const);
    const { base } = await imported(Object.fromEntries(files));
    const cacheFolder = join(folder(), 'code-index');
    const cache = new FactsCache(cacheFolder);
    for (const [at, { sha }] of (await store().listTree(base)).entries()) {
      const facts = { ...NO_FACTS, language: 'typescript', symbols: symbolsOf(at) };
      await cache.add(`${sha} typescript`, encodeRecord({ facts, lines: [] }));
    }
    cache.close();
    return { base, cacheFolder };
  };
  const functions = (names: readonly string[]): CodeSymbol[] =>
    names.map((name) => ({ name, kind: 'function', line: 1, endLine: 1, signature: `function ${name}(){}` }));

  it('are searched for a name beside other work, and no longer than somebody waits', async () => {
    const { base, cacheFolder } = await indexed(50, () => functions(Array<string>(2_000).fill('total')));
    const index = new CodeIndex(cacheFolder);
    try {
      await index.facts(store(), base);
      const waiting = new AbortController();
      setImmediate(() => waiting.abort(new Error('nobody waits')));
      await assert.rejects(index.find(store(), base, 'Cart.total', waiting.signal), /nobody waits/);
      const { definitions, instead } = await index.find(store(), base, 'Cart.total');
      assert.deepEqual([definitions.length, instead?.owner], [500, null]);
    } finally {
      await index.close();
    }
  });

  it('take a bounded part of the memory, whatever each file holds; the rest count by their paths', async () => {
    const { base, cacheFolder } = await indexed(60, (file) =>
      functions(Array.from({ length: 2_000 }, (_, at) => `n${file}_${at}`)),
    );
    setFlagsFromString('--expose-gc');
    const limit = 5e6;
    const index = new CodeIndex(cacheFolder, { factsBytes: limit });
    try {
      runInNewContext('gc()');
      const before = process.memoryUsage().heapUsed;
      const facts = await index.facts(store(), base);
      runInNewContext('gc()');
      const taken = process.memoryUsage().heapUsed - before;
      assert.ok(taken < 1.5 * limit && taken > limit / 2, `${taken} bytes of memory`);
      const full = [...facts.values()].filter((file) => file.symbols.length === 2_000);
      assert.ok(full.length >= 10 && full.length <= 20, `${full.length} files`);
      assert.equal([...facts.values()].filter((file) => file === NO_FACTS).length, 60 - full.length);

      // What is asked for by its path is still known, also at a later commit that changes it.
      assert.equal((await index.file(store(), base, 'f1059.ts'))?.symbols.length, 2_000);
      const next = await commit(base, [
        write('f1058.ts', 'class Late {}\n'),
        write('f1000.ts', 'class Early {}\n'),
      ]);
      const later = await index.facts(store(), next);
      assert.equal(later.get('f1000.ts')?.symbols[0]?.name, 'Early');
      assert.equal((await index.file(store(), next, 'f1058.ts'))?.symbols[0]?.name, 'Late');
      assert.equal(later.size, 60);
    } finally {
      await index.close();
    }
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
