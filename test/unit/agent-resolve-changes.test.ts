import assert from 'node:assert/strict';
import { resolveChanges, type ChangeRules } from '../../src/agent/changes/resolve-changes.js';
import { createRedactor } from '../../src/redaction/redactor.js';
import type { FileChange } from '../../src/agent/changes/submission.js';

const PRESENT: ReadonlyMap<string, Buffer> = new Map([
  ['a.ts', Buffer.from('one two three\n')],
  ['unseen.ts', Buffer.from('one\n')],
  ['part.ts', Buffer.from('one\ntwo\n')],
  ['run.sh', Buffer.from('echo one\n')],
  ['twice.ts', Buffer.from('one one\n')],
  ['often.ts', Buffer.from('one\ntwo\n'.repeat(20))],
  ['alike.ts', Buffer.from('\nsay(“it’s — fine”);\nconst drink = "cafe\u0301";\nadd(1,\u00a02);')],
  ['overlap.ts', Buffer.from('aaa')],
  ['crlf.txt', Buffer.from('one\r\ntwo\r\n')],
  ['latin1.txt', Buffer.from([0x66, 0xfc, 0x72, 0x20, 0x6f, 0x6e, 0x65])],
  ['data.bin', Buffer.from([0, 0xff, 0x62])],
  ['bom.txt', Buffer.from('\ufeffone\r\ntwo\r\n')],
  ['mixed-ends.txt', Buffer.from('one\r\ntwo\r\nthree\nfour\n')],
  ['twice-ends.txt', Buffer.from('one\r\ntwo\r\none\ntwo\n')],
  ['utf16.txt', Buffer.from('\ufeffone\n', 'utf16le')],
  ['damaged.txt', Buffer.concat([Buffer.from('caf\u00e9 one '), Buffer.from([0xe9]), Buffer.from(' two\n')])],
  ['indented.ts', Buffer.from('f() {\n    if (a) {\n\tgo();\n    }\n    return total * rate;\n}\n')],
  ['replaced.ts', Buffer.from('is \ufffd one\n')],
  ['ümlaut.txt', Buffer.from('für 👍 eins')],
]);

const RULES: ChangeRules = {
  read: (path) => Promise.resolve(PRESENT.get(path) ?? null),
  isExecutable: (path) => Promise.resolve(path === 'run.sh'),
  refusal: (path) => Promise.resolve(path === 'protected.ts' ? 'is protected' : null),
  knows: (path) => path !== 'unseen.ts',
  knowsWhole: (path) => Promise.resolve(path !== 'part.ts'),
  redactor: createRedactor(),
};

const resolve = (...files: readonly FileChange[]) => resolveChanges(files, RULES);
const edit = (path: string, ...edits: readonly (readonly [string, string])[]): FileChange => ({
  path,
  action: 'modify',
  edits: edits.map(([search, replace]) => ({ search, replace })),
});

