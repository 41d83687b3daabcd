import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { makeRepository, scratchFolder } from '../support/repository.js';
import { packageRoot } from '../../src/shared/files/package-root.js';

/** A worker's stderr is a log file, which may be on a full disk. /dev/full behaves like one. */
describe('a command whose stderr cannot be written', function () {
  this.timeout(60_000);

  it('finishes its work', async function () {
    if (!existsSync('/dev/full')) this.skip();
    const full = openSync('/dev/full', 'w');
    const launcher = join(packageRoot, 'bin', 'leadwright.js');
    const child = spawn(process.execPath, [launcher, 'run', '--id', 'BAD'], {
      stdio: ['ignore', 'ignore', full],
    });
    closeSync(full);
    const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
    assert.equal(code, 2, 'the code for bad usage, not that of an unhandled error');
  });
});

describe('a command whose stdout cannot be written', function () {
  this.timeout(60_000);

  it('goes on, says so at the end without a stack trace, and does not report success', async function () {
    if (!existsSync('/dev/full')) this.skip();
    const full = openSync('/dev/full', 'w');
    const launcher = join(packageRoot, 'bin', 'leadwright.js');
    const scratch = scratchFolder();
    const path = join(scratch.path, 'shop');
    makeRepository(path, { 'a.ts': 'export const one = 1;\n' });
    const child = spawn(process.execPath, [launcher, 'map', '--repo', path], {
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    const [said, code] = await Promise.all([
      child.stderr === null ? '' : text(child.stderr),
      new Promise<number | null>((resolve) => child.once('exit', resolve)),
    ]);
    scratch.remove();
    assert.equal(code, 3);
    assert.match(said, /What the command had to do is done, but its output could not be written: .*ENOSPC/);
    assert.doesNotMatch(said, / at /);
  });
});
