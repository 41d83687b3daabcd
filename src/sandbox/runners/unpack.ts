/** Unpacks a commit's archive into a folder. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EnvironmentError } from '../../contract/errors.js';
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
  const tar = spawn('tar', ['-C', folder, ...TAR_OPTIONS], { env, stdio: ['pipe', 'ignore', 'pipe'] });
  let errorOutput = '';
  tar.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (errorOutput = (errorOutput + text).slice(-ERROR_OUTPUT_LENGTH)));
  const ended = once(tar, 'close');
  // Awaited below. Until then, a failure to start must not become an unhandled rejection.
  ended.catch(() => undefined);
  await pipeArchive(archive, tar.stdin);
  await ended;
  if (tar.exitCode === 0) return;
  throw new EnvironmentError(
    `tar could not write a commit's files into ${folder}: ${errorOutput.trim()}`,
    'Check for a full disk.',
  );
}

/** Kept length of tar's error output. The end gives the reason for the failure. */
const ERROR_OUTPUT_LENGTH = 1000;
