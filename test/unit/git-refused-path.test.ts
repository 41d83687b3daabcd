import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { findPathFaults, spellingConflict, type PathChange } from '../../src/git/store/refused-path.js';
import type { TreePath } from '../../src/git/objects/tree-reader.js';
import { spellingFault } from '../../src/git/objects/tree-path.js';
import type { CommitSha } from '../../src/contract/ids.js';
import { TestRepository, type TestFiles } from '../support/repository.js';
import { useStore, write } from '../support/store.js';

/** The files of the commit that the submissions apply to. */
const FILES: TestFiles = {
  'README.md': '',
  'src/a.ts': '',
  'src/Deep/x.ts': '',
  file: '',
  'dir/x': '',
  link: { link: '/tmp' },
  dirlink: { link: 'dir' },
  'src/up': { link: '../..' },
  'aux/x': '',
  'con.txt': '',
  'ends.': '',
  'ab:c': '',
  'e\u0301.txt': '',
  'packag~1.jso': '',
  Twin: '',
  twin: '',
  'stra\u00dfe': '',
};

const LONG = 'b'.repeat(255);

/** Paths that may be written. */
const ACCEPTED: readonly string[] = [
  ...[
    'a',
    'src/b.ts',
    'new/folder/x',
    'a b/c d.txt',
    ' leading',
    '-rf',
    '--help/x',
    '~/x',
    '--',
    '@',
    'HEAD',
  ],
  ...[
    'näme/日本語.txt',
    '"quoted"',
    "it's",
    'x/%2e%2e/y',
    '$(touch x)',
    '`id`',
    '*.ts',
    '(top)x',
    '!x',
    '#x',
  ],
  ...['.gitignore', '.gitattributes', '.github/workflows/ci.yml', '.git-blame-ignore-revs', '.mailmap'],
  ...['git', 'x.git', 'git~', 'gitmodules', '.gitx', 'a.git/x', '..a', 'a..b', '...a', '.env.example'],
  ...['console.ts', 'auxiliary', 'com', 'com10', 'lpt', 'nullable.ts', 'x.con', 'a~b', 'notes~1x', 'n.~1~'],
  ...['👩‍💻.md', 'a'.repeat(255), [LONG, LONG, LONG].join('/'), 'a/'.repeat(449) + 'a'],
  // Existing files may be changed, whatever their name: that adds no new risk.
  ...[
    'README.md',
    'src/Deep/x.ts',
    'aux/x',
    'aux/y',
    'con.txt',
    'ends.',
    'ab:c',
    'e\u0301.txt',
    'packag~1.jso',
  ],
  ...['Twin', 'twin'],
];

const OWN = /own folder/;
const MODULES = /gitmodules/;
const ALIKE = /differs only in spelling from/;
const DEVICE = /device on Windows/;
const ENDS = /ends in a dot or a space/;

