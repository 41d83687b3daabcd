import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPlainFile } from '../../src/git/user/plain-file.js';
import { scratchFolder } from '../support/repository.js';

describe("a small file of the user's git folder", () => {
  const scratch = scratchFolder();
  after(() => scratch.remove());

  it('is read only when it is a small regular file', async () => {
    const at = (name: string) => join(scratch.path, name);
    writeFileSync(at('plain'), Buffer.from('text \xff', 'latin1'));
    writeFileSync(at('large'), Buffer.alloc(70_000));
    symlinkSync('plain', at('link'));
    mkdirSync(at('folder'));
    execFileSync('mkfifo', [at('pipe')]);
    assert.equal(await readPlainFile(at('plain')), 'text \xff');
    for (const name of ['large', 'link', 'folder', 'pipe', 'none']) {
      assert.equal(await readPlainFile(at(name)), null, name);
    }
  });
});
