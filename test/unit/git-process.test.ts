import assert from 'node:assert/strict';
import { startProcess } from '../../src/shared/process/child-process.js';
import { pipeChildren, type NamedChild } from '../../src/git/process/git-process.js';

function shell(name: string, script: string): NamedChild {
  const child = startProcess({
    command: 'sh',
    args: ['-c', script],
    env: { PATH: process.env['PATH'] },
    timeLimitMs: 10_000,
    fix: 'Install sh.',
  });
  return { name, child };
}

describe('a pipe between two processes', () => {
  it('ends when the reader has enough, even if the writer has more (as tar before the padding)', async () => {
    await pipeChildren(shell('writer', 'yes'), shell('reader', 'head -c 1'));
  });

  it('fails with the reader’s reason if the reader fails', async () => {
    const reader = shell('reader', 'head -c 1; echo disk full >&2; exit 2');
    await assert.rejects(pipeChildren(shell('writer', 'yes'), reader), /reader.*disk full/);
  });

  it('fails with the writer’s reason if both fail', async () => {
    const writer = shell('writer', 'echo x; echo no such commit >&2; exit 128');
    await assert.rejects(pipeChildren(writer, shell('reader', 'cat; exit 2')), /writer.*no such commit/);
  });

  it('fails if the writer is killed', async () => {
    await assert.rejects(
      pipeChildren(shell('writer', 'kill -9 $$'), shell('reader', 'cat')),
      /writer was killed/,
    );
  });
});
