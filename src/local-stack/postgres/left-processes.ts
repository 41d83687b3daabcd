import { readdir, readlink, realpath } from 'node:fs/promises';
import { endProcess, identityOf } from '../process/process-identity.js';

/** A program's file, also once it was replaced by another version. */
const POSTGRES = /\/postgres( \(deleted\))?$/;

/**
 * Ends what a server of this data has left behind. Its processes notice its end and end too, but for those that are stopped
 * (SIGSTOP): these keep the shared memory, and no other server could start. Their working folder is the data folder. Only
 * where there is /proc.
 */
export async function endLeftProcesses(data: string): Promise<void> {
  const [names, folder] = await Promise.all([
    readdir('/proc').catch(() => []),
    realpath(data).catch(() => data),
  ]);
  await Promise.all(
    names.filter((name) => /^\d+$/.test(name)).map((name) => endIfLeft(Number(name), folder)),
  );
}

async function endIfLeft(pid: number, folder: string): Promise<void> {
  const identity = identityOf(pid);
  if (identity === undefined) return;
  // Those of other users are unreadable. A person's shell may be in the folder, too.
  const [at, program] = await Promise.all([`/proc/${pid}/cwd`, `/proc/${pid}/exe`].map(readLinkOf));
  if (at === folder && POSTGRES.test(program ?? '')) await endProcess(identity, 'SIGKILL', 0);
}

function readLinkOf(path: string): Promise<string | undefined> {
  return readlink(path).catch(() => undefined);
}
