import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
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
