import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { makeRepository, scratchFolder } from '../support/repository.js';
import { packageRoot } from '../../src/shared/files/package-root.js';

/** Runs a command one of whose outputs goes to a full disk. /dev/full behaves like one. */
async function runOnFullDisk(args: readonly string[], lost: 'stdout' | 'stderr') {
  const full = openSync('/dev/full', 'w');
  const launcher = join(packageRoot, 'bin', 'leadwright.js');
  const child = spawn(process.execPath, [launcher, ...args], {
    stdio: lost === 'stdout' ? ['ignore', full, 'pipe'] : ['ignore', 'ignore', full],
  });
  closeSync(full);
  const [said, code] = await Promise.all([
    child.stderr === null ? '' : text(child.stderr),
    new Promise<number | null>((resolve) => child.once('exit', resolve)),
  ]);
  return { said, code };
}

describe('a command whose output cannot be written', function () {
  this.timeout(60_000);
  before(function () {
    if (!existsSync('/dev/full')) this.skip();
  });

  // A worker's stderr is a log file.
  it('finishes its work without stderr', async () => {
    const { code } = await runOnFullDisk(['run', '--id', 'BAD'], 'stderr');
    assert.equal(code, 2, 'the code for bad usage, not that of an unhandled error');
  });

  it('goes on without stdout, says so at the end without a stack trace, and does not report success', async () => {
    const scratch = scratchFolder();
    const path = join(scratch.path, 'shop');
    makeRepository(path, { 'a.ts': 'export const one = 1;\n' });
    const { said, code } = await runOnFullDisk(['map', '--repo', path], 'stdout');
    scratch.remove();
    assert.equal(code, 3);
    assert.match(said, /What the command had to do is done, but its output could not be written: .*ENOSPC/);
    assert.doesNotMatch(said, / at /);
  });
});
