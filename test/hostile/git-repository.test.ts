import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { publishBranch } from '../../src/git/user/publish.js';
import { GitStore } from '../../src/git/store/git-store.js';
import { checkBranchWritable } from '../../src/git/user/user-branch.js';
import { inspectRepository, type UserRepository } from '../../src/git/user/user-repository.js';
import { commitSha, type CommitSha } from '../../src/contract/ids.js';
import { unpack } from '../../src/sandbox/runners/unpack.js';
import { ordinary } from '../support/attempts.js';
import { HOSTILE_FILES, hostileRepository, LARGE_BYTES, MANY_FILES } from '../support/hostile-repository.js';
import { makeRepository, scratchFolder, type TestRepository } from '../support/repository.js';
import { differences, snapshot } from '../support/snapshot.js';
import { AT, write } from '../support/store.js';

const BRANCH = 'leadwright/r1';

/** The memory limit of a git process in bytes: less than the largest file of the repository. */
const MEMORY_BYTES = 160 * 1024 * 1024;

describe('a hostile repository', () => {
  const scratch = scratchFolder();
  const kept = { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'] };
  let store: GitStore;

  before(async () => {
    process.env['PATH'] = `${boundedGit(join(scratch.path, 'bin'))}:${kept.PATH ?? ''}`;
    process.env['TMPDIR'] = join(scratch.path, 'tmp');
    mkdirSync(process.env['TMPDIR']);
    store = await GitStore.open(join(scratch.path, 'store.git'));
  });
  after(() => {
    store.close();
    process.env['PATH'] = kept.PATH;
    if (kept.TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = kept.TMPDIR;
    scratch.remove();
  });

  describe('that combines all attacks', () => {
    const folder = join(scratch.path, 'hostile');
    let trap: ReturnType<typeof hostileRepository>;
    let untouched: Map<string, string>;
    let seen: UserRepository;
    let tip: CommitSha;

    before(() => {
      mkdirSync(folder);
      trap = hostileRepository(folder);
      rmSync(trap.marker, { force: true });
      untouched = snapshot(folder);
    });

    it('is read without effects', async () => {
      seen = await inspectRepository(trap.user.root);
      assert.ok(seen.uncommitted.length > 0);
      const entries = await importAndList(seen);
      assert.ok(entries.length > MANY_FILES);
      assert.equal(entries.find(({ path }) => path === 'large.bin')?.size, LARGE_BYTES);
      for (const path of [String.raw`"caf\351.txt"`, 'line\nbreak', '-rf', '--exec=touch']) {
        assert.ok(
          entries.some((entry) => entry.path === path),
          path,
        );
      }
    });

    it('accepts changes with exact bytes, and merges and compares them', async () => {
      const changed = Object.keys(HOSTILE_FILES).map((path) => write(path, `changed $Id$\r\n${path}`));
      tip = await commitOn(seen.head, changed);
      for (const path of Object.keys(HOSTILE_FILES)) {
        assert.equal((await store.readFile(tip, path))?.toString(), `changed $Id$\r\n${path}`);
      }
      const beside = await commitOn(seen.head, [write('many/d000/new', 'new')]);
      assert.equal((await store.mergeTree(tip, beside)).kind, 'clean');
      // With `merge=union` or `merge=evil` from its attributes, this merge would have no conflict.
      const against = await commitOn(seen.head, [write('c.ff', 'against'), write('a.evil', 'against')]);
      const conflict = await store.mergeTree(tip, against);
      assert.ok(conflict.kind === 'conflict');
      assert.deepEqual(conflict.files, ['a.evil', 'c.ff']);
      assert.match(await store.diff(seen.head, tip), /\+changed \$Id\$/);
      assert.deepEqual((await store.changedPaths(seen.head, tip)).length, changed.length);
    });

    it('is searched and read without its large file in memory', async () => {
      const found = await store.search(tip, { pattern: 'changed', limit: 100 });
      assert.equal(found.kind === 'found' && found.matches.length, Object.keys(HOSTILE_FILES).length);
      await assert.rejects(store.readFile(tip, 'large.bin'), RangeError);
      assert.equal((await store.readFile(tip, 'many/d000/f0000'))?.toString(), 'x');
    });

    it('is unpacked unchanged, only below the folder', async () => {
      // A hundred thousand files take half a minute on a disk and a few seconds in memory.
      const tree = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : scratch.path, 'leadwright-tree-'));
      await unpack(store.archive(tip), tree);
      const folders = readdirSync(join(tree, 'many')).length;
      const { size } = statSync(join(tree, 'large.bin'));
      rmSync(join(tree, 'large.bin'));
      rmSync(join(tree, 'many'), { recursive: true });
      const files = snapshot(tree);
      rmSync(tree, { recursive: true });
      assert.deepEqual({ folders, size }, { folders: MANY_FILES / 1000, size: LARGE_BYTES });
      for (const path of Object.keys(HOSTILE_FILES)) {
        const bytes = Buffer.from(`changed $Id$\r\n${path}`).toString('hex');
        assert.equal(files.get(path)?.split(' ')[1], bytes, path);
      }
    });

    it('receives only the branch; none of its code ran, and nothing was written elsewhere', async () => {
      await checkBranchWritable(seen, BRANCH);
      assert.equal(await publishBranch(seen, store, BRANCH, seen.head, { base: seen.head }), 'moved');
      assert.equal(await publishBranch(seen, store, BRANCH, tip, seen.head), 'moved');
      await store.maintain();
      assert.equal(existsSync(trap.marker), false);
      const changed = differences(untouched, snapshot(folder));
      const others = changed.filter(
        (path) => !/^user\/\.git\/objects\/[0-9a-f]{2}\/[0-9a-f]{38}$/.test(path),
      );
      assert.deepEqual(others, [`user/.git/logs/refs/heads/${BRANCH}`, `user/.git/refs/heads/${BRANCH}`]);
      assert.deepEqual(readdirSync(join(scratch.path, 'tmp')), []);
      assert.deepEqual(
        readdirSync(store.gitDir).filter((name) => name.startsWith('borrowed-')),
        [],
      );
    });

    ordinary('would have an effect with plain git', () => {
      assert.throws(() => trap.user.git('status', '--porcelain'));
      assert.equal(existsSync(trap.marker), true);
    });
  });

  const traps: readonly (readonly [
    string,
    (user: TestRepository, victim: TestRepository) => void,
    RegExp,
  ])[] = [
    [
      'whose .git names the git folder of another repository',
      (user, victim) => {
        rmSync(join(user.root, '.git'), { recursive: true });
        writeFileSync(join(user.root, '.git'), `gitdir: ${victim.root}/.git\n`);
      },
      /does not name .* as its work tree/,
    ],
    [
      'whose .git is a link to that of another repository',
      (user, victim) => {
        rmSync(join(user.root, '.git'), { recursive: true });
        symlinkSync(join(victim.root, '.git'), join(user.root, '.git'));
      },
      /does not name .* as its work tree/,
    ],
    [
      'whose configuration names another work tree',
      (user) => user.git('config', 'core.worktree', '/usr'),
      /has no .git, though/,
    ],
    [
      'whose branches are a link to a folder elsewhere',
      (user, victim) => symlinkSync(victim.root, join(user.root, '.git/refs/heads/leadwright')),
      /symbolic link/,
    ],
    [
      'whose logs are a link to a folder elsewhere',
      (user, victim) => {
        rmSync(join(user.root, '.git/logs'), { recursive: true });
        symlinkSync(victim.root, join(user.root, '.git/logs'));
      },
      /symbolic link/,
    ],
    [
      'whose objects are partly a link to a folder elsewhere',
      (user, victim) => {
        rmSync(join(user.root, '.git/objects/aa'), { recursive: true, force: true });
        symlinkSync(victim.root, join(user.root, '.git/objects/aa'));
      },
      /symbolic link/,
    ],
    [
      'with a file .git/config in its commit',
      (user) => forge(user, ['.git', 'config']),
      /git cannot check out/,
    ],
    ['with a file ../../x in its commit', (user) => forge(user, ['..', '..', 'x']), /git cannot check out/],
    ['with a file a/../../x in its commit', (user) => forge(user, ['a/../../x']), /git cannot check out/],
    [
      'whose objects would have to be fetched',
      (user, victim) => {
        user.git('config', 'extensions.partialClone', 'origin');
        user.git('config', 'remote.origin.promisor', 'true');
        user.git('config', 'remote.origin.url', `ext::sh -c "touch% ${victim.root}/marker"`);
        user.git('config', 'protocol.ext.allow', 'always');
        rmSync(join(user.root, '.git/objects'), { recursive: true });
        mkdirSync(join(user.root, '.git/objects'));
      },
      /can't read the repository/,
    ],
  ];
  for (const [index, [what, arm, message]] of traps.entries()) {
    it(`${what} is refused, and nothing is written`, async () => {
      const folder = join(scratch.path, `trap${index}`);
      mkdirSync(folder);
      const [user, victim] = ['user', 'victim'].map((name) => makeRepository(join(folder, name)));
      assert.ok(user !== undefined && victim !== undefined);
      arm(user, victim);
      const before = snapshot(folder);
      await assert.rejects(async () => checkBranchWritable(await inspectRepository(user.root), BRANCH), {
        name: 'EnvironmentError',
        message,
      });
      assert.deepEqual(differences(before, snapshot(folder)), []);
    });
  }

  const endless: readonly (readonly [string, (path: string) => void])[] = [
    ['a named pipe', (path) => execFileSync('mkfifo', [path])],
    ['a link to /dev/zero', (path) => symlinkSync('/dev/zero', path)],
    [
      'a terabyte of holes',
      (path) => {
        writeFileSync(path, '');
        truncateSync(path, 2 ** 40);
      },
    ],
  ];
  /** Files that are read of a repository: where each is, and why the repository is refused; null when it is not. */
  const files: readonly (readonly [
    string,
    (user: TestRepository, victim: TestRepository) => string,
    RegExp | null,
  ])[] = [
    ['attributes', (user) => join(user.root, '.git/info/attributes'), null],
    ['shared index', (user) => join(user.root, `.git/sharedindex.${'a'.repeat(40)}`), null],
    [
      'name of its work tree',
      (user, victim) => {
        rmSync(join(user.root, '.git'), { recursive: true });
        writeFileSync(join(user.root, '.git'), `gitdir: ${victim.root}/.git\n`);
        return join(victim.root, '.git/gitdir');
      },
      /does not name .* as its work tree/,
    ],
    [
      '.git in the work tree that its configuration names',
      (user, victim) => {
        user.git('config', 'core.worktree', victim.root);
        return join(victim.root, '.git');
      },
      /has no .git, though/,
    ],
  ];
  /** Files that git itself reads whole, in order: a list of alternates is read before any object. */
  const readWhole: readonly (readonly [string, string])[] = [
    ['HEAD', '.git/HEAD'],
    ['branch', '.git/refs/heads/main'],
    ['list of alternates', '.git/objects/info/alternates'],
    ['ignored files', '.gitignore'],
    ['excluded files', '.git/info/exclude'],
    ['common folder', '.git/commondir'],
  ];
  for (const [what, place] of readWhole) {
    it(`with a terabyte of holes as its ${what} is refused, and its memory is limited`, async () => {
      const folder = mkdtempSync(join(scratch.path, 'whole-'));
      const user = makeRepository(join(folder, 'user'));
      const path = join(user.root, place);
      mkdirSync(dirname(path), { recursive: true });
      appendFileSync(path, '\n');
      truncateSync(path, 2 ** 40);
      const limits = join(folder, 'limits');
      process.env['PATH'] = `${loggingGit(join(folder, 'bin'), limits)}:${process.env['PATH'] ?? ''}`;
      try {
        const message =
          /^git can't read the repository .*[Mm]emory|^git can't read the repository .*did not end/;
        await assert.rejects(inspectRepository(user.root), { name: 'EnvironmentError', message });
      } finally {
        process.env['PATH'] = process.env['PATH'].replace(/^[^:]*:/, '');
      }
      const lines = readFileSync(limits, 'utf8').trim().split('\n');
      assert.deepEqual(
        lines.filter((line) => line.startsWith('unlimited') && !/ (?:version|config|ls-tree)$/.test(line)),
        [],
      );
      assert.ok(lines.some((line) => !line.startsWith('unlimited')));
    });
  }
  for (const [index, [what, fileOf, message]] of files.entries()) {
    for (const [kind, place] of endless) {
      it(`with ${kind} as its ${what} is ${message === null ? 'read' : 'refused'} without waiting for its end`, async () => {
        const folder = mkdtempSync(join(scratch.path, `endless${index}-`));
        const [user, victim] = ['user', 'victim'].map((name) => makeRepository(join(folder, name)));
        assert.ok(user !== undefined && victim !== undefined);
        const path = fileOf(user, victim);
        rmSync(path, { recursive: true, force: true });
        place(path);
        const inspected = inspectRepository(user.root);
        if (message !== null) return assert.rejects(inspected, { name: 'EnvironmentError', message });
        const { uncommitted, lfsFiles } = await inspected;
        assert.deepEqual([uncommitted, lfsFiles], [[], []]);
      });
    }
  }

  async function importAndList(from: UserRepository) {
    await store.importBase(from, from.head);
    return store.listTree(from.head);
  }

  function commitOn(parent: CommitSha, changes: Parameters<GitStore['commitChanges']>[0]['changes']) {
    return store.commitChanges({ parent, changes, message: 'x', at: AT });
  }
});

