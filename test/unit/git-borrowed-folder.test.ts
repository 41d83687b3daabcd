import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  findStaleBorrowedFolders,
  removeStaleBorrowedFolders,
  withBorrowedFolder,
} from '../../src/git/user/borrowed-folder.js';
import { KeptBorrowedFolders } from '../../src/git/user/kept-borrowed-folders.js';
import { ownName } from '../../src/shared/process/owner.js';
import { deadOwner, ELSEWHERE } from '../support/owners.js';
import { setEnvironment } from '../support/set-environment.js';
import { useStore } from '../support/store.js';

describe('a borrowed git folder', () => {
  const { folder, repository } = useStore();

  it('that a killed process left is removed, but not what it links to, nor the folders of others', async () => {
    const [parent, person] = [folder(), folder()];
    mkdirSync(parent, { recursive: true });
    mkdirSync(person, { recursive: true });
    writeFileSync(join(person, 'object'), 'a person’s');
    const left = `borrowed-${deadOwner()}.Abcdef`;
    const others = [`borrowed-${ownName()}.Abcdef`, `borrowed-${ELSEWHERE}.Abcdef`, 'borrowed-books'];
    for (const name of [left, ...others]) {
      mkdirSync(join(parent, name));
      symlinkSync(person, join(parent, name, 'objects'));
    }
    assert.deepEqual(await findStaleBorrowedFolders(parent), [join(parent, left)]);
    await removeStaleBorrowedFolders(parent);
    assert.deepEqual(readdirSync(parent).toSorted(), others.toSorted());
    assert.ok(existsSync(join(person, 'object')));
    assert.deepEqual(await findStaleBorrowedFolders(join(parent, 'missing')), []);
  });

  it('names its owner and is removed after use', async () => {
    const user = repository();
    const path = await withBorrowedFolder(join(user.root, '.git'), {}, (borrowed) => {
      assert.ok(basename(borrowed).startsWith(`borrowed-${ownName()}.`));
      return Promise.resolve(borrowed);
    });
    assert.ok(!existsSync(path) && existsSync(dirname(path)));
  });

  it('is made although another user left a broken git folder where all users write', async () => {
    const user = repository();
    const shared = folder();
    mkdirSync(shared, { recursive: true });
    writeFileSync(join(shared, '.git'), 'of another user');
    const restore = setEnvironment({ TMPDIR: shared });
    try {
      // Settings that were read before are not read again.
      user.git('config', 'shop.of', shared);
      const parts = await withBorrowedFolder(join(user.root, '.git'), { parent: user.root }, (borrowed) =>
        Promise.resolve(readdirSync(borrowed)),
      );
      assert.ok(parts.includes('objects'));
    } finally {
      restore();
    }
  });

  it('is made although the folder that TMPDIR named when the process started was removed', async () => {
    const gone = folder();
    const user = repository();
    user.git('config', 'core.fileMode', 'false');
    const restore = setEnvironment({ TMPDIR: gone });
    try {
      assert.ok(
        await withBorrowedFolder(join(user.root, '.git'), {}, (borrowed) =>
          Promise.resolve(existsSync(borrowed)),
        ),
      );
      await removeStaleBorrowedFolders();
    } finally {
      restore();
    }
  });

  it('that is kept is the same until the repository has other parts or settings, or it was removed', async () => {
    const user = repository();
    const gitDir = join(user.root, '.git');
    const parent = folder();
    mkdirSync(parent, { recursive: true });
    const kept = new KeptBorrowedFolders(parent);
    const borrow = () => kept.borrow(gitDir, (borrowed) => Promise.resolve(borrowed));
    const used = [await borrow(), await borrow()];
    assert.equal(used[0], used[1]);

    user.git('pack-refs', '--all');
    user.git('config', 'core.fileMode', 'false');
    for (const change of [
      () => rmSync(join(gitDir, 'packed-refs')),
      () => user.git('config', 'core.fileMode', 'true'),
      () => rmSync(used.at(-1) ?? '', { recursive: true }),
      () => rmSync(join(used.at(-1) ?? '', 'config')),
    ]) {
      used.push(await borrow());
      change();
    }
    used.push(await borrow());
    assert.equal(new Set(used).size, 6);
    assert.ok(!existsSync(join(used.at(-1) ?? '', 'packed-refs')));
    assert.deepEqual(readdirSync(parent), [basename(used.at(-1) ?? '')], 'the others are gone');

    await assert.rejects(
      kept.borrow(gitDir, () => Promise.reject(new Error('git failed'))),
      /git failed/,
    );
    assert.deepEqual(readdirSync(parent), []);
  });

  it('that is kept is removed at the end, and one in use after its use', async () => {
    const gitDirs = [repository(), repository()].map(({ root }) => join(root, '.git'));
    const [first = '', second = ''] = gitDirs;
    const parent = folder();
    mkdirSync(parent, { recursive: true });
    const kept = new KeptBorrowedFolders(parent);
    await kept.borrow(first, () => Promise.resolve());
    await kept.borrow(second, (borrowed) => {
      kept.close();
      assert.deepEqual(readdirSync(parent), [basename(borrowed)]);
      return Promise.resolve();
    });
    assert.deepEqual(readdirSync(parent), []);
  });
});
