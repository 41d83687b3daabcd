/** What of this machine a sandbox is made with. */
import { access, constants, lstat, readFile, readlink, stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { homeFolder, nonEmpty, type Environment } from '../../shared/config.js';
import { EnvironmentError } from '../../contract/errors.js';
import type { SystemFolder } from './bubblewrap-arguments.js';
import type { SlotUids } from './launch-script.js';
import { findCgroupParents, type CgroupParents } from '../limits/cgroup.js';
import { limitsFor, type Limits } from '../limits/command-limits.js';
import { findToolChainFolders } from './tool-chains.js';

export interface Machine {
  /** Called by their whole names, because PATH is empty there, or a stranger's. */
  readonly programs: { readonly bwrap: string; readonly prlimit: string };
  readonly system: readonly SystemFolder[];
  readonly toolChains: readonly string[];
  /** Never shown, wherever they are. */
  readonly hidden: readonly string[];
  /** Null for an ordinary user. */
  readonly slotUids: SlotUids | null;
  readonly limits: Limits;
  /** Null where no group may be made. */
  readonly cgroupParents: CgroupParents | null;
}

/** Where the sandbox's own tools are, wherever this process was started; a command gets another PATH. */
export const TOOL_PATH =
  '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin';

/** Those that the launcher's shell finds. They are parts of every common distribution. */
const LAUNCHER_PROGRAMS = ['unshare', 'setpriv', 'mount', 'tar', 'env', 'stat'];

/** Where a system keeps its programs and libraries: nothing that belongs to a person. */
const SYSTEM_FOLDERS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

/** @throws EnvironmentError when a program is missing */
export async function findMachine(env: Environment): Promise<Machine> {
  for (const name of LAUNCHER_PROGRAMS) await findProgram(name);
  const [bwrap, prlimit, system, toolChains, slotUids] = await Promise.all([
    findProgram('bwrap'),
    findProgram('prlimit'),
    findSystemFolders(),
    existingFolders(findToolChainFolders(env)),
    process.getuid?.() === 0 ? findSlotUids() : null,
  ]);
  const home = nonEmpty(env['HOME']);
  return {
    programs: { bwrap, prlimit },
    system,
    toolChains,
    hidden: [homeFolder(env), ...(home === undefined ? [] : [home])],
    slotUids,
    limits: limitsFor(totalmem()),
    cgroupParents: findCgroupParents(),
  };
}

/** Where one of our own tools is. @throws EnvironmentError when it is nowhere */
async function findProgram(name: string): Promise<string> {
  const path = await lookUpProgram(name);
  if (path !== null) return path;
  throw createMissingError(name);
}

/** Null when it is not among the tools of this machine. */
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

function createMissingError(name: string): EnvironmentError {
  return new EnvironmentError(
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

/** Above what distributions and directory services give to people, where there is so much. */
const HIGH_UID = 2_000_000_000;
/** Linux has no more processes than this, and each sandbox takes its number from one. */
const MAX_PIDS = 4_194_304;

/**
 * User numbers for sandboxes, from those that this namespace has (`/proc/self/uid_map`): all of them on a
 * machine, some thousands in a container. Pure.
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
  // The upper half: the lower numbers are the container's own users.
  const first = Math.floor((largest.first + largest.end) / 2);
  return { first, count: Math.max(1, largest.end - first) };
}
