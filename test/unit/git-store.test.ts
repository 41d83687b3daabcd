import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { EnvironmentError } from '../../src/contract/errors.js';
import { commitSha, type CommitSha } from '../../src/contract/ids.js';
import { ObjectReader } from '../../src/git/objects/object-reader.js';
import { UnknownCommitError } from '../../src/git/process/git-errors.js';
import { GitStore } from '../../src/git/store/git-store.js';
import { moveRef, readRef } from '../../src/git/store/refs.js';
import { addShallow } from '../../src/git/store/shallow.js';
import { eventually } from '../support/eventually.js';
import { makeRepository, scratchFolder } from '../support/repository.js';
import { useSmallDisk } from '../support/small-disk.js';
import { AT, execGit, useStore, write } from '../support/store.js';

describe('the git store', () => {
  const { store, imported, commit, text } = useStore();

  it('leaves no process behind when it cannot read which bases it has', async () => {
    const folder = scratchFolder();
    const other = await GitStore.open(join(folder.path, 'other.git'));
    const user = makeRepository(join(folder.path, 'user'));
    await mkdir(join(other.gitDir, 'refs/leadwright/bases'), { recursive: true });
    // A reference to an object that is not there.
    writeFileSync(join(other.gitDir, 'refs/leadwright/bases/broken'), `${'1'.repeat(40)}\n`);
    const processes = () => process.getActiveResourcesInfo().filter((what) => what === 'ProcessWrap').length;
    const before = processes();
    await assert.rejects(
      other.importBase({ gitDir: join(user.root, '.git') }, user.head()),
      /missing object/,
    );
    other.close();
    await eventually(() => processes() === before, 'no process is left');
    folder.remove();
  });

  it('does not build on what it remembers of a folder that was removed', async () => {
    const folder = scratchFolder();
    const path = join(folder.path, 'lost.git');
    const user = makeRepository(join(folder.path, 'user'));
    const lost = await GitStore.open(path);
    await lost.importBase({ gitDir: join(user.root, '.git') }, user.head());
    const change = { parent: user.head(), changes: [write('n', 'n')], message: 'n', at: AT };
    await lost.commitChanges(change);
    rmSync(path, { recursive: true });
    await assert.rejects(lost.commitChanges(change), /lost\.git is gone/);
    (await GitStore.open(path)).close();
    await assert.rejects(lost.commitChanges(change), UnknownCommitError);
    await lost.importBase({ gitDir: join(user.root, '.git') }, user.head());
    const made = await lost.commitChanges(change);
    execGit(lost, 'fsck', '--full', '--strict', made);
    lost.close();
    folder.remove();
  });

  describe('refs', () => {
    let reader: ObjectReader;
    before(() => {
      reader = new ObjectReader(store().gitDir);
    });
    after(() => reader.close());
    const move = (ref: string, to: CommitSha, expected: CommitSha | null) =>
      moveRef(store().gitDir, reader, ref, to, expected);

    it('move only from where they are expected', async () => {
      const { base } = await imported();
      const next = await commit(base, [write('n', 'n')]);
      const other = await commit(base, [write('o', 'o')]);
      const ref = 'refs/leadwright/runs/r1';
      assert.deepEqual(await move(ref, base, null), { kind: 'moved' });
      assert.deepEqual(await move(ref, next, base), { kind: 'moved' });
      assert.deepEqual(await move(ref, next, base), { kind: 'already' });
      assert.deepEqual(await move(ref, other, base), { kind: 'lost', current: next });
      assert.deepEqual(await move(ref, other, null), { kind: 'lost', current: next });
      assert.equal(await readRef(reader, ref), next);
    });

    it('can be created where a power failure left an empty file', async () => {
      const { base } = await imported();
      const ref = 'refs/leadwright/runs/empty';
      await mkdir(join(store().gitDir, 'refs/leadwright/runs'), { recursive: true });
      writeFileSync(join(store().gitDir, ref), '');
      assert.deepEqual(await move(ref, base, null), { kind: 'moved' });
      assert.equal(await readRef(reader, ref), base);
    });

    it('can be created by exactly one of many concurrent calls', async () => {
      const { base } = await imported();
      const ref = 'refs/leadwright/runs/race';
      const made = await Promise.all([1, 2, 3, 4].map((one) => commit(base, [write('f', String(one))])));
      await move(ref, base, null);
      const results = await Promise.all(made.map((to) => move(ref, to, base)));
      assert.deepEqual(results.map(({ kind }) => kind).sort(), ['lost', 'lost', 'lost', 'moved']);
    });

    for (const [when, ref, writtenAt] of [
      ['long ago', 'refs/leadwright/runs/locked', new Date(0)],
      ['before the clock was set back', 'refs/leadwright/runs/later', new Date(Date.now() + 7_200_000)],
    ] as const) {
      it(`are freed of a lock that a killed process made ${when}`, async () => {
        const { base } = await imported();
        await move(ref, base, null);
        const lock = join(store().gitDir, `${ref}.lock`);
        writeFileSync(lock, '');
        utimesSync(lock, writtenAt, writtenAt);
        const next = await commit(base, [write('n', 'n')]);
        assert.deepEqual(await move(ref, next, base), { kind: 'moved' });
      });
    }
  });

  describe('the list of shallow commits', () => {
    it('has every commit of many concurrent imports', async () => {
      const gitDir = scratchFolder();
      const commits = Array.from({ length: 60 }, (_, at) => commitSha(at.toString(16).padStart(40, '0')));
      await Promise.all(commits.map((one) => addShallow(gitDir.path, one)));
      const listed = readFileSync(join(gitDir.path, 'shallow'), 'utf8').trim().split('\n');
      assert.deepEqual(listed.sort(), commits);
      assert.equal(existsSync(join(gitDir.path, 'shallow.lock')), false);
      gitDir.remove();
    });
  });

  describe('maintenance', () => {
    it('packs many objects and keeps all, with or without a ref', async () => {
      const { base } = await imported();
      const made = await commit(base, [write('before', 'x')]);
      await writeManyLoose(store());
      assert.equal(await store().maintain(), 'done');
      assert.equal(await store().maintain(), 'not-needed');
      assert.equal(execGit(store(), 'count-objects').startsWith('0 objects'), true);
      assert.equal(await text(made, 'before'), 'x');
      const next = await commit(base, [write('after', 'x')]);
      assert.equal((await store().mergeTree(next, made)).kind, 'clean');
    });

    it('removes partial objects of killed processes, and none that are being written', async () => {
      const partial = (name: string) => join(store().gitDir, 'objects', name);
      for (const name of ['tmp_obj_old', 'tmp_obj_new']) writeFileSync(partial(name), '');
      // An import that was killed.
      await mkdir(partial('tmp_import_old/pack'), { recursive: true });
      for (const name of ['tmp_obj_old', 'tmp_import_old'])
        utimesSync(partial(name), new Date(0), new Date(0));
      // Also while there is nothing else to do: what they left may be all that fills the disk.
      assert.equal(await store().maintain(), 'not-needed');
      assert.deepEqual(
        ['tmp_obj_old', 'tmp_import_old', 'tmp_obj_new'].map((name) => existsSync(partial(name))),
        [false, false, true],
      );
    });

    it('is skipped while another process does it', async () => {
      await writeManyLoose(store());
      const lock = join(store().gitDir, 'leadwright-maintenance.lock');
      writeFileSync(lock, '');
      assert.equal(await store().maintain(), 'busy');
      // The lock of a killed process: the first call removes it, the next one does the work.
      utimesSync(lock, new Date(0), new Date(0));
      assert.equal(await store().maintain(), 'busy');
      assert.equal(await store().maintain(), 'done');
    });
  });

  describe('damage', () => {
    const opened = async () => {
      const place = scratchFolder();
      const own = await GitStore.open(join(place.path, 'store.git'));
      const end = () => {
        own.close();
        place.remove();
      };
      return { own, end };
    };

    it('is not what an old commit of the user has in another form than today', async () => {
      const { own, end } = await opened();
      const { repository } = await imported();
      const tree = repository.git('rev-parse', 'HEAD^{tree}');
      const who = 'A <a@b> 1300000000 +051800';
      const old = repository.gitWith(
        `tree ${tree}\nauthor ${who}\ncommitter ${who}\n\nold\n`,
        ...['hash-object', '-t', 'commit', '-w', '--stdin', '--literally'],
      );
      await own.importBase({ gitDir: join(repository.root, '.git') }, commitSha(old));
      assert.throws(() => execGit(own, 'fsck'), /badTimezone/);
      assert.equal(await own.findDamage(), null);
      end();
    });

    for (const [what, harm] of [
      ['is empty', (path: string) => writeFileSync(path, '')],
      ['missing blob', (path: string) => rmSync(path)],
    ] as const) {
      it(`is told as: ${what}`, async () => {
        const { own, end } = await opened();
        const { repository } = await imported();
        await own.importBase({ gitDir: join(repository.root, '.git') }, repository.head());
        const made = await own.commitChanges({
          ...{ parent: repository.head(), changes: [write('n.txt', 'new')], message: 'x', at: AT },
        });
        execGit(own, 'update-ref', 'refs/leadwright/made', made);
        assert.equal(await own.findDamage(), null);
        const blob = execGit(own, 'rev-parse', `${made}:n.txt`).trim();
        const path = join(own.gitDir, 'objects', blob.slice(0, 2), blob.slice(2));
        chmodSync(path, 0o600);
        harm(path);
        const damage = await own.findDamage();
        assert.equal(damage?.folder, own.gitDir);
        assert.ok(damage.what.includes(what), damage.what);
        end();
      });
    }
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

  for (const part of ['HEAD', 'objects', 'refs', 'info/attributes']) {
    it(`says how to replace one without its ${part}`, async () => {
      const scratch = scratchFolder();
      const folder = join(scratch.path, 'store.git');
      (await GitStore.open(folder)).close();
      rmSync(join(folder, part), { recursive: true });
      await assert.rejects(GitStore.open(folder), {
        name: 'EnvironmentError',
        message: `the git store ${folder} is damaged: it has no ${part}`,
        fix: /mv .*store\.git .*store\.git\.damaged && leadwright doctor --repair$/,
      });
      assert.deepEqual(readdirSync(scratch.path), ['store.git']);
      scratch.remove();
    });
  }

  it('explains what to do if the path is occupied', async () => {
    const scratch = scratchFolder();
    const folder = join(scratch.path, 'file');
    writeFileSync(folder, '');
    await assert.rejects(GitStore.open(folder), { name: 'EnvironmentError' });
    scratch.remove();
  });
});

/** Fills one object folder, from which git estimates all 256, with loose objects as a long run would. */
async function writeManyLoose(store: GitStore): Promise<void> {
  const folder = join(store.gitDir, 'objects', '17');
  await mkdir(folder, { recursive: true });
  let written = 0;
  for (let number = Date.now(); written < 20; number += 1) {
    const object = Buffer.from(`blob 13\0${number}`);
    const sha = createHash('sha1').update(object).digest('hex');
    if (!sha.startsWith('17')) continue;
    await writeFile(join(folder, sha.slice(2)), deflateSync(object));
    written += 1;
  }
}

describe('the import of a base on a full disk', () => {
  const disk = useSmallDisk('size=8m');
  const folder = scratchFolder();
  after(() => folder.remove());

  it('says what is full, leaves nothing behind, and works when there is space again', async () => {
    const user = makeRepository(join(folder.path, 'user'), {
      large: randomBytes(4_000_000).toString('latin1'),
    });
    const source = { gitDir: join(user.root, '.git') };
    const store = await GitStore.open(join(disk().path, 'store.git'));
    const objects = join(store.gitDir, 'objects');
    disk().fill(2_000_000);
    for (let tries = 0; tries < 2; tries++)
      await assert.rejects(store.importBase(source, user.head()), (error) => {
        assert.ok(error instanceof EnvironmentError);
        assert.match(error.message, /store\.git cannot be written: .*No space left/);
        assert.match(error.fix, /disk space/);
        return true;
      });
    assert.deepEqual(readdirSync(objects).sort(), ['info', 'pack']);
    assert.deepEqual(readdirSync(join(objects, 'pack')), []);
    disk().empty();
    await store.importBase(source, user.head());
    assert.ok((await store.readFile(user.head(), 'large')) !== null);
    store.close();
  });
});
