import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * One process for good: pids are used again, so a pid alone may name a stranger by the time it is read from
 * a file. `startedAt` is opaque: two processes with the same pid have different ones.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/** The identity of a living process; undefined when there is none, or only its zombie is left. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether this very process still lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identityOf(identity.pid)?.startedAt === identity.startedAt;
}

/** Sends a signal to this very process, never to one that got its pid later; gone already is fine. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Waits at most `limitMs` milliseconds for a process to be gone, and says whether it is. */
export async function awaitGone(identity: ProcessIdentity, limitMs: number): Promise<boolean> {
  // Not our child, so nothing reports its end. 20 ms is below what a person notices and costs one small read.
  const pollMs = 20;
  for (let waited = 0; waited < limitMs; waited += pollMs) {
    if (!isAlive(identity)) return true;
    await delay(pollMs);
  }
  return !isAlive(identity);
}

/** Ends a process: politely with `signal`, and after `graceMs` milliseconds with SIGKILL. */
export async function endProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  graceMs: number,
): Promise<void> {
  signalProcess(identity, signal);
  if (await awaitGone(identity, graceMs)) return;
  signalProcess(identity, 'SIGKILL');
  // The kernel needs a moment to take a large process apart; more than 5 s means it is stuck in a disk call.
  await awaitGone(identity, 5_000);
}

let bootId: string | undefined;

function startOnLinux(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field, the name in brackets, may hold spaces and brackets: fields count from its last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const ticks = fields[19];
  if (ticks === undefined || state === 'Z' || state === 'X') return undefined;
  // Ticks count from boot: with the boot's id, a file that outlived a reboot names nobody.
  bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().slice(0, 8);
  return `${bootId}-${ticks}`;
}

function startByPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    const [state = 'Z', ...start] = line.split(/\s+/);
    return state.startsWith('Z') ? undefined : start.join('_').replaceAll('.', '_');
  } catch {
    return undefined;
  }
}
