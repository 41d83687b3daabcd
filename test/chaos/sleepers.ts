/**
 * The process that every command of a run's plan leaves behind, as a careless test does: it sleeps for a day in its own
 * session. Its number of seconds is unique, so that it can be found anywhere. Only the end of the sandbox can end it.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

export type SleeperOf = 'test' | 'setup' | 'command';

/** The common name of one run's sleepers. `folder` is the project's folder, which is unique to the stage. */
export function sleepersName(folder: string, run: string): string {
  const digest = createHash('sha256').update(`${folder}\0${run}`).digest();
  return `86399.${String(digest.readUInt32BE()).padStart(10, '0')}`;
}

const LAST_DIGIT: Readonly<Record<SleeperOf, number>> = { test: 1, setup: 2, command: 3 };

/** The shell command that starts a sleeper. The sleeper does not keep the command's output open. */
export function startSleeper(name: string, of: SleeperOf): string {
  return `setsid sleep ${name}${LAST_DIGIT[of]} </dev/null >/dev/null 2>&1 &`;
}

/** Whether a command of that kind has started its sleeper. */
export function isAsleep(name: string, of: SleeperOf): boolean {
  const wanted = `sleep\0${name}${LAST_DIGIT[of]}\0`;
  return pids().some((pid) => commandLine(pid) === wanted);
}

/** The processes with one of these names in their command line: sleepers, and the shells that start them. */
export function processesNaming(names: ReadonlySet<string>): number[] {
  return pids().filter((pid) => {
    const line = commandLine(pid);
    return [...names].some((name) => line.includes(name));
  });
}

function pids(): number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

/** A process's command line; empty when the process has ended. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
