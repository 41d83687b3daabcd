import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  findStaleBorrowedFolders,
  removeStaleBorrowedFolders,
  withBorrowedFolder,
} from '../../src/git/user/borrowed-folder.js';
import { ownName } from '../../src/shared/owner.js';
import { deadOwner, ELSEWHERE } from '../support/owners.js';
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
});
