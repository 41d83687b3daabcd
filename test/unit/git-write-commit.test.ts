import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { EnvironmentError } from '../../src/contract/errors.js';
import { commitSha, treeSha, type CommitSha, type TreeSha } from '../../src/contract/ids.js';
import { nameBlob, objectName } from '../../src/git/objects/object-name.js';
import { ObjectReader } from '../../src/git/objects/object-reader.js';
import { ObjectWriter } from '../../src/git/objects/object-writer.js';
import { readCommit } from '../../src/git/objects/tree-reader.js';
import { runGit } from '../../src/git/process/git-process.js';
import { fastImport } from '../../src/git/store/fast-import.js';
import { GitStore } from '../../src/git/store/git-store.js';
import { createStoreFolder } from '../../src/git/store/store-folder.js';
import { writeFiles, writeTree, type StoreObjects } from '../../src/git/store/write-commit.js';
import { packageRoot } from '../../src/shared/files/package-root.js';
import { edits } from '../support/git-edits.js';
import { scratchFolder } from '../support/repository.js';
import { useSmallDisk } from '../support/small-disk.js';
import { AT } from '../support/store.js';

/** Cases of the comparison with git: each starts two or more processes. */
const CASES = 60;

for (const format of ['sha1', 'sha256'] as const)
  describe(`commits that are written without a git process, with ${format} names`, function () {
    this.timeout(120_000);
    const scratch = scratchFolder();
    const readers: ObjectReader[] = [];
    let own: StoreObjects;
    let byGit: StoreObjects;
    let root: CommitSha;
    let blob: string;

    before(async () => {
      own = await openObjects('own');
      byGit = await openObjects('git');
      for (const { gitDir } of [own, byGit]) ({ root, blob } = await createRoot(gitDir));
    });
    after(() => {
      for (const reader of readers) reader.close();
      scratch.remove();
    });

    async function openObjects(name: string): Promise<StoreObjects> {
      const gitDir = join(scratch.path, format === 'sha1' ? `${name}.git` : `${name}-${format}.git`);
      await createStoreFolder(gitDir, format);
      const reader = new ObjectReader(gitDir);
      readers.push(reader);
      return { gitDir, reader, writer: new ObjectWriter(gitDir, reader) };
    }

    it('have the names that git gives them, whatever changes', async () => {
      const ends: CommitSha[] = [];
      const property = fc.asyncProperty(
        fc.array(edits(blob), { minLength: 1, maxLength: 4 }),
        fc.constantFrom('', 'x', 'Title\n\nText\n', 'ä \u{1f600}'),
        async (commits, message) => {
          let parent = root;
          for (const files of commits) {
            const wanted = { parent, files, message, at: AT };
            const expected = await fastImport(byGit.gitDir, wanted);
            const made = await writeFiles(own, wanted);
            const isSame = (await treeOf(byGit, expected)) === (await treeOf(byGit, parent));
            assert.equal(made, isSame ? parent : expected);
            assert.equal(await writeTree(own, parent, files), await treeOf(byGit, expected));
            parent = made;
          }
          ends.push(parent);
        },
      );
      await fc.assert(property, { numRuns: CASES });
      assert.equal(await git(own.gitDir, ['fsck', '--strict', '--no-dangling', ...ends]), '');
    });

    it('have the names of git commit-tree', async () => {
      const tree = await treeOf(own, root);
      const store = await GitStore.open(join(scratch.path, 'own.git'));
      for (const message of ['', 'x', 'Title\n\nText\n', 'ä']) {
        for (const parents of [[], [root], [root, root]]) {
          const { stdout } = await runGit({
            gitDir: byGit.gitDir,
            args: ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-'],
            env: { GIT_AUTHOR_DATE: '@1795467600 +0000', GIT_COMMITTER_DATE: '@1795467600 +0000' },
            input: message,
            timeLimitMs: 30_000,
          });
          const made = await store.commitTree({ tree, parents, message, at: AT });
          assert.equal(made, stdout.toString().trim());
        }
      }
      const missing = commitSha('1'.repeat(root.length));
      await assert.rejects(
        store.commitTree({ tree: treeSha(tree), parents: [missing], message: '', at: AT }),
        /no commit 1111/,
      );
      await assert.rejects(
        store.commitTree({ tree: treeSha(missing), parents: [], message: '', at: AT }),
        /no tree 1111/,
      );
      store.close();
    });

    it('read and write only the folders that change', async () => {
      const files = Array.from({ length: 2_000 }, (_, index) => ({
        path: Buffer.from(`d${index % 50}/e${index % 7}/f${index}`),
        mode: '100644' as const,
        content: Buffer.from(String(index)),
      }));
      const large = await fastImport(own.gitDir, { parent: root, files, message: 'x', at: AT });
      const reader = new CountingReader(own.gitDir);
      readers.push(reader);
      const written: string[] = [];
      const writer = new ObjectWriter(own.gitDir, {
        info: (sha) => own.reader.info(sha),
        isRemembered: () => false,
        remember: (sha) => written.push(sha),
      });
      const change = { path: Buffer.from('d3/e3/f3'), mode: '100644' as const, content: Buffer.from('new') };
      await writeFiles(
        { gitDir: own.gitDir, reader, writer },
        { parent: large, files: [change], message: 'x', at: AT },
      );
      assert.equal(reader.names.length, 4, 'the commit and three folders');
      assert.equal(written.length, 5, 'the file, three folders and the commit');
    });

    it('write nothing that the store has, loose or packed', async () => {
      const change = { path: Buffer.from('once'), mode: '100644' as const, content: randomBytes(20) };
      const wanted = { parent: root, files: [change], message: 'once', at: AT };
      const made = await writeFiles(own, wanted);
      const path = join(own.gitDir, 'objects', made.slice(0, 2), made.slice(2));
      const before = statSync(path);
      assert.equal(before.mode & 0o777, 0o444);
      assert.equal(await writeFiles(own, wanted), made);
      assert.equal(statSync(path).ino, before.ino);
      await git(own.gitDir, REPACK);
      assert.ok(!existsSync(path));
      assert.equal(await writeFiles(own, wanted), made);
      assert.ok(!existsSync(path));
    });

    it('are the same when many writers make them at once, and while the store is repacked', async () => {
      const others = [own, await openObjects('own'), await openObjects('own')];
      const commits = async (store: StoreObjects) => {
        let parent = root;
        for (let index = 0; index < 40; index++) {
          const content = Buffer.from(`${index} of many`);
          const files = [{ path: Buffer.from(`m/${index % 5}`), mode: '100644' as const, content }];
          parent = await writeFiles(store, { parent, files, message: 'x', at: AT });
        }
        return parent;
      };
      const repacking = (async () => {
        for (let index = 0; index < 5; index++) {
          await git(own.gitDir, REPACK);
        }
      })();
      const [made, ...same] = await Promise.all(others.map(commits));
      await repacking;
      assert.deepEqual(same, [made, made]);
      await git(own.gitDir, ['fsck', '--connectivity-only', '--no-dangling', made ?? '']);
      assert.deepEqual(temporaryFiles(own.gitDir), []);
    });

    it('hold large files, whose compression and hashing let other work go on', async () => {
      const content = Buffer.alloc(40 * 1024 * 1024, randomBytes(1024 * 1024));
      let turns = 0;
      const timer = setInterval(() => (turns += 1), 1);
      const { sha } = await nameBlob(content, format);
      clearInterval(timer);
      assert.ok(turns > 5, `${turns} turns of the event loop while it was hashed`);
      assert.equal(sha, createHash(format).update(`blob ${content.length}\0`).update(content).digest('hex'));
      const file = { path: Buffer.from('large'), mode: '100644' as const, content };
      const made = await writeFiles(own, { parent: root, files: [file], message: 'x', at: AT });
      const read = await runGit({
        gitDir: own.gitDir,
        args: ['cat-file', 'blob', `${made}:large`],
        timeLimitMs: 60_000,
      });
      assert.ok(read.stdout.equals(content));
    });

    it('are made by git when a folder lists a name twice', async () => {
      const entry = (text: string) =>
        Buffer.concat([
          Buffer.from('100644 twice\0'),
          Buffer.from(objectName('blob', Buffer.from(text), format), 'hex'),
        ]);
      const tree = Buffer.concat([entry('x'), entry('x')]);
      const sha = await git(own.gitDir, ['hash-object', '-t', 'tree', '-w', '--stdin', '--literally'], tree);
      const parent = commitSha(await git(own.gitDir, ['commit-tree', sha, '-m', 'x']));
      const files = [{ path: Buffer.from('new'), mode: '100644' as const, content: Buffer.from('x') }];
      const wanted = { parent, files, message: 'x', at: AT };
      assert.equal(await writeFiles(own, wanted), await fastImport(own.gitDir, wanted));
    });

    it('fail with an error for people when they cannot be written, and leave no temporary file', async () => {
      const gitDir = join(scratch.path, 'broken.git');
      await createStoreFolder(gitDir, format);
      const reader = {
        info: () => Promise.resolve(null),
        isRemembered: () => false,
        remember: () => undefined,
      };
      const object = await nameBlob(randomBytes(10), format);
      // A file where the folder of the object should be.
      writeFileSync(join(gitDir, 'objects', object.sha.slice(0, 2)), '');
      await assert.rejects(new ObjectWriter(gitDir, reader).write([object]), (error) => {
        assert.ok(error instanceof EnvironmentError);
        assert.match(error.message, /the git store .*broken\.git cannot be written/);
        assert.match(error.fix, /disk space/);
        return true;
      });
      assert.deepEqual(temporaryFiles(gitDir), []);
    });
  });

