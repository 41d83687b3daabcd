import { open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EnvironmentError } from '../../contract/errors.js';
import { errorCode } from '../../shared/error-code.js';
import { IDENTITY_DIGITS } from '../../shared/process/host-identity.js';
import { makeFolder } from '../../shared/files/make-folder.js';
import { HERE } from '../../shared/process/owner.js';
import { identityOf, isAlive, type ProcessIdentity } from '../process/process-identity.js';
import type { StackPaths } from '../stack-paths.js';

/** A lock that is held until it is released or its process ends, however the process ends. */
export interface PresenceLock {
  /** Aborted when another machine has taken the lock, because this one did not touch it in time: it was suspended. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

type LockPaths = Pick<StackPaths, 'home' | 'locks'>;

/** How often a lock is touched. One small write; a hung file system or a busy machine may miss several. */
const TOUCH_MS = 5_000;

/** A lock of another machine or container that was touched within this time is in use: five misses are allowed. */
const FOREIGN_MS = 30_000;

let taken = 0;

/**
 * Tries once to take the lock `name` of a home. Undefined when another process has it or tries to take it at the same
 * moment; then try again after a random pause.
 *
 * Node has no `flock`, and a lock file with a pid in it cannot be taken over from a dead owner without a race. So each
 * contender first creates a file whose name identifies its machine (or container) and process, and then looks for the
 * files of others. Of two contenders that overlap, at least one sees the other, so there are never two owners. The file
 * of a dead process has no effect, and anyone may remove it, because its name is never used again. Processes of another
 * machine cannot be seen, so an owner touches its file, and the file of another machine counts until it is old.
 *
 * @throws EnvironmentError when another machine or container uses the home
 */
export async function tryPresenceLock(paths: LockPaths, name: string): Promise<PresenceLock | undefined> {
  const self = identityOf(process.pid);
  if (self === undefined) throw new Error('this process cannot find itself');
  await makeFolder(paths.locks);
  taken += 1;
  const file = `${name}.${HERE}.${self.pid}.${self.startedAt}.${taken}`;
  const own = join(paths.locks, file);
  await writeFile(own, OWN_CONTENT, { flag: 'wx', mode: 0o600 });
  const released = new AbortController();
  const lost = new AbortController();
  const release = (): Promise<void> => {
    released.abort();
    return rm(own, { force: true });
  };
  try {
    if (await othersAreThere(paths, name, file)) {
      await release();
      return undefined;
    }
  } catch (error) {
    await release();
    throw error;
  }
  void keepFresh(own, released.signal, lost);
  return { lost: lost.signal, release };
}

/** @throws EnvironmentError when another machine or container uses the home */
export async function requireUsedHere(paths: LockPaths): Promise<void> {
  const user = await findUserElsewhere(paths);
  if (user !== null) throw usedElsewhere(paths.home, user);
}

/**
 * The host name of the other machine or container that uses a home; null when none is found. Changes nothing. A clock that
 * differs from the file server's by more than the age of a lock hides it; tryPresenceLock() sees it nevertheless.
 */
export async function findUserElsewhere(paths: LockPaths): Promise<string | null> {
  const entries = await readdir(paths.locks).catch(() => []);
  const now = Date.now();
  return findFreshElsewhere(paths, entries.flatMap(parseLock), (at) => Math.abs(now - at) <= FOREIGN_MS);
}

export function usedElsewhere(home: string, user: string): EnvironmentError {
  return new EnvironmentError(
    `LEADWRIGHT_HOME ${home} is in use on ${user}.`,
    `Run the command there, or set LEADWRIGHT_HOME to a folder of this machine. If that machine or container has ended without a shutdown, try again in ${FOREIGN_MS / 1_000} s.`,
  );
}

/** Why a lock was lost. */
export function takenElsewhere(home: string): EnvironmentError {
  return new EnvironmentError(
    `LEADWRIGHT_HOME ${home} was taken over by another machine, because this one was suspended or could not write to it for ${FOREIGN_MS / 1_000} s.`,
    'Give the command on that machine, or set LEADWRIGHT_HOME to a folder of this machine.',
  );
}

async function othersAreThere(paths: LockPaths, name: string, own: string): Promise<boolean> {
  const locks = (await readdir(paths.locks)).flatMap(parseLock).filter(({ file }) => file !== own);
  // The file's own time, because a file server's clock may be another than this machine's.
  const { mtimeMs } = await stat(join(paths.locks, own));
  const user = await findFreshElsewhere(paths, locks, (at, path) => isTouched(path, at, mtimeMs));
  if (user !== null) throw usedElsewhere(paths.home, user);
  const isHeld = (lock: Lock) => lock.place === HERE && isAlive(lock.process);
  const dead = locks.filter((lock) => !isHeld(lock));
  await Promise.all(dead.map(({ file }) => rm(join(paths.locks, file), { force: true })));
  return locks.some((lock) => lock.name === name && isHeld(lock));
}

/** Whether the owner of a lock still touches it. @param now by the clock of the file's own time */
async function isTouched(path: string, touchedAt: number, now: number): Promise<boolean> {
  if (now - touchedAt > FOREIGN_MS) return false;
  if (touchedAt - now <= FOREIGN_MS) return true;
  // Its time is in the future: the clock was set back since. An owner that still runs touches it again.
  await delay(2 * TOUCH_MS);
  const found = await readLock(path);
  return found !== null && found.touchedAt !== touchedAt;
}

/** A lock file's name, in parts. */
interface Lock {
  readonly file: string;
  readonly name: string;
  /** The machine or container. */
  readonly place: string;
  readonly process: ProcessIdentity;
}

const LOCK = new RegExp(`^([a-z]+)\\.([0-9a-f]{${IDENTITY_DIGITS}})\\.(\\d+)\\.([^.]+)\\.\\d+$`);

function parseLock(file: string): readonly Lock[] {
  const [, name, place, pid, startedAt] = LOCK.exec(file) ?? [];
  if (name === undefined || place === undefined || startedAt === undefined) return [];
  return [{ file, name, place, process: { pid: Number(pid), startedAt } }];
}

/** The host name in the first lock of another machine that is in use; null when there is none. */
async function findFreshElsewhere(
  { locks: folder }: LockPaths,
  locks: readonly Lock[],
  isFresh: (touchedAt: number, path: string) => boolean | Promise<boolean>,
): Promise<string | null> {
  for (const { file, place } of locks) {
    if (place === HERE) continue;
    const path = join(folder, file);
    const found = await readLock(path);
    if (found !== null && (await isFresh(found.touchedAt, path))) return found.user;
  }
  return null;
}

/** For people only: the name of the file identifies the machine. It is written again and again, as it is. */
const OWN_CONTENT = `${hostname()}\n`;

/** Opened for its time too: a network file system may keep the times of files that are not opened for a minute. */
async function readLock(path: string): Promise<{ readonly touchedAt: number; readonly user: string } | null> {
  try {
    const handle = await open(path, 'r');
    try {
      const { mtimeMs } = await handle.stat();
      const user = (await handle.readFile('utf8')).trim();
      return { touchedAt: mtimeMs, user: user === '' ? 'another machine' : user };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** Touches a lock until it is released. Lost is one that is no longer there. */
async function keepFresh(path: string, released: AbortSignal, lost: AbortController): Promise<void> {
  const isHeld = () => !released.aborted;
  do {
    await delay(TOUCH_MS, undefined, { ref: false, signal: released }).catch(() => undefined);
  } while (isHeld() && (await touch(path)));
  if (isHeld()) lost.abort();
}

/** @returns whether the file is still there */
async function touch(path: string): Promise<boolean> {
  try {
    // Written, because the file server then sets the time, by the clock of the other machines' files.
    const handle = await open(path, 'r+');
    await handle.write(OWN_CONTENT, 0).finally(() => handle.close());
    return true;
  } catch (error) {
    // Another error, as of a full disk, may pass before the lock is old.
    return !isGone(error);
  }
}

/** A file that another machine removed from a network file system may be reported as stale. */
function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESTALE'].includes(errorCode(error) ?? '');
}
