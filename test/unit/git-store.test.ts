import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, readFileSync, readlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importStream } from '../../src/git/fast-import.js';
import { RefusedChangeError, UnknownCommitError } from '../../src/git/git-errors.js';
import { GitStore } from '../../src/git/store.js';
import type { Change } from '../../src/git/commit-changes.js';
import { commitSha, treeSha, type CommitSha } from '../../src/ids.js';
import { makeRepository, scratchFolder, type TestFiles, type TestRepository } from '../support/repository.js';

const AT = new Date('2026-11-23T21:00:00.900Z');

describe('the git store', () => {
  const scratch = scratchFolder();
  let store: GitStore;
  let number = 0;

  before(async () => {
    store = await GitStore.open(join(scratch.path, 'store.git'));
  });
  after(() => {
    store.close();
    scratch.remove();
  });

  async function imported(files?: TestFiles): Promise<{ repository: TestRepository; base: CommitSha }> {
    number += 1;
    const repository = makeRepository(join(scratch.path, `r${number}`), files);
    const base = repository.head();
    await store.importBase({ gitDir: join(repository.root, '.git') }, base);
    return { repository, base };
  }

  function commit(parent: CommitSha, changes: readonly Change[], message = 'x'): Promise<CommitSha> {
    return store.commitChanges({ parent, changes, message, at: AT });
  }

  function write(path: string, text: string): Change {
    return { path, content: Buffer.from(text) };
  }

  async function text(of: CommitSha, path: string): Promise<string | undefined> {
    return (await store.readFile(of, path))?.toString('utf8');
  }

  describe('commits of changes', () => {
    it('writes, changes and deletes files, byte for byte', async () => {
      const { base } = await imported({ 'a.txt': 'a', 'd/b.txt': 'b', 'd/gone.txt': '' });
      const bytes = Buffer.from([0, 0xff, 0x0d, 0x0a, 0x0a]);
      const made = await commit(base, [
        write('a.txt', 'new'),
        { path: 'n/e/w', content: bytes },
        { path: 'd/gone.txt', delete: true },
      ]);
      assert.deepEqual(await store.readFile(made, 'n/e/w'), bytes);
      assert.equal(await text(made, 'a.txt'), 'new');
      assert.equal(await store.readFile(made, 'd/gone.txt'), null);
      assert.deepEqual(await store.changedPaths(base, made), ['a.txt', 'd/gone.txt', 'n/e/w']);
      assert.equal(await store.parentOf(made), base);
    });

    it('gives the same sha for the same input, in another store too', async () => {
      const { repository, base } = await imported();
      const changes = [write('b', 'b'), write('c', 'c')];
      const first = await commit(base, changes);
      assert.equal(await commit(base, [...changes].reverse()), first);
      const other = await GitStore.open(join(scratch.path, 'other.git'));
      await other.importBase({ gitDir: join(repository.root, '.git') }, base);
      assert.equal(await other.commitChanges({ parent: base, changes, message: 'x', at: AT }), first);
      other.close();
    });

    it('is by Leadwright, at the given second, with the message as it is', async () => {
      const { base } = await imported();
      const made = await commit(base, [write('b', 'b')], 'Title\n\nRun: r1\n');
      const patch = await store.diff(base, made);
      assert.match(patch, /\+b/);
      const raw = execGit(store, 'cat-file', 'commit', made);
      const who = 'Leadwright <leadwright@localhost> 1795467600 +0000';
      assert.ok(raw.endsWith(`author ${who}\ncommitter ${who}\n\nTitle\n\nRun: r1\n`), raw);
    });

    it('gives the parent when nothing changes', async () => {
      const { base } = await imported({ a: 'a' });
      assert.equal(await commit(base, []), base);
      assert.equal(await commit(base, [write('a', 'a')]), base);
    });

    it('keeps the executable bit and gives it to nothing new', async () => {
      const { base } = await imported({ 'run.sh': { executable: 'x' } });
      const made = await commit(base, [write('run.sh', 'y'), write('new.sh', 'y')]);
      const modes = (await store.listTree(made)).map(({ path, mode }) => [path, mode]);
      assert.deepEqual(modes, [
        ['new.sh', '100644'],
        ['run.sh', '100755'],
      ]);
    });

    it('takes unusual names as they are', async () => {
      const names = ['sp ace', '-dash', '"q"', "it's", 'ä/日本', ':(top)x', '*', '~', 'a%b', 'HEAD'];
      const { base } = await imported(Object.fromEntries(names.map((name) => [`old/${name}`, name])));
      const made = await commit(
        base,
        names.map((name) => write(name, `new ${name}`)),
      );
      for (const name of names) {
        assert.equal(await text(made, name), `new ${name}`);
        assert.equal(await text(made, `old/${name}`), name);
      }
      assert.deepEqual([...(await store.changedPaths(base, made))].sort(), [...names].sort());
    });

    const refusals: readonly (readonly [string, Change, RegExp])[] = [
      ['out of the repository', write('../x', ''), /segment/],
      ['into .git', write('.git/config', ''), /own folder/],
      ['through a symbolic link', write('link/x', ''), /symbolic link/],
      ['over a symbolic link', write('link', ''), /symbolic link/],
      ['a file over a folder', write('dir', ''), /folder/],
      ['a folder over a file', write('file/x', ''), /is a file/],
      ['the deletion of a folder', { path: 'dir', delete: true }, /folder/],
      ['the deletion of nothing', { path: 'none', delete: true }, /does not exist/],
    ];
    for (const [what, change, reason] of refusals) {
      it(`refuses ${what} and writes nothing`, async () => {
        const { base } = await imported({ link: { link: '/tmp' }, 'dir/x': '', file: '' });
        await assert.rejects(commit(base, [write('fine', 'x'), change]), (error) => {
          assert.ok(error instanceof RefusedChangeError);
          assert.equal(error.path, change.path);
          assert.match(error.reason, reason);
          return true;
        });
      });
    }

    it('refuses to write below a submodule', async () => {
      const { repository } = await imported();
      repository.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},sub`);
      repository.git('commit', '-qm', 'sub');
      await store.importBase({ gitDir: join(repository.root, '.git') }, repository.head());
      await assert.rejects(commit(repository.head(), [write('sub/x', '')]), RefusedChangeError);
    });

    it('leaves a stream that breaks off without a commit, a ref or a broken store', async () => {
      const { base } = await imported();
      const content = Buffer.alloc(200_000, 'x');
      const files = [{ path: Buffer.from('big'), mode: '100644', content }] as const;
      const stream = importStream({ parent: base, files, message: 'x', at: AT });
      const child = spawn('git', [`--git-dir=${store.gitDir}`, 'fast-import', '--quiet', '--done']);
      child.stdin.write(stream.subarray(0, 100_000));
      child.stdout.resume();
      child.stderr.resume();
      child.kill('SIGKILL');
      await once(child, 'close');
      assert.equal(await store.readRef('refs/leadwright/import'), null);
      const made = await commit(base, [{ path: 'big', content }]);
      assert.deepEqual(await store.readFile(made, 'big'), content);
      assert.equal(execGit(store, 'fsck', '--connectivity-only', made).includes('missing'), false);
    });

    it('stops when it is aborted', async () => {
      const { base } = await imported();
      const reason = new Error('cancelled');
      const set = { parent: base, changes: [write('b', '')], message: 'x', at: AT };
      await assert.rejects(store.commitChanges(set, AbortSignal.abort(reason)), reason);
    });
  });

  describe('reading', () => {
    it('says what is there, never following a link', async () => {
      const { base } = await imported({ 'd/f': 'f', l: { link: 'd' } });
      assert.equal((await store.lookUp(base, 'd')).kind, 'folder');
      assert.equal((await store.lookUp(base, 'l')).kind, 'symlink');
      assert.deepEqual(await store.lookUp(base, 'l/f'), { kind: 'below', ancestor: 'l', of: 'symlink' });
      assert.deepEqual(await store.lookUp(base, 'd/f/x'), { kind: 'below', ancestor: 'd/f', of: 'file' });
      assert.equal((await store.lookUp(base, 'd/none')).kind, 'missing');
      assert.equal(await store.readFile(base, 'l'), null);
    });

    it('lists sizes and modes', async () => {
      const { base } = await imported({ 'd/f': 'four', l: { link: 'd' } });
      const entries = (await store.listTree(base)).map(({ path, mode, size }) => ({ path, mode, size }));
      assert.deepEqual(entries, [
        { path: 'd/f', mode: '100644', size: 4 },
        { path: 'l', mode: '120000', size: 1 },
      ]);
    });

    it('answers many requests at once, large and small, each its own', async () => {
      const sizes = Array.from({ length: 60 }, (_, index) => index * index * 500);
      const files = Object.fromEntries(sizes.map((size) => [`f${size}`, Buffer.alloc(size, `${size}\n`)]));
      const { base } = await imported(files);
      const read = await Promise.all(sizes.map((size) => store.readFile(base, `f${size}`)));
      for (const [index, size] of sizes.entries()) assert.deepEqual(read[index], files[`f${size}`]);
    });

    it('says so when the store has no such commit', async () => {
      const unknown = commitSha('1'.repeat(40));
      await assert.rejects(store.treeOf(unknown), UnknownCommitError);
      await assert.rejects(store.readFile(unknown, 'a'), UnknownCommitError);
      assert.equal(await store.has(unknown), false);
    });

    it('reads on after its process was killed', async () => {
      const { base } = await imported({ a: 'a' });
      const other = await GitStore.open(store.gitDir);
      assert.equal((await other.readFile(base, 'a'))?.toString(), 'a');
      other.close();
      assert.equal((await other.readFile(base, 'a'))?.toString(), 'a');
      other.close();
    });
  });

  describe('search', () => {
    const files = {
      'src/a.ts': 'one\nfoo(1)\n',
      'src/deep/b.ts': 'foo(2)\n',
      'c\nd.md': 'foo(3)\n',
      'bin.dat': Buffer.from('\0foo('),
      'min.js': `foo(${'x'.repeat(5000)}`,
    };

    it('finds text with its path, line and text', async () => {
      const { base } = await imported(files);
      const result = await store.search(base, { pattern: 'foo(', limit: 10 });
      assert.ok(result.kind === 'found');
      assert.equal(result.more, false);
      const short = result.matches.filter(({ path }) => path !== 'min.js');
      assert.deepEqual(short, [
        { path: 'c\nd.md', line: 1, text: 'foo(3)' },
        { path: 'src/a.ts', line: 2, text: 'foo(1)' },
        { path: 'src/deep/b.ts', line: 1, text: 'foo(2)' },
      ]);
      assert.equal(result.matches.find(({ path }) => path === 'min.js')?.text.length, 500);
    });

    const globs: readonly (readonly [string, readonly string[]])[] = [
      ['*.ts', ['src/a.ts', 'src/deep/b.ts']],
      ['src/*.ts', ['src/a.ts']],
      ['src', ['src/a.ts', 'src/deep/b.ts']],
      ['src/', ['src/a.ts', 'src/deep/b.ts']],
      [':!src', []],
      [':(top)src', []],
    ];
    for (const [glob, paths] of globs) {
      it(`looks only where ${glob} says`, async () => {
        const { base } = await imported(files);
        const result = await store.search(base, { pattern: 'foo', glob, limit: 10 });
        assert.ok(result.kind === 'found');
        assert.deepEqual(
          result.matches.map(({ path }) => path),
          paths,
        );
      });
    }

    it('takes regular expressions, and says when there are more matches', async () => {
      const { base } = await imported(files);
      const result = await store.search(base, { pattern: String.raw`^foo\(\d\)$`, regex: true, limit: 2 });
      assert.ok(result.kind === 'found');
      assert.equal(result.matches.length, 2);
      assert.equal(result.more, true);
    });

    it('takes a pattern that looks like an option', async () => {
      const { base } = await imported({ a: '--help\n' });
      const result = await store.search(base, { pattern: '--help', limit: 2 });
      assert.deepEqual(result, {
        kind: 'found',
        matches: [{ path: 'a', line: 1, text: '--help' }],
        more: false,
      });
    });

    for (const query of [
      { pattern: 'a(', regex: true },
      { pattern: '' },
      { pattern: 'a\nb' },
      { pattern: 'a', glob: '../x' },
      { pattern: 'a', glob: '/etc' },
    ]) {
      it(`says what is wrong with ${JSON.stringify(query)}`, async () => {
        const { base } = await imported();
        const result = await store.search(base, { ...query, limit: 1 });
        assert.equal(result.kind, 'invalid');
      });
    }
  });

  describe('merging', () => {
    it('joins changes of different files', async () => {
      const { base } = await imported({ a: 'a\n', b: 'b\n' });
      const ours = await commit(base, [write('a', 'ours\n')]);
      const theirs = await commit(base, [write('b', 'theirs\n')]);
      const result = await store.mergeTree(ours, theirs);
      assert.ok(result.kind === 'clean');
      const made = { tree: result.tree, parents: [ours, theirs], message: 'Merge', at: AT };
      const merged = await store.commitTree(made);
      assert.equal(await store.commitTree(made), merged);
      assert.equal(await text(merged, 'a'), 'ours\n');
      assert.equal(await text(merged, 'b'), 'theirs\n');
    });

    it('names the files in conflict, strange names too', async () => {
      const { base } = await imported({ 'a "b"\nc': 'a\n', b: 'b\n' });
      const strange = await store.listTree(base);
      assert.equal(strange[0]?.path, 'a "b"\nc');
      const ours = await commit(base, [write('b', 'ours\n')]);
      const theirs = await commit(base, [write('b', 'theirs\n')]);
      assert.deepEqual(await store.mergeTree(ours, theirs), { kind: 'conflict', files: ['b'] });
    });

    it('follows a rename', async () => {
      const lines = Array.from({ length: 20 }, (_, index) => `line ${index}\n`);
      const { base } = await imported({ old: lines.join('') });
      const ours = await commit(base, [{ path: 'old', delete: true }, write('new', lines.join(''))]);
      const theirs = await commit(base, [write('old', lines.with(3, 'changed\n').join(''))]);
      const result = await store.mergeTree(ours, theirs);
      assert.equal(result.kind, 'clean');
    });

    it('carries names that are not UTF-8 through untouched', async () => {
      const { repository } = await imported();
      const blob = repository.gitWith('x', 'hash-object', '-w', '--stdin');
      const entry = Buffer.concat([
        Buffer.from(`100644 blob ${blob}\tcaf`),
        Buffer.from([0xe9]),
        Buffer.from('\0'),
      ]);
      const tree = treeSha(repository.gitWith(entry, 'mktree', '-z'));
      const base = commitSha(repository.git('commit-tree', tree, '-m', 'x'));
      await store.importBase({ gitDir: join(repository.root, '.git') }, base);
      const name = String.raw`"caf\351"`;
      assert.deepEqual(
        (await store.listTree(base)).map(({ path }) => path),
        [name],
      );
      assert.equal(await text(base, name), 'x');
      const ours = await commit(base, [write('a', '')]);
      const theirs = await commit(base, [write('b', '')]);
      const result = await store.mergeTree(ours, theirs);
      assert.ok(result.kind === 'clean');
      const merged = await store.commitTree({ tree: result.tree, parents: [ours], message: 'm', at: AT });
      assert.deepEqual(
        (await store.listTree(merged)).map(({ path }) => path),
        ['a', 'b', name],
      );
      const folder = join(scratch.path, 'latin');
      await store.materialise(merged, folder);
      const file = Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9])]);
      assert.equal(readFileSync(file, 'utf8'), 'x');
    });

    it('knows the base of a run that began on the result of another', async () => {
      const { repository, base } = await imported({ a: 'a\n', b: 'b\n' });
      const first = await commit(base, [write('a', 'first\n')]);
      const second = await commit(first, [write('a', 'second\n')]);
      // The user took the first run's commit over; it becomes the base of a second run.
      await store.importBase({ gitDir: join(repository.root, '.git') }, base);
      await store.importBase({ gitDir: store.gitDir }, first);
      const side = await commit(base, [write('b', 'side\n')]);
      assert.equal((await store.mergeTree(second, side)).kind, 'clean');
    });
  });

  describe('refs', () => {
    it('move only from where they are expected', async () => {
      const { base } = await imported();
      const next = await commit(base, [write('n', 'n')]);
      const other = await commit(base, [write('o', 'o')]);
      const ref = 'refs/leadwright/runs/r1';
      assert.deepEqual(await store.moveRef(ref, base, null), { kind: 'moved' });
      assert.deepEqual(await store.moveRef(ref, next, base), { kind: 'moved' });
      assert.deepEqual(await store.moveRef(ref, next, base), { kind: 'already' });
      assert.deepEqual(await store.moveRef(ref, other, base), { kind: 'lost', current: next });
      assert.deepEqual(await store.moveRef(ref, other, null), { kind: 'lost', current: next });
      assert.equal(await store.readRef(ref), next);
      assert.deepEqual(await store.deleteRef(ref, base), { kind: 'lost', current: next });
      assert.deepEqual(await store.deleteRef(ref, next), { kind: 'moved' });
      assert.deepEqual(await store.deleteRef(ref, next), { kind: 'already' });
      assert.equal(await store.readRef(ref), null);
    });

    it('have one winner among many', async () => {
      const { base } = await imported();
      const ref = 'refs/leadwright/runs/race';
      const made = await Promise.all([1, 2, 3, 4].map((one) => commit(base, [write('f', String(one))])));
      await store.moveRef(ref, base, null);
      const results = await Promise.all(made.map((to) => store.moveRef(ref, to, base)));
      assert.deepEqual(results.map(({ kind }) => kind).sort(), ['lost', 'lost', 'lost', 'moved']);
    });

    it("are freed of a killed process's lock", async () => {
      const { base } = await imported();
      const ref = 'refs/leadwright/runs/locked';
      await store.moveRef(ref, base, null);
      const lock = join(store.gitDir, `${ref}.lock`);
      writeFileSync(lock, '');
      utimesSync(lock, new Date(0), new Date(0));
      const next = await commit(base, [write('n', 'n')]);
      assert.deepEqual(await store.moveRef(ref, next, base), { kind: 'moved' });
    });
  });

  describe('a tree for a test', () => {
    it('has exact bytes, executable bits and links, and no .git', async () => {
      const crlf = Buffer.from('$Id$ $Format:%H$\r\n\xff', 'latin1');
      const { repository } = await imported({
        'd/x.txt': crlf,
        hidden: 'h',
        'a.w': 'w',
        'run.sh': { executable: '#!/bin/sh\n' },
        link: { link: '../outside' },
        'line\nbreak': 'n',
      });
      // Alone, after the others: git would convert them on their way in.
      const attributes =
        '* text eol=crlf ident export-subst\nhidden export-ignore\n*.w working-tree-encoding=UTF-16\n';
      repository.write({ '.gitattributes': attributes });
      repository.git('add', '.gitattributes');
      repository.git('commit', '--quiet', '-m', 'attributes');
      const base = repository.head();
      await store.importBase({ gitDir: join(repository.root, '.git') }, base);
      const folder = join(scratch.path, 'tree');
      await store.materialise(base, folder);
      for (const { path, mode } of await store.listTree(base)) {
        const stat = lstatSync(join(folder, path));
        assert.equal(stat.isSymbolicLink(), mode === '120000', path);
        if (mode === '120000') continue;
        assert.deepEqual(readFileSync(join(folder, path)), await store.readFile(base, path), path);
        assert.equal((stat.mode & 0o777).toString(8), mode === '100755' ? '755' : '644', path);
      }
      assert.equal(readlinkSync(join(folder, 'link')), '../outside');
    });

    it('fails when there is no such commit', async () => {
      await assert.rejects(
        store.materialise(commitSha('1'.repeat(40)), join(scratch.path, 'none')),
        /git archive/,
      );
    });
  });

  describe('maintenance', () => {
    it('packs many objects and loses none, with or without a ref', async () => {
      const { base } = await imported();
      const made: CommitSha[] = [];
      assert.ok(['not-needed', 'done'].includes(await store.maintenance()));
      const content = Array.from({ length: 5000 }, (_, index) => write(`f/${index}`, `${index}`));
      // Small commits stay loose objects; a large one would be a pack of its own.
      for (let at = 0; at < content.length; at += 90 * 10)
        made.push(await commit(base, content.slice(at, at + 90)));
      writeLoose(store, 5000);
      assert.equal(await store.maintenance(), 'done');
      assert.equal(await store.maintenance(), 'not-needed');
      for (const one of made) assert.equal((await store.listTree(one)).length, 91);
      const next = await commit(base, [write('after', 'x')]);
      assert.equal((await store.mergeTree(next, base)).kind, 'clean');
    });
  });
});

describe('opening a store', () => {
  it('can be done by many at once', async () => {
    const scratch = scratchFolder();
    const folder = join(scratch.path, 'deep', 'store.git');
    const stores = await Promise.all(Array.from({ length: 6 }, () => GitStore.open(folder)));
    const repository = makeRepository(join(scratch.path, 'r'));
    const base = repository.head();
    const gitDir = join(repository.root, '.git');
    await Promise.all(stores.map((store) => store.importBase({ gitDir }, base)));
    for (const store of stores) {
      assert.equal((await store.readFile(base, 'a.txt'))?.toString(), 'a\n');
      store.close();
    }
    scratch.remove();
  });

  it('says what to do when its place is taken', async () => {
    const scratch = scratchFolder();
    const folder = join(scratch.path, 'file');
    writeFileSync(folder, '');
    await assert.rejects(GitStore.open(folder), { name: 'EnvironmentError' });
    scratch.remove();
  });
});

function execGit(store: GitStore, ...args: readonly string[]): string {
  return execFileSync('git', [`--git-dir=${store.gitDir}`, ...args], { encoding: 'utf8', stdio: 'pipe' });
}

/** Many small objects that nothing refers to, as a run leaves them. */
function writeLoose(store: GitStore, count: number): void {
  const blobs = Array.from(
    { length: count },
    (_, index) => `blob\nmark :${index + 1}\ndata 8\n${String(index).padStart(8)}\n`,
  );
  const quick = ['-c', 'core.fsync=none', '-c', 'fastimport.unpackLimit=100000'];
  const args = [`--git-dir=${store.gitDir}`, ...quick, 'fast-import', '--quiet'];
  execFileSync('git', args, { input: blobs.join('') });
}
