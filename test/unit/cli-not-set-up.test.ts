import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/shared/files/package-root.js';

describe('the command in a clone that is not set up', () => {
  const clone = mkdtempSync(join(tmpdir(), 'leadwright-clone-'));
  after(() => rmSync(clone, { recursive: true }));

  it('says how to set it up, with --json as one document', () => {
    cpSync(join(packageRoot, 'bin'), join(clone, 'bin'), { recursive: true });
    cpSync(join(packageRoot, 'package.json'), join(clone, 'package.json'));
    const run = (...args: readonly string[]) =>
      spawnSync(process.execPath, [join(clone, 'bin', 'leadwright.js'), ...args], { encoding: 'utf8' });
    const said = run('status');
    assert.deepEqual([said.status, said.stdout], [3, '']);
    assert.match(said.stderr, /^Leadwright is not set up yet\. In its folder, run: npm start -- --help\n$/);
    const { status, stdout, stderr } = run('status', '--json');
    assert.deepEqual([status, stderr], [3, '']);
    assert.deepEqual(JSON.parse(stdout), {
      error: {
        code: 'environment',
        message: 'Leadwright is not set up yet',
        problems: [],
        fix: 'In its folder, run: npm start -- --help',
      },
    });
  });
});
