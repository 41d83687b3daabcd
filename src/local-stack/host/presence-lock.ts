import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../shared/make-folder.js';
import { identityOf, isAlive } from '../process/process-identity.js';

/** A lock that is held until it is released or its process ends, however the process ends. */
export interface PresenceLock {
  release(): Promise<void>;
}

let taken = 0;

/**
 * Tries once to take the lock `name` in `folder`. Undefined when another process has it or tries to take it at the same
 * moment; then try again after a random pause.
 *
 * Node has no `flock`, and a lock file with a pid in it cannot be taken over from a dead owner without a race. So each
 * contender first creates a file whose name identifies its process, and then looks for the files of others. Of two
 * contenders that overlap, at least one sees the other, so there are never two owners. The file of a dead process has
 * no effect, and anyone may remove it, because its name is never used again.
 */
export async function tryPresenceLock(folder: string, name: string): Promise<PresenceLock | undefined> {
  const self = identityOf(process.pid);
  if (self === undefined) throw new Error('this process cannot find itself');
  await makeFolder(folder);
  taken += 1;
  const own = `${name}.${self.pid}.${self.startedAt}.${taken}`;
  await writeFile(join(folder, own), '', { flag: 'wx', mode: 0o600 });
  const release = (): Promise<void> => rm(join(folder, own), { force: true });
  if (await othersAreThere(folder, name, own)) {
    await release();
    return undefined;
  }
  return { release };
}

async function othersAreThere(folder: string, name: string, own: string): Promise<boolean> {
  let others = false;
  for (const entry of await readdir(folder)) {
    const [lock, pid, startedAt] = entry.split('.');
    if (lock !== name || entry === own || pid === undefined || startedAt === undefined) continue;
    if (isAlive({ pid: Number(pid), startedAt })) others = true;
    else await rm(join(folder, entry), { force: true });
  }
  return others;
}
