import assert from 'node:assert/strict';
import { join } from 'node:path';
import { CodeIndex } from '../../src/codebase/code-index.js';
import { NO_FACTS, type FileFacts } from '../../src/codebase/file-facts.js';
import { attempt, ordinary } from '../support/attempts.js';
import { useStore } from '../support/store.js';

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
