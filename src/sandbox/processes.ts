/**
 * Ending everything a command started. Its process group is the rule; what left the group (`setsid`, a
 * double fork) is looked up in /proc, where there is one: by session, by ancestry, by the variable every
 * process of the command inherits, and by the folder it works in. A process that gives up all four on
 * purpose is out of reach without a sandbox.
 */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { statFields } from '../shared/process-stat.js';

/** The variable that marks every process of a command, and that a test may not set for another. */
export const MARKER_VARIABLE = 'LEADWRIGHT_SANDBOX_ID';

export interface CommandProcesses {
  /** The leader of the command's process group; null when it is not known any more. */
  readonly leader: number | null;
  /** The value of MARKER in the command's environment. */
  readonly id: string;
  /** The command's throw-away folder; null when it has none of its own. */
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

/** The processes there are, as a mark to count from. */
export type ProcessSnapshot = ReadonlySet<string>;

/** Takes one look at /proc, without reading about any process; empty where there is none. */
export function takeProcessSnapshot(): ProcessSnapshot {
  return new Set(listFolder('/proc').filter(isPid));
}

/**
 * Kills what is left of a command, again and again until a look finds nothing, since a process may fork
 * between the look and the kill.
 * @param before taken before the command was started: what was there then is not looked at, which on a busy
 *   machine makes the difference between one millisecond and twenty
 */
export async function killCommandProcesses(target: CommandProcesses, before: ProcessSnapshot): Promise<void> {
  // Killed processes are gone within milliseconds; one that hangs in the kernel for a second is beyond us.
  const ROUNDS = 100;
  const BETWEEN_MS = 10;
  for (let round = 0; round < ROUNDS; round += 1) {
    // The look comes before the group is killed, because ancestry is lost with the ancestors.
    const found = findCommandProcesses(target, before);
    for (const { pid } of found) killProcess(pid);
    if (target.leader !== null) killGroup(target.leader);
    // A lone process of the group is the watcher that every command has: it starts nothing.
    if (found.length === 0 || (found.length === 1 && found[0]?.group === target.leader)) return;
    await sleep(round === 0 ? 1 : BETWEEN_MS);
  }
}

/** The living processes of a command that were not there before. */
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
  // What works in the folder without a terminal was started there; with one, it is a person looking around.
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
    // A zombie is dead already and waits for its parent only.
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

// A process may be gone, or be another user's, at any moment: then there is nothing to read.
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

/** Kills a process group; nothing happens when it is gone. */
export function killGroup(leader: number): void {
  killProcess(-leader);
}

export function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already, or not ours to kill: the next look tells.
  }
}
