import assert from 'node:assert/strict';
import type Anthropic from '@anthropic-ai/sdk';
import { knowsContent } from '../../src/agent/changes/known-contents.js';
import { runRead } from '../support/read-tools.js';
import { material } from '../../src/shared/words/material.js';
import { conversation, followUp } from '../../src/agent/request/prompt.js';
import { ShownFiles, type CommitReader } from '../../src/agent/shown-files.js';
import { createRedactor } from '../../src/redaction/redactor.js';
import { commitSha, type CommitSha } from '../../src/contract/ids.js';
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
      'long.txt': `${'x'.repeat(19_497)}👍${'y'.repeat(100)}\nend`,
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

  const folders: readonly (readonly [string, string])[] = [
    ['./src', 'src/a.ts\nsrc/deep/b.ts'],
    ['./src/', 'src/a.ts\nsrc/deep/b.ts'],
    ['././src/deep', 'src/deep/b.ts'],
    ['src/a.ts', 'Error: "src/a.ts" is a file, not a folder: read_file shows it.'],
    ['./src/a.ts', 'Error: "src/a.ts" is a file, not a folder: read_file shows it.'],
    ['src/a.ts/', 'Error: "src/a.ts" is a file, not a folder: read_file shows it.'],
    ['/src', `Error: "/src" is absolute: give it relative to the repository's root.`],
    ['../src', 'Error: "../src" has a .. segment.'],
    ['lib', 'Error: there is no folder "lib".'],
  ];
  for (const [path, text] of folders) {
    it(`list the folder ${path}, or say why not`, async () => {
      assert.equal((await seen('list_files', { path })).text, text);
    });
  }

  for (const path of ['', '.', './', '/']) {
    it(`list the whole repository for the path ${JSON.stringify(path)}`, async () => {
      assert.equal((await seen('list_files', { path })).text, (await seen('list_files', {})).text);
    });
  }

  const files: readonly (readonly [string, object, string])[] = [
    ['a whole file', { path: 'src/a.ts' }, '1\tline 1\n2\tline 2\n3\tline 3\n4\tline 4\n5\tline 5'],
    ['from a line on', { path: 'src/a.ts', first_line: 4 }, '4\tline 4\n5\tline 5'],
    ['up to a line', { path: 'src/a.ts', last_line: 2 }, '1\tline 1\n2\tline 2'],
    ['one line', { path: 'src/a.ts', first_line: 3, last_line: 3 }, '3\tline 3'],
    ['no line after a line break at the end', { path: 'src/deep/b.ts' }, '1\tconst one = 1;'],
    [
      'up to the end when more lines are asked for',
      { path: 'src/a.ts', first_line: 5, last_line: 99 },
      '5\tline 5',
    ],
    ['nothing after the end', { path: 'src/a.ts', first_line: 6 }, 'Error: src/a.ts has the lines 1 to 5.'],
    [
      'nothing when the last line precedes the first',
      { path: 'src/a.ts', first_line: 3, last_line: 2 },
      'Error: src/a.ts has the lines 1 to 5.',
    ],
    ['an empty file', { path: 'empty.txt' }, '(empty)'],
    ['only the size of a binary file', { path: 'image.png' }, 'image.png is not text (4 bytes)'],
    ['a Latin-1 file', { path: 'latin1.txt' }, '1\tfü'],
    ['an error for a folder', { path: 'src' }, 'Error: "src" is a folder: list_files shows it.'],
    [
      'the same for a folder below',
      { path: './src/deep/' },
      'Error: "./src/deep/" is a folder: list_files shows it.',
    ],
    ['the same for the root', { path: '/' }, 'Error: "/" is a folder: list_files shows it.'],
    ...['./src/a.ts', '/src/a.ts', 'src//a.ts'].map(
      (path) =>
        [
          `the plain path for ${path}`,
          { path },
          `Error: there is no file "${path}": call it "src/a.ts".`,
        ] as const,
    ),
    [
      'where a file of the name is',
      { path: '/shop/src/b.ts' },
      'there is no file "/shop/src/b.ts". Files of this name: "src/deep/b.ts"',
    ],
    [
      'an error for a path outside the commit',
      { path: '../etc/passwd' },
      'Error: there is no file "../etc/passwd".',
    ],
  ];
  for (const [what, input, text] of files) {
    it(`read ${what}`, async () => assert.equal((await seen('read_file', input)).text, text));
  }

  it('cut a long line between characters and say so', async () => {
    const { text, shown } = await seen('read_file', { path: 'long.txt' });
    assert.match(text, /\n… line 1 is cut after 19500 of 19601 characters; read on with first_line 2$/);
    assert.doesNotMatch(text, /\p{Surrogate}/u);
    assert.deepEqual(shown, ['long.txt']);
    assert.equal((await seen('read_file', { path: 'long.txt', first_line: 2 })).text, '2\tend');
  });

  it('report that a file is too large to read', async () => {
    const reader: CommitReader = {
      listTree: () => Promise.resolve([]),
      lookUp: () => Promise.resolve({ kind: 'file', sha: '', executable: false }),
      readBlob: () => Promise.reject(new RangeError('it has 5 GB')),
      readFile: () => Promise.reject(new Error('not asked')),
      search: () => Promise.reject(new Error('not asked')),
    };
    const answer = await runRead(shown(reader), 'read_file', { path: 'huge.bin' });
    assert.deepEqual(answer, { text: 'Error: it has 5 GB.', isError: true, shown: [], knownBlobs: [] });
    const empty = await runRead(shown(reader), 'list_files', {});
    assert.deepEqual(empty, { text: '(no files yet)', isError: false, shown: [], knownBlobs: [] });
  });

  it('tell which files they show whole', async () => {
    const whole = await seen('read_file', { path: 'src/a.ts', first_line: 1, last_line: 9 });
    const { sha } = (await store().listTree(base)).find(({ path }) => path === 'src/a.ts') ?? assert.fail();
    assert.deepEqual([whole.shown, whole.knownBlobs], [['src/a.ts'], [sha]]);
    assert.equal((await seen('read_file', { path: 'empty.txt' })).knownBlobs.length, 1);
    const parts: readonly (readonly [string, object])[] = [
      ['read_file', { path: 'src/a.ts', last_line: 4 }],
      ['read_file', { path: 'src/a.ts', first_line: 2 }],
      ['read_file', { path: 'long.txt' }],
      ['read_file', { path: 'image.png' }],
      ['search', { pattern: 'line', context: 10 }],
      ['outline', { path: 'src/a.ts' }],
    ];
    for (const [name, input] of parts) {
      const { shown: paths, knownBlobs } = await seen(name, input);
      assert.equal(paths.length, 1, name);
      const isWhole = knownBlobs.some((known) =>
        knowsContent(new Set(knownBlobs), known.split(':')[0] ?? ''),
      );
      assert.equal(isWhole, false, `${name} ${JSON.stringify(input)}`);
    }
  });

  it('search, and record the matching files as shown', async () => {
    const found = await seen('search', { pattern: 'one|line [12]', glob: 'src/**' });
    assert.equal(found.text, 'src/a.ts:1: line 1\nsrc/a.ts:2: line 2\nsrc/deep/b.ts:1: const one = 1;');
    assert.deepEqual(found.shown, ['src/a.ts', 'src/deep/b.ts']);
    assert.equal((await seen('search', { pattern: 'nowhere' })).text, 'nothing matches');
  });

  it('search in the files of each choice in braces', async () => {
    const found = await seen('search', { pattern: 'one|line 1', glob: 'src/{*,deep/*}.{js,ts}' });
    assert.equal(found.text, 'src/a.ts:1: line 1\nsrc/deep/b.ts:1: const one = 1;');
  });

  it('say when nothing could match', async () => {
    const search = async (input: object) => (await seen('search', { pattern: 'nowhere', ...input })).text;
    for (const glob of ['lib/**', '*.{rs,py}', 'lib'])
      assert.equal(await search({ glob }), 'nothing was searched: no file matches the glob');
    for (const glob of ['src', 'src/', 'sr*', '*.ts', '{x', '/src'])
      assert.doesNotMatch(await search({ glob }), /nothing was searched/, glob);
    assert.match(
      await search({ pattern: 'line 1\\nline 2' }),
      /^nothing matches: a match is within one line/,
    );
    assert.equal(await search({ pattern: 'C:\\\\new' }), 'nothing matches');
  });

  it('search, with the lines around a match', async () => {
    const around = async (pattern: string, context: number) =>
      (await seen('search', { pattern, glob: 'src/a.ts', context })).text.split('\n');
    assert.deepEqual(await around('line 3', 1), [
      'src/a.ts-2- line 2',
      'src/a.ts:3: line 3',
      'src/a.ts-4- line 4',
      '--',
    ]);
    assert.deepEqual(await around('line [15]', 1), [
      'src/a.ts:1: line 1',
      'src/a.ts-2- line 2',
      '--',
      'src/a.ts-4- line 4',
      'src/a.ts:5: line 5',
      '--',
    ]);
  });

  it('list the files that match a glob', async () => {
    const list = async (input: object) => (await seen('list_files', input)).text;
    assert.equal(await list({ glob: '*.ts' }), 'src/a.ts\nsrc/deep/b.ts');
    assert.equal(await list({ glob: 'src/*.ts' }), 'src/a.ts');
    assert.equal(await list({ path: 'src/deep', glob: '*.ts' }), 'src/deep/b.ts');
    assert.equal(await list({ glob: '*.rs' }), 'nothing matches');
    assert.match(await list({ glob: '[' }), /^Error: the glob is not valid/);
    assert.match(await list({ glob: '*.{a,b}{c,d}{e,f}{g,h}{i,j}{k,l}{m,n}' }), /more than 64 globs/);
    assert.ok((await list({ path: 'x'.repeat(4_096) })).length < 20_000);
  });

  for (const pattern of ['(', 'a\nb', '(a+)+$']) {
    it(`report an invalid pattern: ${JSON.stringify(pattern)}`, async () => {
      const found = await seen('search', { pattern, glob: 'slow.txt' });
      assert.equal(found.isError, true);
      assert.match(found.text, /^Error: the pattern is not valid: /);
    });
  }
});

