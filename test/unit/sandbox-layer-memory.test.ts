import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { finishLayer, readManifest } from '../../src/sandbox/setup-cache/layer-files.js';
import { scratchFolder } from '../support/repository.js';

/** A line that grep cannot hold within LIMIT_KB. */
const LINE_MB = 256;
const LIMIT_KB = 150_000;

describe('the memory of searching a set-up layer', () => {
  const scratch = scratchFolder();
  const path = process.env['PATH'];
  after(() => {
    process.env['PATH'] = path;
    scratch.remove();
  });

  it('does not grow with a file that the set-up wrote', async function () {
    this.timeout(60_000);
    // grep with a limit on its memory, which records how it ended.
    const bin = join(scratch.path, 'bin');
    const ends = join(scratch.path, 'ends');
    mkdirSync(bin);
    writeFileSync(
      join(bin, 'grep'),
      `#!/bin/sh\nulimit -v ${LIMIT_KB}\nPATH=${path}\ngrep "$@"\nend=$?\necho $end >> ${ends}\nexit $end\n`,
    );
    chmodSync(join(bin, 'grep'), 0o755);
    process.env['PATH'] = `${bin}:${path}`;

    const root = join(scratch.path, 'layer');
    const folders = {
      id: 'test',
      root,
      tree: join(root, 'tree'),
      home: join(root, 'home'),
      tmp: join(root, 'tmp'),
    };
    for (const folder of [folders.tree, folders.home, folders.tmp]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folders.tree, 'activate'), `cd ${folders.tree}\n`);
    const file = openSync(join(folders.tree, 'huge.txt'), 'w');
    const megabyte = Buffer.alloc(1024 * 1024, 'a');
    for (let n = 0; n < LINE_MB; n++) writeSync(file, megabyte);
    closeSync(file);

    await finishLayer(folders, folders, []);
    assert.deepEqual((await readManifest(root))?.naming, ['tree/activate']);
    assert.ok(!readFileSync(ends, 'utf8').split('\n').includes('2'));
  });
});
