import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyFilesScript, KEPT_BYTES, KEPT_FILE_BYTES, readKeptFiles } from '../../src/sandbox/kept-files.js';

describe('the files that a command leaves', () => {
  let folder = '';
  const names = Array.from({ length: KEPT_BYTES / KEPT_FILE_BYTES + 2 }, (_, n) => `f${n}`);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'leadwright-kept-'));
    // They consist of holes, so they take no space.
    for (const name of names) {
      writeFileSync(join(folder, name), '');
      truncateSync(join(folder, name), KEPT_FILE_BYTES);
    }
    writeFileSync(join(folder, 'z'), '');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('are read as far as all together are not too large', async () => {
    const kept = await readKeptFiles(folder, [...names, 'z']);
    assert.deepEqual(
      kept.map(({ path }) => path),
      [...names.slice(0, -2), 'z'],
    );
  });

  it('are copied as far as all together are not too large', () => {
    const to = join(folder, 'kept');
    mkdirSync(to);
    const script = ['set -eu', ...copyFilesScript(to, [...names, 'z', 'missing'])].join('\n');
    execFileSync('/bin/sh', ['-c', script], { cwd: folder });
    assert.deepEqual(readdirSync(to).sort(), [...names.slice(0, -2), 'z']);
  });
});