/** Paths that must not be written, with the reason. */
const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['', /empty/],
  ...over(/absolute/, '/', '/etc/passwd', '//server/x', 'C:/x', 'c:x', 'C:'),
  ...over(/segment$/, '.', '..', './a', '../a', 'a/..', 'a/../b', 'a/./b', 'a//b', 'a/', 'src/../../x'),
  ...over(/dots and spaces/, 'a/.../b', '. .', ' ', '.. ', '.. /x', '....'),
  ...over(OWN, '.git', '.git/config', 'a/.git/hooks/post-checkout', '.GIT/config', '.Git', '.gIt/x'),
  ...over(
    OWN,
    '.git.',
    '.git ',
    '.git . .',
    '.git::$INDEX_ALLOCATION/config',
    '.git:stream',
    '.git. ::$DATA',
  ),
  ...over(OWN, 'git~1', 'GIT~1/config', 'git~2', 'Git~10', 'git~1.', 'sub/git~1'),
  ...over(OWN, '.g\u200cit', '.\u200dgit/x', '.gi\ufefft', '\u00ad.git', '.git\u206a', '.\u2060git'),
  ...over(OWN, '.\uff47it', '\uff0egit', '\u2024git', '.g\u0131t', '.gi\u{1d42d}', '.\u24d6it'),
  ...over(MODULES, '.gitmodules', '.GitModules', 'a/.gitmodules', '.gitmodules ', '.gitmodules:x'),
  ...over(MODULES, 'gitmod~1', 'GITMOD~4', 'GI7EBA~1', 'gi7eb~10', 'gi7e~100', 'g~123456', '~1234567'),
  ...over(MODULES, '.git\u200cmodules', '.gitmodule\u017f'),
  ...over(/backslash/, 'a\\b', '..\\a', '\\\\server\\x', String.raw`"caf\351.txt"`, '.git\\config'),
  ...over(/control/, 'a\nb', 'a\0b', 'a\tb', 'a\x7f', 'a\u0085', '\r', 'a\x1b[31m'),
  ...over(/direction/, 'a\u202eb', 'a\u2028b', 'a\u2066', '\u200fa', 'a\u061cb'),
  ...over(/well-formed/, '\ud800', 'a\udc80b'),
  // What is left of `a\0b` and of half a surrogate pair once the model's answer has been stored.
  ...over(/U\+FFFD/, 'a\ufffdb', 'src/\ufffd'),
  ...over(/255/, 'a'.repeat(256), 'é'.repeat(128)),
  ...over(/900/, [LONG, LONG, LONG, LONG].join('/'), 'a/'.repeat(450) + 'a'),
  // Names that another file system would treat as a different name.
  ...over(/normal form/, 'e\u0301.md', 'src/\u212b'),
  ...over(
    DEVICE,
    'con',
    'CON',
    'nul.txt',
    'src/aux.ts',
    'Prn',
    'com1',
    'COM9.log',
    'lpt3.tar.gz',
    'com\u00b9',
  ),
  ...over(DEVICE, 'CONIN$', 'conout$.x', 'nul .txt', 'con/x', '\uff43on'),
  ...over(ENDS, 'a.', 'a ', 'x/a. .', 'folder./x', 'folder /x'),
  ...over(/colon/, 'xx:y', 'src/a.ts:stream', 'new.txt::$DATA'),
  ...over(/short ones/, 'readme~1.md', 'src/LONGNA~1.TS', 'a~2', 'progra~1/x'),
  // Existing names in another spelling.
  ...over(ALIKE, 'readme.md', 'README.MD', 'Src/b.ts', 'SRC', 'src/deep/y.ts', 'src/A.ts', 'TWIN', 'LINK'),
  ...over(ALIKE, 'strasse', 'STRASSE', '\uff46ile', 'fi\u200ble', 'Link/x', 'DIR'),
  // Existing files and folders.
  ...over(/^is a folder/, 'src', 'dir', 'src/Deep', 'aux'),
  ...over(/^is a symbolic link/, 'link', 'dirlink', 'src/up'),
  ...over(/which is a symbolic link/, 'link/x', 'dirlink/x', 'dirlink/new/y', 'src/up/escaped'),
  ...over(/^is a submodule/, 'sub'),
  ...over(/which is a submodule/, 'sub/x', 'sub/.github/x'),
  ...over(/which is a file/, 'file/x', 'src/a.ts/x/y', 'README.md/x'),
];

/** Submissions of several changes. A minus marks a deletion. */
const SETS: readonly (readonly [readonly string[], RegExp | null])[] = [
  [['p', 'q/r', 'q/s', 'pq'], null],
  [['p', 'q', 'p'], /listed twice/],
  [['-file', 'file'], /listed twice/],
  [['p/q/r', 'p'], /below "p", changed as a file/],
  [['p', 'p/q'], /below "p", changed as a file/],
  [['-file', 'file/x'], /which is a file/],
  [['-dir/x', 'dir'], /is a folder/],
  [['p/a', 'P/b'], ALIKE],
  [['p', 'P'], ALIKE],
  [['n/p.ts', 'n/P.ts'], ALIKE],
  [['P', 'p/x'], ALIKE],
  [['e\u00e9', 'e\u00c9'], ALIKE],
  [['-README.md', 'readme.md'], null],
  [['-src/a.ts', 'src/A.ts', 'src/other.ts'], null],
  [['-README.md', 'readme.md', 'Readme.md'], ALIKE],
  [['-src/Deep/x.ts', 'src/deep/x.ts'], ALIKE],
  [['-Twin', 'twin'], null],
  [['Twin', 'twin'], null],
  [['-link', 'q'], null],
  [['-link/x'], /which is a symbolic link/],
  [['-dir'], /is a folder/],
  [['-sub'], /is a submodule/],
  [['-none'], /does not exist/],
  [['-.gitmodules'], MODULES],
  [['-../x'], /segment/],
  [['-readme.md'], /does not exist/],
  [['fine', '.git/config', 'fine2'], OWN],
];

