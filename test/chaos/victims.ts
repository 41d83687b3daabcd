/** Kills, pauses and continues the parts of a running stack. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import {
  signalProcess,
  identityOf,
  type ProcessIdentity,
} from '../../src/local-stack/process/process-identity.js';
import { readStackFile, type ServiceName } from '../../src/local-stack/stack-file.js';
import { launcherOf } from '../support/process-table.js';
import { stackPaths } from '../../src/local-stack/stack-paths.js';

/** A process that can be found and hit. The launcher is the worker's. */
type Part = ServiceName | 'host' | 'launcher';

/** A part that a fault hits. `command` is both commands that the person started, `run` and `up`. */
export type Victim = Part | 'command';

/** Whether the victim's end also ends a worker: a host ends its parts with it. */
export function endsWorker(victim: Victim): boolean {
  return victim === 'worker' || victim === 'host';
}

/** Longer than a worker's lease (8 s) and the time until another worker sees its end (2 s), so that its work is handed over. */
export const PAUSE_MS = 13_000;

/** The process of a part; undefined while it is being restarted. */
export async function processOf(home: string, part: Part) {
  const stack = await readStackFile(stackPaths(home).stackFile);
  if (part === 'launcher') {
    const worker = stack?.services.find((service) => service.name === 'worker');
    const launcher = worker === undefined ? undefined : launcherOf(worker.pid);
    return launcher === undefined ? undefined : identityOf(launcher);
  }
  return part === 'host' ? stack?.host : stack?.services.find((service) => service.name === part);
}

/** Waits until a part is running, and sends it SIGKILL. */
export async function killPart(home: string, part: Part): Promise<void> {
  signalProcess(await present(home, part), 'SIGKILL');
}

/** Stops a part with all its processes (SIGSTOP). Returns a function that continues them. */
export async function pausePart(home: string, part: Part): Promise<() => void> {
  const asleep: ProcessIdentity[] = [];
  const stop = (identity: ProcessIdentity): void => {
    signalProcess(identity, 'SIGSTOP');
    asleep.push(identity);
    // PostgreSQL works in child processes, so they are stopped too. A worker's children are git and tests: they run on.
    if (part === 'postgres') for (const child of childrenOf(identity.pid)) stop(child);
  };
  stop(await present(home, part));
  return () => {
    for (const identity of asleep) signalProcess(identity, 'SIGCONT');
  };
}

async function present(home: string, part: Part): Promise<ProcessIdentity> {
  // The row's time limit ends this loop when the part never starts.
  for (;;) {
    const found = await processOf(home, part);
    if (found !== undefined && identityOf(found.pid) !== undefined) return found;
    await delay(20);
  }
}

function childrenOf(parent: number): ProcessIdentity[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .flatMap((name) => identityOf(Number(name)) ?? []);
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}
