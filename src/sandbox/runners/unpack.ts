/** Getting a commit's files into a folder. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EnvironmentError } from '../../contract/errors.js';
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
  await archive.completed.catch((error: unknown) => {
    if (!left) throw error;
  });
}

/** Unpacks an archive in a folder that is there. @throws EnvironmentError when the files cannot be written */
export async function unpack(archive: Archive, folder: string): Promise<void> {
  // In the C locale a name is bytes, and tar converts none.
  const env = { PATH: programPath(), LC_ALL: 'C' };
  const tar = spawn('tar', ['-C', folder, ...UNPACK], { env, stdio: ['pipe', 'ignore', 'pipe'] });
  let said = '';
  tar.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-SAID)));
  const ended = once(tar, 'close');
  // Looked at below; a failure to start must not come up before.
  ended.catch(() => undefined);
  await pipeArchive(archive, tar.stdin);
  await ended;
  if (tar.exitCode === 0) return;
  throw new EnvironmentError(
    `tar could not write a commit's files into ${folder}: ${said.trim()}`,
    'Look for a full disk.',
  );
}

/** tar's last words say what stopped it. */
const SAID = 1000;