describe('the read tools in a large repository', () => {
  const { store, repository, importFrom } = useStore();
  const LINE = 'The price is an integer number of pence.';
  const seen = (name: string, input: object) =>
    runRead(new ShownFiles(store(), base, createRedactor()), name, input);
  let base: CommitSha;
  before(async () => {
    const user = repository({ 'readme.md': 'x\n' });
    const put = (text: string) => user.gitWith(text, 'hash-object', '-w', '--stdin').trim();
    const folder = (entries: readonly string[]) => user.gitWith(`${entries.join('\n')}\n`, 'mktree').trim();
    const seven = put('7\n');
    const files = (count: number) =>
      folder(Array.from({ length: count }, (_, at) => `100644 blob ${seven}\tfile-${at}.ts`));
    const rows = Array.from({ length: 125_000 }, (_, at) => `${at}: ${LINE}\n`).join('');
    const deep = folder([`040000 tree ${files(4_000)}\tone`, `040000 tree ${files(30)}\ttwo`]);
    const tree = folder([
      `040000 tree ${files(15_000)}\tbig`,
      `040000 tree ${deep}\tdeep`,
      `100644 blob ${seven}\treadme.md`,
      `100644 blob ${put(rows)}\trows.csv`,
      `040000 tree ${files(5)}\tsmall`,
    ]);
    base = commitSha(user.git('commit-tree', '-m', 'Many files', tree).trim());
    user.git('reset', '--quiet', '--soft', base);
    await importFrom(user);
  });

  it('fold large folders, open small ones, and count the files', async () => {
    const { text } = await seen('list_files', {});
    const lines = text.split('\n');
    assert.equal(lines.filter((line) => line.startsWith('small/file-')).length, 5);
    assert.equal(lines.filter((line) => line.startsWith('deep/two/file-')).length, 30);
    assert.ok(lines.includes('big/ (15000 files)'));
    assert.ok(lines.includes('deep/one/ (4000 files)'));
    assert.ok(lines.includes('readme.md'));
    assert.equal(lines.length, 5 + 30 + 2 + 2);
  });

  it('say how much of a folder is missing, and find the rest by a glob', async () => {
    const { text } = await seen('list_files', { path: 'big' });
    const [, rest = ''] = /\n… and (\d+) more lines; list a folder or use a glob$/.exec(text) ?? [];
    assert.equal(text.split('\n').length - 1 + Number(rest), 15_000);
    assert.equal((await seen('list_files', { glob: 'big/file-1499?.ts' })).text.split('\n').length, 10);
  });

  it('read a file of 5 MB in parts, without a gap', async () => {
    let next = 1;
    for (let part = 0; part < 3; part++) {
      const { text } = await seen('read_file', { path: 'rows.csv', first_line: next });
      assert.ok(text.startsWith(`${next}\t${next - 1}: ${LINE}`));
      const [, end] = /\n… stopped after line (\d+) of 125000; read on with first_line \d+$/.exec(text) ?? [];
      assert.ok(text.includes(`\n${end}\t${Number(end) - 1}: ${LINE}\n…`));
      next = Number(end) + 1;
    }
  });

  const answers: readonly (readonly [string, object])[] = [
    ['list_files', {}],
    ['list_files', { path: 'big' }],
    ['read_file', { path: 'rows.csv' }],
    ['search', { pattern: 'price', context: 10 }],
    ['search', { pattern: '^\\d+$' }],
  ];
  for (const [name, input] of answers) {
    it(`answer with at most 20,000 characters: ${name} ${JSON.stringify(input)}`, async () => {
      const { text } = await seen(name, input);
      assert.ok(material(text).length <= 20_000, `${text.length}`);
    });
  }
});