describe('a submission', () => {
  const taken: readonly (readonly [string, FileChange, Buffer | string | null, boolean?])[] = [
    ['edits a file of which the model knows a part', edit('part.ts', ['two', '2']), 'one\n2\n'],
    [
      'repeats the content of a file of which the model knows a part',
      { path: 'part.ts', action: 'create', content: 'one\ntwo\n' },
      'one\ntwo\n',
    ],
    ['creates a file', { path: 'new.ts', action: 'create', content: 'x' }, 'x'],
    ['replaces a file that the model was shown', { path: 'a.ts', action: 'create', content: 'x' }, 'x'],
    ['replaces the whole content of a file', { path: 'twice.ts', action: 'modify', content: '' }, ''],
    ['deletes a file', { path: 'a.ts', action: 'delete' }, null],
    ['edits text that occurs once', edit('a.ts', ['two', '2']), 'one 2 three\n'],
    ['edits in order', edit('a.ts', ['two', 'deux'], ['deux', 'zwei']), 'one zwei three\n'],
    ['inserts a replacement literally', edit('a.ts', ['two', '$& $1 $$']), 'one $& $1 $$ three\n'],
    [
      'accepts an edit that more of the line makes unambiguous',
      edit('twice.ts', ['one one', 'one 1']),
      'one 1\n',
    ],
    ['keeps line ends', edit('crlf.txt', ['one\r\ntwo', 'two']), 'two\r\n'],
    [
      'keeps bytes that are not UTF-8',
      edit('latin1.txt', ['one', 'zwei']),
      Buffer.concat([Buffer.from([0x66, 0xfc, 0x72, 0x20]), Buffer.from('zwei')]),
    ],
    ['edits across line ends that it writes as LF', edit('crlf.txt', ['one\ntwo', 'a\nb']), 'a\r\nb\r\n'],
    [
      'replaces a CRLF file by content with LF',
      { path: 'crlf.txt', action: 'modify', content: 'a\nb\n' },
      'a\r\nb\r\n',
    ],
    [
      'finds and writes characters of a Latin-1 file',
      edit('latin1.txt', ['für', 'für ß']),
      Buffer.from('für ß one', 'latin1'),
    ],
    [
      'keeps Latin-1 for whole content',
      { path: 'latin1.txt', action: 'modify', content: 'grün' },
      Buffer.from('grün', 'latin1'),
    ],
    [
      'writes UTF-8 where Latin-1 lacks a character',
      { path: 'latin1.txt', action: 'modify', content: 'grün 👍' },
      'grün 👍',
    ],
    [
      'keeps the byte order mark for whole content',
      { path: 'bom.txt', action: 'modify', content: 'a\n' },
      '\ufeffa\r\n',
    ],
    [
      'writes no second byte order mark',
      { path: 'bom.txt', action: 'create', content: '\ufeffa\n' },
      '\ufeffa\r\n',
    ],
    ['keeps the byte order mark in edits', edit('bom.txt', ['one', 'a']), '\ufeffa\r\ntwo\r\n'],
    [
      'edits across line ends of either kind, and keeps that of the place',
      edit('mixed-ends.txt', ['one\ntwo\n', 'a\nb\nc\n'], ['three\nfour', 'd\ne']),
      'a\r\nb\r\nc\r\nd\ne\n',
    ],
    [
      'edits from a line end to a line end of either kind',
      edit('mixed-ends.txt', ['\ntwo\nthree\n', '\n2\n']),
      'one\r\n2\r\nfour\n',
    ],
    [
      'changes a line end that the edit names',
      edit('mixed-ends.txt', ['two\r\n', 'two\n']),
      'one\r\ntwo\nthree\nfour\n',
    ],
    [
      'keeps the other bytes of a file that is neither UTF-8 nor Latin-1 throughout',
      edit('damaged.txt', ['one', '1']),
      Buffer.concat([Buffer.from('caf\u00e9 1 '), Buffer.from([0xe9]), Buffer.from(' two\n')]),
    ],
    ['replaces such a file by ASCII', { path: 'damaged.txt', action: 'modify', content: 'cafe\n' }, 'cafe\n'],
    ['keeps the bytes of a binary file', edit('data.bin', ['b', 'c']), Buffer.from([0, 0xff, 0x63])],
    [
      'makes a file executable',
      { path: 'a.ts', action: 'modify', executable: true },
      'one two three\n',
      true,
    ],
    [
      'creates a file that can be executed',
      { path: 'new.sh', action: 'create', content: 'x', executable: true },
      'x',
      true,
    ],
    ['edits a file with U+FFFD', edit('replaced.ts', ['\ufffd one', '\ufffd 1']), 'is \ufffd 1\n'],
    ['edits text of any script', edit('ümlaut.txt', ['👍', 'ß']), 'für ß eins'],
  ];
  for (const [what, file, content, executable] of taken) {
    it(what, async () => {
      const resolved = await resolve(file);
      const expected =
        content === null
          ? { path: file.path, delete: true }
          : {
              path: file.path,
              content: Buffer.from(content),
              ...(executable === undefined ? {} : { executable }),
            };
      assert.deepEqual(resolved, { resolved: [{ file, changes: [expected] }], refused: [] });
    });
  }

  const refused: readonly (readonly [string, FileChange, RegExp])[] = [
    [
      'modifies a file that does not exist',
      { path: 'new.ts', action: 'modify', content: 'x' },
      /no such file to modify/,
    ],
    ['edits a file that does not exist', edit('new.ts', ['a', 'b']), /no such file to modify/],
    ['edits a file that it creates', { ...edit('new.ts', ['a', 'b']), action: 'create' }, /give content/],
    ['deletes a file that does not exist', { path: 'new.ts', action: 'delete' }, /no such file to delete/],
    [
      'overwrites a file that the model was not shown',
      { path: 'unseen.ts', action: 'create', content: '' },
      /exists already/,
    ],
    [
      'edits text that does not occur',
      edit('a.ts', ['four', '4']),
      /edit 1: its search text is not in the file/,
    ],
    [
      'leaves conflict markers in a file that it writes',
      {
        path: 'a.ts',
        action: 'modify',
        content: '<<<<<<< what landed\na\n=======\nb\n>>>>>>> your change\n',
      },
      /conflict markers .* are left in it/,
    ],
    [
      'leaves conflict markers by an edit',
      edit('a.ts', ['two', '\n<<<<<<< what landed\na\n=======\nb\n>>>>>>> your change\n']),
      /conflict markers/,
    ],
    [
      'leaves conflict markers in a file that it moves',
      {
        path: 'b.ts',
        action: 'move',
        from: 'a.ts',
        content: '<<<<<<< what landed\na\n=======\nb\n>>>>>>> your change\n',
      },
      /conflict markers/,
    ],
    [
      'writes a file with a character that was lost',
      { path: 'new.ts', action: 'create', content: 'split("\ufffd")' },
      /^it has U\+FFFD/,
    ],
    ['writes a lost character by an edit', edit('a.ts', ['two', 'a\ufffd']), /^it has U\+FFFD/],
    ['adds one to those of a file', edit('replaced.ts', ['one', '\ufffd']), /^it has U\+FFFD/],
    [
      'edits text that occurs twice',
      edit('twice.ts', ['one', '1']),
      /edit 1: .* more than once: 2 times \(line 1\); add the lines around/,
    ],
    ['edits text that overlaps itself', edit('overlap.ts', ['aa', 'b']), /edit 1: .* more than once/],
    [
      'edits text that occurs often',
      edit('often.ts', ['two', '2']),
      /: 20 times \(lines 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, …\);/,
    ],
    [
      'edits text that an earlier edit removed',
      edit('a.ts', ['two', ''], ['two', '2']),
      /edit 2: .* not in the file/,
    ],
    [
      'edits text that an earlier edit duplicated',
      edit('a.ts', ['two', 'three'], ['three', '3']),
      /edit 2: .* more than once: 2 times \(line 1 after the edits before it\)/,
    ],
    [
      'edits text that differs in white space only',
      edit('indented.ts', ['if (a) {\n  go();', 'x']),
      /edit 1: .* is not in the file\. These lines differ in white space only \(lines 2 to 3\):\n<material \w+>\n {4}if \(a\) \{\n\tgo\(\);\n<\/material \w+>$/,
    ],
    [
      'edits text with other quotes and dashes',
      edit('alike.ts', ['say("it\'s - fine");', 'x']),
      /These lines differ in characters that look alike only \(line 2; the file has U\+201C, U\+2019, U\+2014, U\+201D\):\n<material/,
    ],
    [
      'edits text with another form of a letter',
      edit('alike.ts', ['const drink = "caf\u00e9";', 'x']),
      /look alike only \(line 3; the file has U\+0301; your text has U\+00E9\):/,
    ],
    [
      'edits text with another kind of space',
      edit('alike.ts', ['add(1, 2);', 'x']),
      /white space only \(line 4; the file has U\+00A0\):/,
    ],
    [
      'edits a line end that the end of the file lacks',
      edit('alike.ts', ['add(1,\u00a02);\n', 'x']),
      /not in the file: the file ends with fewer line breaks after it; leave those at its end out$/,
    ],
    [
      'edits lines with their numbers',
      edit('indented.ts', ['2\t    if (a) {\n3\t\tgo();\n', '2\tx\n']),
      /not in the file: its lines begin with their numbers.*leave number and tab out, also in replace$/,
    ],
    [
      'repeats an edit that was made already',
      edit('indented.ts', ['return total;', 'return total * rate;']),
      /not in the file, but what replaces it is \(line 5\): it may be done already$/,
    ],
    [
      'edits what is nowhere',
      edit('indented.ts', ['class Basket', 'x']),
      /^edit 1: its search text is not in the file, nor anything like it; read the file as it is now$/,
    ],
    [
      'has several edits that cannot be made, and one that depends on them',
      edit('often.ts', ['three', 'three\nfour'], ['four', '4'], ['one', '1'], ['return total;', 'x']),
      /^edit 1: [^\n]* now\.\nedit 3: [^\n]* mean\.\nedit 4: [^\n]* now$/,
    ],
    [
      'edits text that is similar to what the file holds',
      edit('indented.ts', ['return total * vatRate;', 'x']),
      /These lines come closest \(line 5\):\n<material \w+>\n {4}return total \* rate;\n<\/material \w+>$/,
    ],
    [
      'writes a character that the encoding of the file lacks',
      edit('latin1.txt', ['one', '👍']),
      /Latin-1 file, which cannot hold/,
    ],
    [
      'writes more than ASCII into a file that is neither UTF-8 nor Latin-1 throughout',
      edit('damaged.txt', ['one', 'd\u00e9j\u00e0']),
      /edit 1: it is neither UTF-8 nor Latin-1 throughout, so only ASCII/,
    ],
    [
      'replaces such a file by more than ASCII',
      { path: 'damaged.txt', action: 'modify', content: 'd\u00e9j\u00e0' },
      /only ASCII can be written into it.*delete it in a call before/,
    ],
    ...(['create', 'modify'] as const).map(
      (action) =>
        [
          `replaces UTF-16 text by its content (${action})`,
          { path: 'utf16.txt', action, content: 'two\n' },
          /^it is not text.*delete it in a call before/,
        ] as const,
    ),
    [
      'replaces a binary file while it moves it',
      { path: 'new.bin', action: 'move', from: 'data.bin', content: 'two\n' },
      /^data\.bin: it is not text/,
    ],
    [
      'edits text that is there twice, but for line ends',
      edit('twice-ends.txt', ['one\ntwo', 'x']),
      /edit 1: .* more than once/,
    ],
    [
      'gives a line end that the file does not have there',
      edit('a.ts', ['three\r\n', 'x']),
      /edit 1: .* not in the file: its line ends differ \(CRLF or LF\).*without carriage returns/,
    ],
    ...(['create', 'modify'] as const).map(
      (action) =>
        [
          `replaces a file of which the model knows a part only (${action})`,
          { path: 'part.ts', action, content: 'two\n' },
          /it has changed since it was shown to you, or you saw only a part of it/,
        ] as const,
    ),
    [
      'replaces such a file while it moves it',
      { path: 'new.ts', action: 'move', from: 'part.ts', content: 'two\n' },
      /saw only a part of it.*or use edits$/,
    ],
    ['modifies a file that the model was not shown', edit('unseen.ts', ['one', '1']), /was not shown it/],
    [
      'makes a file executable that the model was not shown',
      { path: 'unseen.ts', action: 'modify', executable: true },
      /was not shown it/,
    ],
    ['moves a file that is not there', { path: 'n', action: 'move', from: 'm' }, /no such file to move: m/],
    ['moves a file over another', { path: 'a.ts', action: 'move', from: 'run.sh' }, /exists already/],
    [
      'moves and edits a file that the model was not shown',
      { ...edit('n', ['one', '1']), action: 'move', from: 'unseen.ts' },
      /was not shown it/,
    ],
    [
      'moves a protected file',
      { path: 'n', action: 'move', from: 'protected.ts' },
      /protected\.ts: is protected/,
    ],
    ['moves to a protected path', { path: 'protected.ts', action: 'move', from: 'a.ts' }, /is protected/],
    ['changes a protected file', { path: 'protected.ts', action: 'create', content: '' }, /is protected/],
  ];
  for (const [what, file, reason] of refused) {
    it(`is refused when it ${what}`, async () => {
      const other: FileChange = { path: 'other.ts', action: 'create', content: '' };
      const { resolved, refused: refusals } = await resolve(other, file);
      assert.deepEqual(
        resolved.map((each) => each.file),
        [other],
        'the other file stands alone',
      );
      assert.equal(refusals.length, 1);
      assert.equal(refusals[0]?.path, file.path);
      assert.match(refusals[0].reason, reason);
    });
  }

  it('is refused when a file is too large to edit', async () => {
    const huge = { ...RULES, read: () => Promise.reject(new RangeError('huge.bin has 5 GB')) };
    const resolved = await resolveChanges([edit('huge.bin', ['a', 'b'])], huge);
    assert.deepEqual(resolved.refused, [{ path: 'huge.bin', reason: 'huge.bin has 5 GB' }]);
  });

  it('moves a file with its mode, and with changes of it', async () => {
    const moved = async (file: Partial<FileChange>) =>
      (await resolve({ path: 'new.sh', action: 'move', from: 'run.sh', ...file })).resolved[0]?.changes;
    const gone = { path: 'run.sh', delete: true };
    const at = { path: 'new.sh', content: Buffer.from('echo one\n'), executable: true };
    assert.deepEqual(await moved({}), [at, gone]);
    assert.deepEqual(await moved({ executable: false }), [{ ...at, executable: false }, gone]);
    assert.deepEqual(await moved({ content: 'x' }), [{ ...at, content: Buffer.from('x') }, gone]);
    assert.deepEqual(await moved({ edits: [{ search: 'one', replace: '1' }] }), [
      { ...at, content: Buffer.from('echo 1\n') },
      gone,
    ]);
  });

  it('may change nothing', async () => {
    assert.deepEqual(await resolve(), { resolved: [], refused: [] });
  });
});

describe('a submission that touches secrets', () => {
  const token = `ghp_${'aB3dE6gH9jK2'.repeat(3)}`;
  const { redact } = createRedactor();
  const files = new Map([
    ['a.ts', `const a = 1;\nconst token = '${token}';\nconst b = 2;\n`],
    ['marker.md', 'A marker looks like [redacted:github-token:abc].\n'],
    ['.env', 'PORT=1\n'],
  ]);
  const rules: ChangeRules = {
    ...RULES,
    read: (path) => Promise.resolve(files.has(path) ? Buffer.from(files.get(path) ?? '') : null),
  };
  const submit = async (file: FileChange) => {
    const resolved = await resolveChanges([file], rules);
    const [refusal] = resolved.refused;
    if (refusal !== undefined) return refusal.reason;
    const [change] = resolved.resolved.flatMap(({ changes }) => changes);
    return change !== undefined && 'content' in change ? change.content.toString() : null;
  };
  const redacted = redact(files.get('a.ts') ?? '');
  const line = redacted.split('\n')[1] ?? '';

  it('matches no part of a secret that is hidden in another spelling', async () => {
    const spellings = [token.split('').join('\u200b'), `${token.slice(0, 9)}' +\n'${token.slice(9)}`];
    for (const [index, spelling] of spellings.entries()) {
      const path = `hidden-${index}.ts`;
      const search = spelling.slice(0, 5);
      files.set(path, `// é\nconst token = '${spelling}';\nend\n`);
      assert.match(
        String(await submit(edit(path, [search, 'x']))),
        /search text is not in the file, nor anything like it/,
      );
      const text = `// é\nconst token = '${spelling}';\nEND\n`;
      assert.equal(await submit(edit(path, ['end', 'END'])), text, 'the text around it can be edited');
    }
  });

  it('does not make a secret readable by changing the name beside it', async () => {
    files.set('named.ts', "const password = 'q8Rt2Lm9Zx4Vb7Nc';\n");
    assert.match(String(await submit(edit('named.ts', ['password', 'p']))), /would make a secret readable/);
    assert.match(
      String(await submit(edit('named.ts', ["d = '", "d = 'the "]))),
      /would make a secret readable/,
    );
    assert.equal(
      await submit(edit('named.ts', ['const password', 'let adminPassword'])),
      "let adminPassword = 'q8Rt2Lm9Zx4Vb7Nc';\n",
    );
    assert.equal(await submit(edit('named.ts', ['const', 'let'])), "let password = 'q8Rt2Lm9Zx4Vb7Nc';\n");
  });

  it('edits the lines around a secret and leaves the secret unchanged', async () => {
    assert.equal(
      await submit(edit('a.ts', ['const a = 1', 'const a = 3'], ['const b = 2', 'const b = 4'])),
      `const a = 3;\nconst token = '${token}';\nconst b = 4;\n`,
    );
    assert.equal(
      await submit(edit('a.ts', ["const token = '", "export const token = '"])),
      `const a = 1;\nexport const token = '${token}';\nconst b = 2;\n`,
    );
  });

  it('shows no secret that the edits before made readable, nor other lines after one of several lines', async () => {
    files.set('shop.ts', "export const password = 'q8Rt2Lm9Zx4Vb7Nc'; // as the shop has it\n");
    const near = "export const p = 'q8'; // as the shop has it";
    const first = String(await submit(edit('shop.ts', ['password', 'p'], [near, 'x'])));
    assert.match(
      first,
      /come closest \(line 1 after the edits before it\):\n<material \w+>\nexport const p = '\[redacted:secret:000\]'/,
    );
    assert.doesNotMatch(first, /Rt2Lm9Zx/);
    const key = `-----BEGIN PRIVATE KEY-----\n${`${'aB3dE6gH'.repeat(8)}\n`.repeat(3)}-----END PRIVATE KEY-----`;
    files.set('key.ts', `const key = \`${key}\`;\n\nfunction total() {}\n`);
    const after = String(await submit(edit('key.ts', ['function totals() {}', 'x'])));
    assert.match(after, /come closest \(line 7\):\n<material \w+>\nfunction total\(\) {}\n/);
  });

  const refused: readonly (readonly [string, FileChange, RegExp])[] = [
    [
      'writes a redaction marker',
      { path: 'a.ts', action: 'modify', content: redacted },
      /^\[redacted:.*cannot be written; leave/,
    ],
    [
      'writes a marker into a new file',
      { path: 'n.ts', action: 'create', content: line },
      /cannot be written/,
    ],
    [
      'writes a marker by an edit',
      edit('a.ts', ['const b = 2', line]),
      /^edit 1: \[redacted:.*cannot be written/,
    ],
    [
      'searches for a marker',
      edit('a.ts', [line, 'x']),
      /^edit 1: its search text holds \[redacted:.*choose text beside/,
    ],
    // The same answer for right and wrong guesses, so that guessing reveals nothing.
    [
      'guesses a part of a secret',
      edit('a.ts', [token.slice(0, 8), 'x']),
      /search text is not in the file, nor anything like it/,
    ],
    [
      'guesses a whole secret',
      edit('a.ts', [`'${token}'`, 'x']),
      /search text is not in the file, nor anything like it/,
    ],
    [
      'edits a file that is hidden from the model',
      edit('.env', ['PORT', 'x']),
      /^it looks like an environment file/,
    ],
  ];
  for (const [what, file, reason] of refused) {
    it(`is refused when it ${what}`, async () => assert.match((await submit(file)) ?? '', reason));
  }

  it('shows no secret among the lines that come closest', async () => {
    const wanted = `const token = '${token.slice(0, 20)}';`;
    const reason = (await submit(edit('a.ts', [wanted, 'x']))) ?? '';
    assert.match(reason, /not in the file/);
    assert.doesNotMatch(reason, /aB3d/);
  });

  it('may search for text that also occurs within a secret', async () => {
    // The secret contains "aB3". Refusing this edit as ambiguous would reveal that.
    assert.match((await submit(edit('a.ts', ['2;', 'aB3;'], ['aB3', '5']))) ?? '', /const b = 5;/);
  });

  it('keeps text that looks like a marker if the file already had it', async () => {
    const content = `${files.get('marker.md') ?? ''}More.\n`;
    assert.equal(await submit({ path: 'marker.md', action: 'modify', content }), content);
  });
});

describe('an edit of a large file', () => {
  const line = 'const total = price * count; '.repeat(1_000);
  const files = new Map([
    ['min.js', Buffer.from(`${line}\n${line}1\n`)],
    ['huge.txt', Buffer.alloc(20 * 1024 * 1024, 'line of text\n')],
    ['more.txt', Buffer.alloc(20 * 1024 * 1024, 'line of text\n')],
  ]);
  const rules: ChangeRules = { ...RULES, read: (path) => Promise.resolve(files.get(path) ?? null) };
  const resolveLarge = (...changes: readonly FileChange[]) => resolveChanges(changes, rules);

  it('that fails shows the beginning and the end of long lines only', async () => {
    const { refused } = await resolveLarge(edit('min.js', [`${line}2\n${line}`, 'x']));
    const [{ reason } = { reason: '' }] = refused;
    assert.match(reason, /differ in white space only/);
    assert.ok(reason.length < 2_000, `${reason.length} characters`);
  });

  it('is refused when it would take too long, alone or with others', async () => {
    const many = Array.from({ length: 100 }, () => ['line of text', 'x'] as const);
    const { refused } = await resolveLarge(edit('huge.txt', ...many), edit('more.txt', ['z', 'y']));
    assert.match(refused[0]?.reason ?? '', /too large for so many edits/);
    assert.match(refused[1]?.reason ?? '', /too large to change in this call/);
  });

  it('or a move of many is refused when they do not fit into memory', async () => {
    const moves = Array.from({ length: 10 }, (_, n): FileChange => ({
      ...{ path: `new-${n}.txt`, action: 'move', from: 'huge.txt' },
    }));
    const { resolved, refused } = await resolveLarge(...moves);
    assert.deepEqual([resolved.length, refused.length], [6, 4]);
  });

  it('does not keep the file from being deleted', async () => {
    const { refused } = await resolveLarge({ path: 'huge.txt', action: 'delete' });
    assert.deepEqual(refused, []);
  });
});
