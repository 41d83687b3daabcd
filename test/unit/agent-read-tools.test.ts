import assert from 'node:assert/strict';
import { runRead } from '../support/read-tools.js';
import { material } from '../../src/shared/material.js';
import { firstMessage, conversation, followUp } from '../../src/agent/prompt.js';
import { ShownFiles, type CommitReader } from '../../src/agent/shown-files.js';
import { createRedactor } from '../../src/redaction/redactor.js';
import type { CommitSha } from '../../src/contract/ids.js';
import { useStore } from '../support/store.js';

describe('the read tools', () => {
  const { store, imported } = useStore();
  const lines = Array.from({ length: 5 }, (_, index) => `line ${index + 1}`).join('\n');
  let base: CommitSha;
  before(async () => {
    ({ base } = await imported({
      'src/a.ts': lines,
      'src/deep/b.ts': 'const one = 1;\n',
      'empty.txt': '',
      'image.png': Buffer.from([0x89, 0x50, 0, 1]),
      'latin1.txt': Buffer.from([0x66, 0xfc]),
      'long.txt': `${'x'.repeat(59_999)}👍${'y'.repeat(100)}`,
      // 40 times the length at which a backtracking matcher gives up.
      'slow.txt': `${'a'.repeat(40_000)}!\n`,
    }));
  });

  const seen = (name: string, input: object) => runRead(shown(store()), name, input);
  const shown = (reader: CommitReader) => new ShownFiles(reader, base, createRedactor());

  it('list every file, or the files of a folder', async () => {
    const all = await seen('list_files', {});
    assert.equal(all.text.split('\n').length, 7);
    assert.deepEqual(all.shown, []);
    assert.equal((await seen('list_files', { path: 'src/' })).text, 'src/a.ts\nsrc/deep/b.ts');
    assert.equal((await seen('list_files', { path: 'sr' })).isError, true);
  });

  const files: readonly (readonly [string, object, string])[] = [
    ['a whole file', { path: 'src/a.ts' }, lines],
    ['from a line on', { path: 'src/a.ts', first_line: 4 }, 'line 4\nline 5'],
    ['up to a line', { path: 'src/a.ts', last_line: 2 }, 'line 1\nline 2'],
    ['one line', { path: 'src/a.ts', first_line: 3, last_line: 3 }, 'line 3'],
    [
      'up to the end when more lines are asked for',
      { path: 'src/a.ts', first_line: 5, last_line: 99 },
      'line 5',
    ],
    ['nothing after the end', { path: 'src/a.ts', first_line: 6 }, 'Error: src/a.ts has the lines 1 to 5.'],
    [
      'nothing when the last line precedes the first',
      { path: 'src/a.ts', first_line: 3, last_line: 2 },
      'Error: src/a.ts has the lines 1 to 5.',
    ],
    ['an empty file', { path: 'empty.txt' }, '(empty)'],
    ['only the size of a binary file', { path: 'image.png' }, 'image.png is not text (4 bytes)'],
    ['only the size of a file that is not UTF-8', { path: 'latin1.txt' }, 'latin1.txt is not text (2 bytes)'],
    ['an error for a folder', { path: 'src' }, 'Error: there is no file "src".'],
    [
      'an error for a path outside the commit',
      { path: '../etc/passwd' },
      'Error: there is no file "../etc/passwd".',
    ],
  ];
  for (const [what, input, text] of files) {
    it(`read ${what}`, async () => assert.equal((await seen('read_file', input)).text, text));
  }

  it('truncate a long file between characters and say so', async () => {
    const { text, shown } = await seen('read_file', { path: 'long.txt' });
    assert.match(text, /\n… cut after 60000 of 60101 characters; read the rest by lines$/);
    assert.doesNotMatch(text, /\p{Surrogate}/u);
    assert.deepEqual(shown, ['long.txt']);
  });

  it('report that a file is too large to read', async () => {
    const reader: CommitReader = {
      listTree: () => Promise.resolve([]),
      readFile: () => Promise.reject(new RangeError('it has 5 GB')),
      search: () => Promise.reject(new Error('not asked')),
    };
    const answer = await runRead(shown(reader), 'read_file', { path: 'huge.bin' });
    assert.deepEqual(answer, { text: 'Error: it has 5 GB.', isError: true, shown: [] });
    const empty = await runRead(shown(reader), 'list_files', {});
    assert.deepEqual(empty, { text: '(no files yet)', isError: false, shown: [] });
  });

  it('search, and record the matching files as shown', async () => {
    const found = await seen('search', { pattern: 'one|line [12]', glob: 'src/**' });
    assert.equal(found.text, 'src/a.ts:1: line 1\nsrc/a.ts:2: line 2\nsrc/deep/b.ts:1: const one = 1;');
    assert.deepEqual(found.shown, ['src/a.ts', 'src/deep/b.ts']);
    assert.equal((await seen('search', { pattern: 'nowhere' })).text, 'nothing matches');
  });

  for (const pattern of ['(', 'a\nb', '(a+)+$']) {
    it(`report an invalid pattern: ${JSON.stringify(pattern)}`, async () => {
      const found = await seen('search', { pattern, glob: 'slow.txt' });
      assert.equal(found.isError, true);
      assert.match(found.text, /^Error: the pattern is not valid: /);
    });
  }
});

describe('the conversation', () => {
  const call = { type: 'tool_use' as const, name: 'x', input: {}, caller: { type: 'direct' as const } };
  const text = (words: string) => ({ type: 'text' as const, text: words, citations: null });

  it('begins with title, description and files, unchanged', () => {
    const task = { title: 'Sum', description: '  As it *is*.\n' };
    const first = firstMessage(task, [{ path: 'a.ts', text: 'x' }]);
    assert.match(first, /^# Sum\n\n {2}As it \*is\*\.\n\n\n<material (\w+) "a\.ts">\nx\n<\/material \1>$/);
    assert.equal(firstMessage({ title: 'Sum', description: '' }, []), '# Sum');
  });

  it('repeats the earlier messages and never sends an empty one', () => {
    const turns = [
      { prompt: 'one', answer: [text('two')] },
      { prompt: 'three', answer: [] },
      { prompt: [], answer: [text('four')] },
    ];
    assert.deepEqual(conversation(turns, 'five'), [
      { role: 'user', content: 'one' },
      { role: 'assistant', content: [text('two')] },
      { role: 'user', content: 'three' },
      { role: 'assistant', content: '(no answer)' },
      { role: 'assistant', content: [text('four')] },
      { role: 'user', content: 'five' },
    ]);
    assert.equal(conversation(turns, null).length, 5);
  });

  it('omits empty text, which the API returns but does not accept', () => {
    const answer = [text(''), { ...call, id: 'a' }];
    assert.deepEqual(conversation([{ prompt: 'one', answer }], 'x')[1]?.content, [answer[1]]);
    assert.equal(conversation([{ prompt: 'one', answer: [text(' \n')] }], 'x')[1]?.content, '(no answer)');
  });

  it('answers every call: a read with its result, any other with the reply', () => {
    const reply = { text: 'Refused: no', isError: true };
    const reads = new Map([['a', { text: 'file', isError: false }]]);
    assert.deepEqual(followUp([{ ...call, id: 'a' }, text('and'), { ...call, id: 'b' }], reply, reads), [
      { type: 'tool_result', tool_use_id: 'a', content: material('file') },
      { type: 'tool_result', tool_use_id: 'b', content: 'Refused: no', is_error: true },
    ]);
    assert.equal(followUp([text('Done!')], reply, new Map()), 'Refused: no');
  });
});
