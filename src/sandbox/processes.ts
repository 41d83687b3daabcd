/**
 * Kills every process that a command started. Most are in the command's process group. Processes that left the group
 * (`setsid`, a double fork) are found in /proc, where it exists: by session, by ancestry, by an inherited
 * environment variable, and by working directory. Without a sandbox, a process that deliberately changes all four
 * cannot be found.
 */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { killGroupOf } from '../shared/process/group.js';
import { statFields } from '../shared/process/process-stat.js';

/** The environment variable that marks every process of a command. Its value is unique for each command. */
export const MARKER_VARIABLE = 'LEADWRIGHT_SANDBOX_ID';

/** Identifies the processes of one command. */
export interface CommandProcesses {
  /** The process id of the process group's leader; null when it is not known. */
  readonly leader: number | null;
  /** The value of MARKER_VARIABLE in the command's environment. */
  readonly id: string;
  /** The command's scratch folder; null when it has no folder of its own. */
  readonly folder: string | null;
}

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** 0 when the process has no terminal. */
  readonly terminal: number;
}

/** The ids of the processes that existed at one moment. */
export type ProcessSnapshot = ReadonlySet<string>;

/** Lists the process ids in /proc without reading any process's details. Empty where there is no /proc. */
export function takeProcessSnapshot(): ProcessSnapshot {
  return new Set(listFolder('/proc').filter(isPid));
}

/**
 * Kills the remaining processes of a command. It repeats until a scan finds none, because a process may fork between
 * the scan and the kill.
 * @param before a snapshot from before the command was started. Processes in it are skipped: on a busy machine a scan
 *   then takes one millisecond instead of twenty.
 */
export async function killCommandProcesses(target: CommandProcesses, before: ProcessSnapshot): Promise<void> {
  // Killed processes exit within milliseconds. After a second (100 rounds of 10 ms), one hangs in the kernel.
  const ROUNDS = 100;
  const BETWEEN_MS = 10;
  for (let round = 0; round < ROUNDS; round += 1) {
    // Scan before killing the group: once the ancestors are dead, ancestry cannot be read.
    const found = findCommandProcesses(target, before);
    for (const { pid } of found) killProcess(pid);
    if (target.leader !== null) killGroupOf(target.leader);
    // A single remaining process of the group is the command's watcher, which starts no processes.
    if (found.length === 0 || (found.length === 1 && found[0]?.group === target.leader)) return;
    await sleep(round === 0 ? 1 : BETWEEN_MS);
  }
}

/** Finds the running processes of a command that are not in the snapshot `before`. */
export function findCommandProcesses(target: CommandProcesses, before: ProcessSnapshot): ProcessEntry[] {
  const entries = listProcessesSince(before);
  const found = new Set(entries.filter((entry) => belongsTo(entry, target)));
  const pids = new Set([...found].map((entry) => entry.pid));
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const entry of entries) {
      if (!pids.has(entry.parent)) continue;
      found.add(entry);
      pids.add(entry.pid);
    }
  }
  return [...found];
}

function belongsTo(entry: ProcessEntry, { leader, id, folder }: CommandProcesses): boolean {
  if (leader !== null && (entry.group === leader || entry.session === leader)) return true;
  const environment = readProcessFile(`/proc/${entry.pid}/environ`);
  if (environment !== null && `\0${environment}`.includes(`\0${MARKER_VARIABLE}=${id}\0`)) return true;
  // Without a terminal, a process in the folder was started by the command. With one, it is a person's shell.
  return folder !== null && entry.terminal === 0 && isWithin(readWorkingFolder(entry.pid), folder);
}

const isPid = (name: string): boolean => /^\d+$/.test(name);

function listProcessesSince(before: ProcessSnapshot): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const name of listFolder('/proc')) {
    if (!isPid(name) || before.has(name) || Number(name) === process.pid) continue;
    const fields = statFields(Number(name));
    if (fields === null) continue;
    const [state, parent, group, session, terminal] = fields;
    // A zombie has already exited and waits only for its parent.
    if (state === 'Z' || state === 'X') continue;
    entries.push({
      pid: Number(name),
      parent: Number(parent),
      group: Number(group),
      session: Number(session),
      terminal: Number(terminal),
    });
  }
  return entries;
}

function isWithin(path: string | null, folder: string): boolean {
  return path !== null && (path === folder || path.startsWith(`${folder}/`));
}

// Null when the process has exited or belongs to another user.
function readProcessFile(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readWorkingFolder(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

export function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has exited, or this user may not kill it. The next scan shows which.
  }
}
