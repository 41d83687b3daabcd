import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode } from '../../shared/error-code.js';
import { HERE } from '../../shared/process/owner.js';
import { isEndedState, statFields } from '../../shared/process/process-stat.js';

/**
 * Names one process uniquely. Pids are reused, so a pid that is read from a file may belong to another process by then.
 * `startedAt` is opaque and differs between two processes with the same pid.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/** The identity of a running process; undefined when there is none with this pid, or only a zombie. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether the process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identityOf(identity.pid)?.startedAt === identity.startedAt;
}

/** Sends a signal to the process, never to a later one with the same pid. Does nothing when it has ended. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

/** Waits for a process to end, at most `limitMs` milliseconds. @returns whether it has ended */
export async function awaitGone(identity: ProcessIdentity, limitMs: number): Promise<boolean> {
  // Polled, because a process that is not our child reports no end. Nobody notices 20 ms, and a poll is one small read.
  const pollMs = 20;
  for (let waited = 0; waited < limitMs; waited += pollMs) {
    if (!isAlive(identity)) return true;
    await delay(pollMs);
  }
  return !isAlive(identity);
}

/** Ends a process with `signal`, and after `graceMs` milliseconds with SIGKILL. */
export async function endProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  graceMs: number,
): Promise<void> {
  signalProcess(identity, signal);
  if (await awaitGone(identity, graceMs)) return;
  signalProcess(identity, 'SIGKILL');
  // The kernel needs a moment to remove a large process. After more than 5 s it is stuck in a system call to a disk.
  await awaitGone(identity, 5_000);
}

function startOnLinux(pid: number): string | undefined {
  const fields = statFields(pid);
  const state = fields?.[0];
  const ticks = fields?.[19];
  if (state === undefined || ticks === undefined || isEndedState(state)) return undefined;
  // Ticks count from boot. With the host's identity, a pid from before a reboot or of another container matches no process.
  return `${HERE}-${ticks}`;
}

/** For systems without /proc. In a fixed zone: a machine that travels, or a shell with a TZ of its own, changes no identity. */
export function startByPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    const [state = 'Z', ...start] = line.split(/\s+/);
    return state.startsWith('Z') ? undefined : start.join('_').replaceAll('.', '_');
  } catch {
    return undefined;
  }
}
