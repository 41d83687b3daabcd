/** Finds the parts of this machine that a sandbox needs. */
import { access, constants, lstat, readFile, readlink, stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { homeFolder, nonEmpty, type Environment } from '../../shared/config.js';
import type { SystemFolder } from './bubblewrap-arguments.js';
import type { SlotUids } from './launch-script.js';
import { findCgroupParents, type CgroupParents } from '../limits/cgroup.js';
import { COMMANDS_AT_ONCE } from '../limits/commands-at-once.js';
import { limitsFor, type Limits } from '../limits/command-limits.js';
import { inotifyShare, type InotifyLimits } from '../limits/user-limits.js';
import { NoSandboxError } from './no-sandbox-error.js';
import { findSecretPlaces } from './secret-files.js';
import { findToolChainFolders } from './tool-chains.js';

export interface Machine {
  /** Absolute paths, because PATH is empty where they are called, or belongs to the command. */
  readonly programs: { readonly bwrap: string; readonly prlimit: string; readonly setpriv: string };
  readonly system: readonly SystemFolder[];
  readonly toolChains: readonly string[];
  /** Folders and files that commands never see. */
  readonly hidden: readonly string[];
  readonly hiddenFiles: readonly string[];
  /** Null when not root. */
  readonly slotUids: SlotUids | null;
  readonly limits: Limits;
  /** Limits of a command's user namespace; null when root, because each command then has its own user. */
  readonly inotify: InotifyLimits | null;
  /** Null where no control group can be created. */
  readonly cgroupParents: CgroupParents | null;
}

/** PATH for the programs that set up the sandbox, independent of this process's PATH. Commands get another PATH. */
export const TOOL_PATH =
  '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin';

/** Programs that the launch script finds through TOOL_PATH. Every common distribution has them. */
const LAUNCHER_PROGRAMS = ['unshare', 'mount', 'tar', 'stat'];

/** Folders with the system's programs and libraries. They contain no personal files. */
const SYSTEM_FOLDERS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

/** Finds everything that the bubblewrap sandbox needs. @throws NoSandboxError when a program is missing */
export async function findMachine(env: Environment): Promise<Machine> {
  for (const name of LAUNCHER_PROGRAMS) await findProgram(name);
  const home = nonEmpty(env['HOME']);
  const [bwrap, prlimit, setpriv, system, toolChains, secrets, slotUids] = await Promise.all([
    findProgram('bwrap'),
    findProgram('prlimit'),
    findProgram('setpriv'),
    findSystemFolders(),
    existingFolders(findToolChainFolders(env)),
    findSecretPlaces(home ?? null),
    process.getuid?.() === 0 ? findSlotUids() : null,
  ]);
  return {
    programs: { bwrap, prlimit, setpriv },
    system,
    toolChains,
    hidden: [homeFolder(env), ...(home === undefined ? [] : [home]), ...secrets.folders],
    hiddenFiles: secrets.files,
    slotUids,
    limits: limitsFor(totalmem()),
    inotify: slotUids === null ? await findInotifyShare() : null,
    cgroupParents: findCgroupParents(),
  };
}

/** A command's share of what the user may have. Null when the kernel has no such limits. */
async function findInotifyShare(): Promise<InotifyLimits | null> {
  const read = async (name: string): Promise<number> =>
    Number(await readFile(`/proc/sys/fs/inotify/max_user_${name}`, 'latin1'));
  return await Promise.all([read('instances'), read('watches')]).then(
    ([instances, watches]) => inotifyShare({ instances, watches }, COMMANDS_AT_ONCE),
    () => null,
  );
}

/** Finds a program in TOOL_PATH. @throws NoSandboxError when it is missing */
async function findProgram(name: string): Promise<string> {
  const path = await lookUpProgram(name);
  if (path !== null) return path;
  throw createMissingError(name);
}

/** Finds a program in TOOL_PATH; null when it is missing. */
export async function lookUpProgram(name: string): Promise<string | null> {
  for (const folder of TOOL_PATH.split(':')) {
    const path = join(folder, name);
    const usable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return path;
  }
  return null;
}

function createMissingError(name: string): NoSandboxError {
  return new NoSandboxError(
    `the program ${name} is missing`,
    name === 'bwrap'
      ? 'Install bubblewrap with the system’s package manager (`apt install bubblewrap`, `dnf install bubblewrap`).'
      : 'Install util-linux, coreutils and tar with the system’s package manager.',
  );
}

async function findSystemFolders(): Promise<SystemFolder[]> {
  const found: SystemFolder[] = [];
  for (const path of SYSTEM_FOLDERS) {
    const stats = await lstat(path).catch(() => null);
    if (stats === null) continue;
    found.push({ path, link: stats.isSymbolicLink() ? await readlink(path) : null });
  }
  return found;
}

async function existingFolders(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const stats = await stat(path).catch(() => null);
    if (stats?.isDirectory() === true) found.push(path);
  }
  return found;
}

async function findSlotUids(): Promise<SlotUids> {
  return chooseSlotUids(await readFile('/proc/self/uid_map', 'latin1'));
}

/** Above the user ids that distributions and directory services assign. Used where the namespace has such high ids. */
const HIGH_UID = 2_000_000_000;
/** The maximum process id on Linux (2^22). A sandbox's user id is computed from a process id. */
const MAX_PIDS = 4_194_304;

/**
 * Chooses the user ids for sandboxes from those in this user namespace: all ids on a machine, some thousands in a
 * container. Pure.
 * @param uidMap content of `/proc/self/uid_map`
 */
export function chooseSlotUids(uidMap: string): SlotUids {
  const ranges = uidMap
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([first = 0, , count = 0]) => ({ first, end: first + count }));
  const largest = ranges.reduce((most, range) =>
    range.end - range.first > most.end - most.first ? range : most,
  );
  if (largest.end >= HIGH_UID + MAX_PIDS) return { first: HIGH_UID, count: MAX_PIDS };
  // The upper half, because the container's own users have the lower ids.
  const first = Math.floor((largest.first + largest.end) / 2);
  return { first, count: Math.max(1, largest.end - first) };
}
