import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyPlainFile, readPlainBytes, readPlainFile } from '../../src/git/user/plain-file.js';
import { scratchFolder } from '../support/repository.js';

describe("a file of the user's git folder", () => {
  const scratch = scratchFolder();
  const at = (name: string) => join(scratch.path, name);
  after(() => scratch.remove());
  before(() => {
    writeFileSync(at('plain'), Buffer.from('text \xff', 'latin1'));
    writeFileSync(at('large'), Buffer.alloc(70_000));
    symlinkSync('plain', at('link'));
    mkdirSync(at('folder'));
    execFileSync('mkfifo', [at('pipe')]);
  });

  it('is read only when it is a small regular file', async () => {
    assert.equal(await readPlainFile(at('plain')), 'text \xff');
    for (const name of ['large', 'link', 'folder', 'pipe', 'none']) {
      assert.equal(await readPlainFile(at(name)), null, name);
    }
    assert.equal((await readPlainBytes(at('large'), 70_000))?.length, 70_000);
  });

  it('is copied only when it is a regular file within the limit', async () => {
    assert.equal(await copyPlainFile(at('large'), at('copy'), 70_000), true);
    assert.deepEqual(readFileSync(at('copy')), readFileSync(at('large')));
    for (const name of ['large', 'link', 'folder', 'pipe', 'none']) {
      assert.equal(await copyPlainFile(at(name), at('no-copy'), 69_999), false, name);
    }
    assert.equal(existsSync(at('no-copy')), false);
  });
});
