import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { privateTemporaryFolder } from '../../src/shared/files/private-folder.js';
import {
  makeProcessFolder,
  removeLeftoverProcessFolders,
  removeProcessFolder,
} from '../../src/shared/process/process-folder.js';
import { deadOwner, ELSEWHERE } from '../support/owners.js';

describe('a folder of a process', () => {
  it('is for its account only, and gone once it is removed', async () => {
    const folder = makeProcessFolder('sandbox');
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    await removeProcessFolder(folder);
    assert.ok(!existsSync(folder));
  });

  it('is removed when its process ends', () => {
    const module = new URL('../../src/shared/process/process-folder.ts', import.meta.url).href;
    const script = `import { makeProcessFolder } from ${JSON.stringify(module)}; console.log(makeProcessFolder('sandbox'));`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    const folder = execFileSync(process.execPath, args, { encoding: 'utf8' }).trim();
    assert.match(folder, /\/sandbox-/);
    assert.ok(!existsSync(folder));
  });

  it('is left alone below a folder that others can enter, and may have made', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'leadwright-others-'));
    chmodSync(parent, 0o755);
    mkdirSync(join(parent, `sandbox-${deadOwner()}.0000aaaa`));
    await removeLeftoverProcessFolders(parent);
    assert.equal(readdirSync(parent).length, 1);
    chmodSync(parent, 0o700);
    await removeLeftoverProcessFolders(parent);
    assert.equal(readdirSync(parent).length, 0);
    rmSync(parent, { recursive: true });
  });

  it('is removed by another process of this account when its own was killed', async () => {
    const own = makeProcessFolder('launcher');
    const left = ['sandbox', 'launcher'].map((use) =>
      join(privateTemporaryFolder(), `${use}-${deadOwner()}.0000aaaa`),
    );
    for (const folder of left) mkdirSync(folder, { recursive: true });
    // Of a machine before its restart.
    const twoDaysAgo = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000);
    const elsewhere = ['sandbox', 'launcher'].map((use) =>
      join(privateTemporaryFolder(), `${use}-${ELSEWHERE}.0000aaaa`),
    );
    for (const folder of elsewhere) {
      mkdirSync(folder, { recursive: true });
      utimesSync(folder, twoDaysAgo, twoDaysAgo);
    }
    const other = join(privateTemporaryFolder(), `other-${deadOwner()}.0000aaaa`);
    mkdirSync(other);
    await removeLeftoverProcessFolders();
    assert.deepEqual(
      [...left, other, own].map((folder) => existsSync(folder)),
      [false, false, true, true],
    );
    rmSync(other, { recursive: true });
    await removeProcessFolder(own);
  });
});