describe('the conversation', () => {
  const call = { type: 'tool_use' as const, name: 'x', input: {}, caller: { type: 'direct' as const } };
  const text = (words: string) => ({ type: 'text' as const, text: words, citations: null });

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

  it('never ends an answer with thinking, which the API does not accept', () => {
    const thinking = (signature: string) => ({ type: 'thinking' as const, thinking: 'Hm.', signature });
    const sent = (...answer: Anthropic.ContentBlock[]) =>
      conversation([{ prompt: 'one', answer }], 'x')[1]?.content;
    const stands = { type: 'text', text: '(no answer)' };
    assert.deepEqual(sent(thinking('s')), [thinking('s'), stands]);
    assert.deepEqual(sent(thinking('s'), text('')), [thinking('s'), stands]);
    assert.deepEqual(sent(text('two'), thinking('')), [text('two')], 'thinking that was cut off');
    assert.deepEqual(sent(thinking('s'), thinking('')), [thinking('s'), stands]);
    assert.equal(sent(thinking('')), '(no answer)');
    const answer = [thinking('s'), text('two')];
    assert.deepEqual(sent(...answer), answer);
  });

  it('answers every call: a read with its result, any other with the reply', () => {
    const reply = { id: null, text: 'Refused: no', isError: true };
    const reads = new Map([['a', { text: 'file', isError: false }]]);
    assert.deepEqual(followUp([{ ...call, id: 'a' }, text('and'), { ...call, id: 'b' }], reply, reads), [
      { type: 'tool_result', tool_use_id: 'a', content: 'file' },
      { type: 'tool_result', tool_use_id: 'b', content: 'Refused: no', is_error: true },
    ]);
    assert.equal(followUp([text('Done!')], reply, new Map()), 'Refused: no');
    const both = [
      { ...call, id: 'a' },
      { ...call, id: 'b' },
    ];
    assert.deepEqual(followUp(both, { ...reply, id: 'b' }, new Map()), [
      { type: 'tool_result', tool_use_id: 'a', content: 'Go on.' },
      { type: 'tool_result', tool_use_id: 'b', content: 'Refused: no', is_error: true },
    ]);
    assert.deepEqual(followUp([{ ...call, id: 'a' }], reply, reads), [
      { type: 'tool_result', tool_use_id: 'a', content: 'file' },
      { type: 'text', text: 'Refused: no' },
    ]);
  });
});
