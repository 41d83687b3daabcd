/** Getting a commit's files into a folder. */
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EnvironmentError } from '../../contract/errors.js';
import { startProcess } from '../../shared/child-process.js';
import { programPath } from '../../git/process/git-environment.js';
import type { Archive } from '../tree-source.js';

/** tar's options, for whatever runs it: exact permissions, and nobody's ownership. */
export const UNPACK = ['-x', '-p', '--no-same-owner', '-f', '-'] as const;

/**
 * Pours an archive into a program that unpacks it. One that leaves early had all it wanted (tar stops at the
 * archive's end mark, before its padding), or says itself what it lacked.
 * @throws why the archive is not whole
 */
export async function pipeArchive(archive: Archive, into: Writable): Promise<void> {
  const left = await pipeline(archive.stream, into).then(
    () => false,
    () => true,
  );
  // The writer would wait for ever on a pipe that nobody reads.
  if (left) archive.cancel();
  await archive.whole.catch((error: unknown) => {
    if (!left) throw error;
  });
}

/** Unpacks an archive in a folder that is there. @throws EnvironmentError when the files cannot be written */
export async function unpack(archive: Archive, folder: string): Promise<void> {
  // In the C locale a name is bytes, and tar converts none.
  const env = { PATH: programPath(), LC_ALL: 'C' };
  const fix = 'Install tar.';
  // The archive's writer has a time limit of its own, and ends tar's input.
  const args = ['-C', folder, ...UNPACK];
  const tar = startProcess({ command: 'tar', args, env, timeLimitMs: Infinity, fix });
  tar.stdout.resume();
  await pipeArchive(archive, tar.stdin);
  const { exitCode, stderr } = await tar.ended;
  if (exitCode === 0) return;
  throw new EnvironmentError(
    `tar could not write a commit's files into ${folder}: ${stderr.trim().slice(-STDERR_CHARS)}`,
    'Look for a full disk.',
  );
}

/** How much of tar's stderr is shown: its end says what stopped it. */
const STDERR_CHARS = 1000;
