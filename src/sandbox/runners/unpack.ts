/** Unpacks a commit's archive into a folder. */
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EnvironmentError } from '../../contract/errors.js';
import { startProcess } from '../../shared/process/child-process.js';
import { programPath } from '../../git/process/git-environment.js';
import type { Archive } from '../tree-source.js';

/** tar's options in all runners: exact permissions, and the owner is the current user. */
export const TAR_OPTIONS = ['-x', '-p', '--no-same-owner', '-f', '-'] as const;

/**
 * Pipes an archive into a program that unpacks it. A program that stops reading early is not an error here: tar stops
 * at the archive's end mark, before the padding, and after a failure it reports the reason itself.
 * @throws the reason why the archive is incomplete
 */
export async function pipeArchive(archive: Archive, into: Writable): Promise<void> {
  const left = await pipeline(archive.stream, into).then(
    () => false,
    () => true,
  );
  // Otherwise the writer would wait forever on a pipe without a reader.
  if (left) archive.cancel();
  await archive.completed.catch((error: unknown) => {
    if (!left) throw error;
  });
}

/** Unpacks an archive into an existing folder. @throws EnvironmentError when the files cannot be written */
export async function unpack(archive: Archive, folder: string): Promise<void> {
  // In the C locale, tar treats file names as bytes and converts none.
  const env = { PATH: programPath(), LC_ALL: 'C' };
  const fix = 'Install tar.';
  // The archive's writer has a time limit of its own, and ends tar's input.
  const args = ['-C', folder, ...TAR_OPTIONS];
  const tar = startProcess({ command: 'tar', args, env, timeLimitMs: Infinity, fix });
  tar.stdout.resume();
  await pipeArchive(archive, tar.stdin);
  const { exitCode, stderr } = await tar.ended;
  if (exitCode === 0) return;
  throw new EnvironmentError(
    `tar could not write a commit's files into ${folder}: ${stderr.trim().slice(-STDERR_CHARS)}`,
    'Check for a full disk.',
  );
}

/** How much of tar's stderr is shown: its end says what stopped it. */
const STDERR_CHARS = 1000;
