import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pathBytes, pathText } from '../../src/git/path-bytes.js';
import { checkTreePath, checkWrite, clashingPath, type Lookup } from '../../src/git/tree-path.js';

const ALLOWED = [
  'a',
  'src/a.ts',
  'a b/c d.txt',
  ' leading and trailing ',
  '-rf',
  '--help/x',
  '~/x',
  'näme/日本語.txt',
  '"quoted"',
  "it's",
  'ab:c',
  'x/%2e%2e/y',
  '.gitignore',
  '.gitattributes',
  '.github/workflows/ci.yml',
  '.git-blame-ignore-revs',
  'git',
  'x.git',
  'git~',
  'gitmodules',
  '..a',
  'a..b',
  '...a',
  'a.',
  '$(touch x)',
  '*.ts',
  ':(top)x',
  'con',
  '👩‍💻.md',
  'a'.repeat(255),
  Array.from({ length: 16 }, () => 'b'.repeat(255)).join('/'),
];

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['', /empty/],
  ['/', /absolute/],
  ['/etc/passwd', /absolute/],
  ['//server/x', /absolute/],
  ['C:/x', /absolute/],
  ['c:x', /absolute/],
  ['.', /segment/],
  ['..', /segment/],
  ['./a', /segment/],
  ['../a', /segment/],
  ['a/..', /segment/],
  ['a/../b', /segment/],
  ['a/./b', /segment/],
  ['a//b', /empty segment/],
  ['a/', /empty segment/],
  ['a/.../b', /dots and spaces/],
  ['. .', /dots and spaces/],
  [' ', /dots and spaces/],
  ['.git', /own folder/],
  ['.git/config', /own folder/],
  ['a/.git/hooks/post-checkout', /own folder/],
  ['.GIT/config', /own folder/],
  ['.Git', /own folder/],
  ['.git.', /own folder/],
  ['.git ', /own folder/],
  ['.git . .', /own folder/],
  ['.git::$INDEX_ALLOCATION/config', /own folder/],
  ['.git:stream', /own folder/],
  ['.git. ::$DATA', /own folder/],
  ['git~1', /own folder/],
  ['GIT~1/config', /own folder/],
  ['git~2', /own folder/],
  ['.g\u200cit', /own folder/],
  ['.\u200dgit/x', /own folder/],
  ['.gi\ufefft', /own folder/],
  ['\u00ad.git', /own folder/],
  ['.git\u206a', /own folder/],
  ['.\uff47it', /own folder/],
  ['.gitmodules', /gitmodules/],
  ['.GitModules', /gitmodules/],
  ['a/.gitmodules', /gitmodules/],
  ['.gitmodules ', /gitmodules/],
  ['gitmod~1', /gitmodules/],
  ['GI7EBA~1', /gitmodules/],
  ['a\\b', /backslash/],
  ['..\\a', /backslash/],
  ['"caf\\351.txt"', /backslash/],
  ['a\nb', /control/],
  ['a\0b', /control/],
  ['a\tb', /control/],
  ['a\x7f', /control/],
  ['a\u0085', /control/],
  ['a\u202eb', /direction/],
  ['a\u2028b', /direction/],
  ['e\u0301.txt', /normal form/],
  ['\ud800', /well-formed/],
  ['a\udc80b', /well-formed/],
  ['a'.repeat(256), /255/],
  ['é'.repeat(128), /255/],
  [Array.from({ length: 17 }, () => 'b'.repeat(255)).join('/'), /4096/],
];

describe('a path in a git tree', () => {
  for (const path of ALLOWED) {
    it(`takes ${show(path)}`, () => assert.deepEqual(checkTreePath(path), { ok: true }));
  }
  for (const [path, reason] of REFUSED) {
    it(`refuses ${show(path)}`, () => {
      const checked = checkTreePath(path);
      assert.match(checked.ok ? 'taken' : checked.reason, reason);
    });
  }

  it('never takes one that leaves the repository or reaches .git, however it is put together', () => {
    const part = fc.constantFrom(
      'a',
      '.',
      '..',
      '',
      '.git',
      '.GIT',
      'git~1',
      '\u200c',
      ' ',
      ':',
      '\\',
      'x y',
    );
    const segment = fc.array(part, { maxLength: 3 }).map((parts) => parts.join(''));
    const paths = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
    fc.assert(
      fc.property(fc.oneof(paths, fc.string({ unit: 'binary' })), (path) => {
        if (!checkTreePath(path).ok) return;
        const segments = path.split('/');
        assert.ok(!path.includes('\\') && !path.includes('\0'));
        for (const one of segments) {
          assert.ok(one !== '' && one !== '.' && one !== '..');
          const folded = one.replace(/\p{Cf}/gu, '').toLowerCase();
          assert.ok(!/^(\.git|git~1)[. ]*(:|$)/.test(folded), path);
        }
      }),
    );
  });
});

describe('a path of any bytes', () => {
  it('has one string each, and gets its bytes back', () => {
    const byte = fc.oneof(fc.constantFrom(0x22, 0x5c, 0x33, 0x0a, 0xff), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 12 }), (bytes) => {
        const path = Buffer.from(bytes);
        assert.deepEqual(pathBytes(pathText(path)), path);
      }),
    );
  });

  it('is itself when it is UTF-8', () => {
    assert.equal(pathText(Buffer.from('\ufeffä "b"')), '\ufeffä "b"');
  });

  it('is refused for writing when it is not UTF-8', () => {
    const text = pathText(Buffer.from('caf\xe9.txt', 'latin1'));
    assert.equal(text, String.raw`"caf\351.txt"`);
    assert.equal(checkTreePath(text).ok, false);
  });
});

describe('what is at a path', () => {
  const cases: readonly (readonly [Lookup, boolean, boolean])[] = [
    [{ kind: 'missing' }, true, false],
    [{ kind: 'file', sha: 'x', executable: false }, true, true],
    [{ kind: 'folder' }, false, false],
    [{ kind: 'symlink', sha: 'x' }, false, true],
    [{ kind: 'submodule' }, false, false],
    [{ kind: 'below', ancestor: 'a', of: 'file' }, false, false],
    [{ kind: 'below', ancestor: 'a', of: 'symlink' }, false, false],
    [{ kind: 'below', ancestor: 'a', of: 'submodule' }, false, false],
  ];
  for (const [found, write, remove] of cases) {
    it(`allows ${JSON.stringify(found)} to be written: ${write}, deleted: ${remove}`, () => {
      assert.equal(checkWrite('write', found).ok, write);
      assert.equal(checkWrite('delete', found).ok, remove);
    });
  }
});

describe('the paths of one set', () => {
  it('clash when one is there twice or below another', () => {
    assert.equal(clashingPath(['a', 'b/c', 'b/d', 'ab']), null);
    assert.equal(clashingPath(['a', 'b', 'a'])?.path, 'a');
    assert.equal(clashingPath(['a/b/c', 'a'])?.path, 'a/b/c');
  });
});

function show(path: string): string {
  return path.length > 60 ? `${JSON.stringify(path.slice(0, 20))}… of ${path.length}` : JSON.stringify(path);
}