/** Creates a folder with a `git` that runs the machine's git under a memory limit. */
function boundedGit(folder: string): string {
  const real = (process.env['PATH'] ?? '').split(':').find((at) => existsSync(join(at, 'git'))) ?? '/usr/bin';
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'git'),
    `#!/bin/sh\nulimit -s 1024\nulimit -d ${MEMORY_BYTES / 1024}\nexec ${real}/git "$@"\n`,
  );
  chmodSync(join(folder, 'git'), 0o755);
  return folder;
}

/** Creates a folder with a `git` that writes the memory limit that it was started with, and its subcommand, to a file. */
function loggingGit(folder: string, log: string): string {
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'git'),
    `#!/bin/sh
for word; do case $word in rev-parse|cat-file|status|ls-tree|version|config|rev-list) name=$word; break;; esac; done
echo "$(ulimit -d) $name" >>'${log}'
PATH=\${PATH#*:} exec git "$@"
`,
  );
  chmodSync(join(folder, 'git'), 0o755);
  return folder;
}

/** Commits a file under path segments that git commands refuse. */
function forge(user: TestRepository, names: readonly string[]): void {
  let sha = user.gitWith('x', 'hash-object', '-w', '--stdin');
  let mode = '100644';
  for (const name of [...names].reverse()) {
    const tree = Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(sha, 'hex')]);
    sha = user.gitWith(tree, 'hash-object', '-w', '--stdin', '-t', 'tree', '--literally');
    mode = '40000';
  }
  user.git('update-ref', 'refs/heads/main', commitSha(user.git('commit-tree', sha, '-m', 'forged')));
}
