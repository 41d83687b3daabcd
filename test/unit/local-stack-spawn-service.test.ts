import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnService } from '../../src/local-stack/process/spawn-service.js';
import { scratchFolder } from '../support/repository.js';

describe('a service of the stack', () => {
  const scratch = scratchFolder();
  after(() => scratch.remove());

  it('starts again although a person has removed the folder of its log', async () => {
    const log = join(scratch.path, 'logs', 'service.log');
    const service = await spawnService({
      command: process.execPath,
      args: ['-e', "console.error('started')"],
      env: {},
      cwd: scratch.path,
      log,
    });
    assert.equal(await service.ended, 'exit code 0');
    assert.equal(readFileSync(log, 'utf8'), 'started\n');
  });
});