describe('the paths that may be written', () => {
  const { store, repository, folder, commit } = useStore();
  let user: TestRepository;
  let base: CommitSha;

  before(async () => {
    user = repository(FILES);
    user.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},sub`);
    user.git('commit', '--quiet', '-m', 'A submodule');
    base = user.head();
    await store().importBase({ gitDir: join(user.root, '.git') }, base);
  });

  const reasonFor = async (...changes: readonly PathChange[]): Promise<string | null> =>
    (await store().findPathFaults(base, changes)).find((fault) => fault !== null) ?? null;
  const toWrite = (path: string): PathChange => ({ path, action: 'write' });

  it('are tested by more than a hundred cases', () => {
    assert.ok(ACCEPTED.length + REFUSED.length + SETS.length > 200);
  });

  it('include paths that are valid on every system', async () => {
    for (const path of ACCEPTED) assert.equal(await reasonFor(toWrite(path)), null, show(path));
  });

  it('exclude all others, with the reason', async () => {
    for (const [path, reason] of REFUSED) {
      assert.match((await reasonFor(toWrite(path))) ?? 'taken', reason, show(path));
    }
  });

  it('exclude combinations of conflicting paths', async () => {
    for (const [paths, reason] of SETS) {
      const changes = paths.map((path): PathChange => {
        return path.startsWith('-') ? { path: path.slice(1), action: 'delete' } : toWrite(path);
      });
      const given = await reasonFor(...changes);
      if (reason === null) assert.equal(given, null, paths.join(' '));
      else assert.match(given ?? 'taken', reason, paths.join(' '));
    }
  });

  it('are checked out at exactly that path', async () => {
    // Each path is tried together with all accepted before, so that the sets fill with similar names.
    await fc.assert(
      fc.asyncProperty(fc.array(somePath, { minLength: 20, maxLength: 40 }), async (paths) => {
        const taken: string[] = [];
        for (const path of paths) {
          if ((await reasonFor(toWrite(path))) !== null) continue;
          if ((await reasonFor(...[...taken, path].map(toWrite))) === null) taken.push(path);
        }
        const made = await commit(
          base,
          taken.map((path) => write(path, path)),
        );
        const root = checkOut(store().gitDir, made, folder());
        const added = filesBelow(root).filter((path) => !Object.hasOwn(FILES, path) || taken.includes(path));
        assert.deepEqual(added, [...taken].sort());
        for (const path of taken) assert.equal(readFileSync(join(root, path), 'utf8'), path);
        assert.deepEqual(likeNames(filesBelow(root)), ['twin']);
      }),
      { numRuns: 12 },
    );
  }).timeout(120_000);

  it('are checked once for each folder, however deep and however many', async () => {
    const names = Array.from({ length: 5_000 }, (_, index) => `f${index}${'/d'.repeat(199)}/x`);
    const siblings = Array.from({ length: 5_000 }, (_, index) => Buffer.from(`Old${index}`));
    const resolved: TreePath = { found: { kind: 'missing' }, existing: 0, siblings };
    const changes = ['F7/other', 'f8/d', 'OLD3/x', ...names].map(toWrite);
    const faults = await findPathFaults(changes, () => Promise.resolve(resolved));
    assert.deepEqual(faults.slice(0, 3), [null, null, spellingConflict('Old3')]);
    assert.equal(faults[3 + 7], spellingConflict('F7'));
    assert.equal(faults[3 + 8], 'is below "f8/d", changed as a file');
    const many = faults.flatMap((fault, index) => (/^comes after 50000 /.test(fault ?? '') ? [index] : []));
    assert.deepEqual([many[0], many.at(-1)], [3 + 249, 3 + 4_999], 'each has 201 of the files and folders');
    assert.deepEqual(
      faults.slice(3 + 9, many[0]),
      Array.from({ length: 240 }, () => null),
    );
  }).timeout(20_000);

  it("pass git's own checks for HFS+ and NTFS", () => {
    fc.assert(
      fc.property(fc.array(somePath, { minLength: 100, maxLength: 200 }), (paths) => {
        const spelled = [...new Set(paths.filter((path) => spellingFault(path) === null))];
        const empty = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';
        const lines = spelled.map((path) => `100644 ${empty}\t${path}\0`).join('');
        const guards = ['-c', 'core.protectHFS=true', '-c', 'core.protectNTFS=true'];
        user.git('read-tree', '--empty');
        // Throws if git refuses one of the paths.
        user.gitWith(lines, ...guards, 'update-index', '-z', '--replace', '--index-info');
      }),
      { numRuns: 20 },
    );
  });
});

/** Troublesome pieces of names, combined at random. */
const piece = fc.constantFrom(
  ...['a', 'A', 'b', 'src', 'Src', 'README.md', 'x y', 'é', 'e\u0301', 'ß', 'SS', '-', '~1', '1'],
  ...['.', '..', '', '.git', '.GIT', 'git', 'modules', 'gi7eba', 'con', 'NUL', 'com1', 'dir', 'link', 'file'],
  ...['\u200c', '\u202e', '\ufeff', '\uff47', ' ', ':', '\\', '\n', '\0', '"', '*', '\ud800', '\u0131'],
);
const segment = fc.array(piece, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join(''));
/** Names that often differ only in spelling from each other or from files of the commit. */
const nearMiss = fc.constantFrom(
  'a',
  'A',
  'src',
  'Src',
  'README.md',
  'Readme.md',
  'é',
  'É',
  'dir',
  'DIR',
  'x',
);
const paths = (segments: fc.Arbitrary<string>) =>
  fc.array(segments, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const somePath = fc.oneof(
  { weight: 3, arbitrary: paths(segment) },
  { weight: 2, arbitrary: paths(nearMiss) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1 }) },
);

/** Checks out the commit with the machine's git, as a person would. Returns the folder. */
function checkOut(storeDir: string, commit: CommitSha, root: string): string {
  const clone = new TestRepository(root);
  clone.git('fetch', '--quiet', '--depth=1', storeDir, `${commit}:refs/heads/result`);
  clone.git('checkout', '--quiet', 'result');
  return root;
}

/** Files and links below a folder, except in its own `.git`. */
function filesBelow(root: string, at = ''): string[] {
  return readdirSync(join(root, at))
    .flatMap((name) => {
      const path = at === '' ? name : `${at}/${name}`;
      if (path === '.git') return [];
      return lstatSync(join(root, path)).isDirectory() ? filesBelow(root, path) : [path];
    })
    .sort();
}

/** Paths that are equal on a file system that ignores case and normal form. */
function likeNames(paths: readonly string[]): string[] {
  const spellings = new Map<string, Set<string>>();
  for (const path of paths) {
    const names = path.split('/');
    for (let count = 1; count <= names.length; count += 1) {
      const spelled = names.slice(0, count).join('/');
      const fold = spelled.normalize('NFD').toLowerCase();
      spellings.set(fold, (spellings.get(fold) ?? new Set()).add(spelled));
    }
  }
  return [...spellings].filter(([, spelled]) => spelled.size > 1).map(([fold]) => fold);
}

function over(reason: RegExp, ...paths: readonly string[]): (readonly [string, RegExp])[] {
  return paths.map((path) => [path, reason]);
}

function show(path: string): string {
  return path.length > 60 ? `${JSON.stringify(path.slice(0, 20))}… of ${path.length}` : JSON.stringify(path);
}
