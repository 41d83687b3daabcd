/** A control group for a sandbox: limits and usage counts for all its processes together. */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findOwnCgroups, type OwnCgroups } from './cgroup-folders.js';
import type { Limits } from './command-limits.js';
import { ownerState, ownName } from '../../shared/process/owner.js';
import { listNames } from '../scratch-folder.js';
import { killProcess } from '../processes.js';

/** The resources that the group has used. */
export interface Usage {
  /** Number of processes that were killed because memory ran out. The exit code need not show this. */
  readonly outOfMemory: number;
  /** Processor time in milliseconds; null where it is not counted. */
  readonly processorMs: number | null;
}

export interface Cgroup {
  /** The `cgroup.procs` files. A process joins by writing its process id into each. */
  readonly entries: readonly string[];
  usage(): Usage;
  /** Kills the remaining processes and removes the group. */
  remove(): Promise<void>;
}

/** The folders in which groups can be created, by controller. In version 2 they are the same folder. */
export interface CgroupParents {
  readonly version: 1 | 2;
  readonly memory: string;
  readonly pids: string | null;
  readonly cpuacct: string | null;
}

const PREFIX = 'leadwright-';

/** Finds the folders in which groups with a memory limit can be created; null when there are none. */
export function findCgroupParents(): CgroupParents | null {
  const groups = findOwnCgroups(read('/proc/self/cgroup'), read('/proc/self/mountinfo'));
  return listCandidates(groups).find(canLimit) ?? null;
}

function listCandidates({ unified, memory, pids, cpuacct }: OwnCgroups): CgroupParents[] {
  const found: CgroupParents[] = [];
  if (memory !== null) found.push({ version: 1, memory, pids, cpuacct });
  if (unified === null) return found;
  // A group that has processes cannot contain groups with limits, so try beside this process's own group first. The
  // root group is an exception, so try inside the own group as well.
  for (const folder of new Set([dirname(unified), unified])) {
    found.push({ version: 2, memory: folder, pids: folder, cpuacct: folder });
  }
  return found;
}

/** Tests the permissions by creating and removing a group, because they cannot be read from any file. */
function canLimit(parents: CgroupParents): boolean {
  const name = `${PREFIX}${ownName()}.probe`;
  const limits = { memoryBytes: 2 ** 30, processes: 64 };
  try {
    createGroupFolders(parents, name, limits);
    return true;
  } catch {
    return false;
  } finally {
    for (const folder of foldersOf(parents, name)) tryTo(() => rmdirSync(folder));
  }
}

/**
 * Creates a control group.
 * @param id begins with its owner's name, which identifies leftovers of dead processes
 */
export function createCgroup(
  parents: CgroupParents,
  id: string,
  limits: Pick<Limits, 'memoryBytes' | 'processes'>,
): Cgroup {
  const name = `${PREFIX}${id}`;
  createGroupFolders(parents, name, limits);
  const folders = foldersOf(parents, name);
  return {
    entries: folders.map((folder) => join(folder, 'cgroup.procs')),
    usage: () => readUsage(parents, name),
    remove: () => killAndRemove(folders),
  };
}

function createGroupFolders(
  parents: CgroupParents,
  name: string,
  { memoryBytes, processes }: Pick<Limits, 'memoryBytes' | 'processes'>,
): void {
  for (const folder of foldersOf(parents, name)) mkdirSync(folder, { recursive: true });
  const memory = join(parents.memory, name);
  if (parents.version === 2) {
    tryTo(() => writeFileSync(join(parents.memory, 'cgroup.subtree_control'), '+memory +pids'));
    writeFileSync(join(memory, 'memory.max'), String(memoryBytes));
    tryTo(() => writeFileSync(join(memory, 'memory.swap.max'), '0'));
  } else {
    writeFileSync(join(memory, 'memory.limit_in_bytes'), String(memoryBytes));
    tryTo(() => writeFileSync(join(memory, 'memory.memsw.limit_in_bytes'), String(memoryBytes)));
  }
  if (parents.pids !== null) writeFileSync(join(parents.pids, name, 'pids.max'), String(processes));
}

function foldersOf({ memory, pids, cpuacct }: CgroupParents, name: string): string[] {
  const parents = [memory, pids, cpuacct].filter((parent) => parent !== null);
  return [...new Set(parents)].map((parent) => join(parent, name));
}

function readUsage({ version, memory, cpuacct }: CgroupParents, name: string): Usage {
  const events = read(join(memory, name, version === 2 ? 'memory.events' : 'memory.oom_control'));
  const outOfMemory = Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0);
  if (cpuacct === null) return { outOfMemory, processorMs: null };
  if (version === 1) {
    return { outOfMemory, processorMs: Number(read(join(cpuacct, name, 'cpuacct.usage'))) / 1e6 };
  }
  const microseconds = /^usage_usec (\d+)$/m.exec(read(join(cpuacct, name, 'cpu.stat')))?.[1];
  return { outOfMemory, processorMs: microseconds === undefined ? null : Number(microseconds) / 1000 };
}

/** Killed processes leave their group within milliseconds. A second (100 rounds of 10 ms) allows for a busy machine. */
const ROUNDS = 100;
const BETWEEN_MS = 10;

async function killAndRemove(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    for (let round = 0; round < ROUNDS; round += 1) {
      if (tryTo(() => rmdirSync(folder)) || read(join(folder, 'cgroup.procs')) === '') break;
      for (const pid of read(join(folder, 'cgroup.procs')).trim().split('\n')) killProcess(Number(pid));
      await sleep(BETWEEN_MS);
    }
    tryTo(() => rmdirSync(folder));
  }
}

/** Removes the groups whose owner process has exited, and kills the processes that still run in them. */
export async function removeLeftoverCgroups(parents: CgroupParents): Promise<void> {
  const names = await listNames(parents.memory);
  for (const name of names.filter((found) => found.startsWith(PREFIX))) {
    if (ownerState(name.slice(PREFIX.length)) === 'dead') await killAndRemove(foldersOf(parents, name));
  }
}

/** Empty when the file cannot be read, because a group may disappear at any moment. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function tryTo(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