class CountingReader extends ObjectReader {
  readonly names: string[] = [];
  override read(sha: string): Promise<Buffer | null> {
    this.names.push(sha);
    return super.read(sha);
  }
}

describe('commits that are being written when the process is killed', function () {
  this.timeout(60_000);

  it('are complete or not there', async () => {
    const scratch = scratchFolder();
    const gitDir = join(scratch.path, 'store.git');
    await createStoreFolder(gitDir, 'sha1');
    const { root } = await createRoot(gitDir);
    for (const commits of [1, 4, 9]) {
      const child = spawn(process.execPath, ['--import', 'tsx', WRITER, gitDir, root], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const printed: string[] = [];
      for await (const line of createInterface(child.stdout)) {
        printed.push(line);
        if (printed.length >= commits) child.kill('SIGKILL');
      }
      assert.ok(printed.length >= commits);
      // Checks each object and all that it refers to, with no ref: a damaged or half-written one is an error.
      await git(gitDir, ['fsck', '--full', '--no-dangling', ...printed]);
    }
    scratch.remove();
  });
});

describe('commits on a full disk', () => {
  const disk = useSmallDisk('size=3m');

  it('fail with an error for people, and can be written when there is space again', async () => {
    const gitDir = join(disk().path, 'store.git');
    await createStoreFolder(gitDir, 'sha1');
    const { root } = await createRoot(gitDir);
    const store = await GitStore.open(gitDir);
    disk().fill();
    const set = {
      parent: root,
      changes: [{ path: 'new', content: randomBytes(200_000) }],
      message: 'x',
      at: AT,
    };
    await assert.rejects(store.commitChanges(set), (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.match(error.message, /store\.git cannot be written: ENOSPC/);
      assert.match(error.fix, /disk space/);
      return true;
    });
    assert.deepEqual(temporaryFiles(gitDir), []);
    disk().empty();
    const made = await store.commitChanges(set);
    await git(gitDir, ['fsck', '--full', '--no-dangling', made]);
    store.close();
  });
});

const WRITER = join(packageRoot, 'test', 'support', 'write-commits.ts');
const REPACK = ['repack', '-d', '--geometric=2', '--keep-unreachable', '--quiet'];

function temporaryFiles(gitDir: string): string[] {
  return readdirSync(join(gitDir, 'objects')).filter((name) => name.startsWith('tmp_'));
}

async function createRoot(gitDir: string): Promise<{ root: CommitSha; blob: string }> {
  const blob = await git(gitDir, ['hash-object', '-w', '--stdin'], Buffer.from('a link'));
  const entries = `100644 blob ${blob}\tfirst\n120000 blob ${blob}\tlink\n`;
  const tree = await git(gitDir, ['mktree'], Buffer.from(entries));
  return { root: commitSha(await git(gitDir, ['commit-tree', tree, '-m', 'root'])), blob };
}

async function treeOf({ reader }: StoreObjects, commit: CommitSha): Promise<TreeSha> {
  return (await readCommit(reader, commit)).tree;
}

/** Runs git. Returns what it prints, without the last line break. */
async function git(gitDir: string, args: readonly string[], input?: Buffer): Promise<string> {
  const env = { GIT_AUTHOR_DATE: '@1 +0000', GIT_COMMITTER_DATE: '@1 +0000' };
  const { stdout } = await runGit({ gitDir, args, env, ...(input && { input }), timeLimitMs: 60_000 });
  return stdout.toString('utf8').replace(/\n$/, '');
}
