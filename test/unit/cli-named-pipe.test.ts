import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readNamedPipe } from '../../src/cli/named-pipe.js';
import { scratchFolder } from '../support/repository.js';

/** Much more than a pipe holds. */
const LONG = 'a line of a plan\n'.repeat(20_000);
const NO_LIMIT = Number.POSITIVE_INFINITY;
/** No wait for a writer. */
const NONE = 0;

describe('a named pipe', () => {
  const scratch = scratchFolder();
  after(() => scratch.remove());

  function makePipe(name: string): string {
    const path = join(scratch.path, name);
    execFileSync('mkfifo', [path]);
    return path;
  }

  it('is read to its end, whether its writer comes before or after', async () => {
    const early = makePipe('early');
    const writing = writeFile(early, LONG);
    assert.equal((await readNamedPipe(early, NO_LIMIT)).toString(), LONG);
    await writing;
    const late = makePipe('late');
    const reading = readNamedPipe(late, NO_LIMIT);
    await delay(100);
    await writeFile(late, LONG);
    assert.equal((await reading).toString(), LONG);
  });

  it('is waited for while its writer has written nothing, and between its writes', async () => {
    const path = makePipe('slow');
    const [reading, writer] = [readNamedPipe(path, NO_LIMIT), await open(path, 'w')];
    for (const text of ['one ', 'two']) {
      await delay(100);
      await writer.write(text);
    }
    await writer.close();
    assert.equal((await reading).toString(), 'one two');
  });

  it('is not waited for without a writer', async () => {
    await assert.rejects(readNamedPipe(makePipe('alone'), NO_LIMIT, NONE), /nothing writes to it/);
  });

  it('is not read much further than its limit', async () => {
    const path = makePipe('endless');
    const writing = writeFile(path, LONG).catch(() => undefined);
    const read = await readNamedPipe(path, 10);
    assert.ok(read.length >= 10 && read.length < LONG.length);
    await writing;
  });
});
