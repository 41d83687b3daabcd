/**
 * What every command of a run's plan leaves behind, as a careless test does: a process in a session of its own that
 * sleeps for a day. Its number of seconds is no other's, so that it is known wherever it is; the sandbox's end takes
 * it along, or nothing does.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

export type SleeperOf = 'test' | 'setup';

/** What they share who sleep for one run. `folder`: where its project is, which no other stage has. */
export function sleepersName(folder: string, run: string): string {
  const digest = createHash('sha256').update(`${folder}\0${run}`).digest();
  return `86399.${String(digest.readUInt32BE()).padStart(10, '0')}`;
}

const LAST_DIGIT: Readonly<Record<SleeperOf, number>> = { test: 1, setup: 2 };

/** How a command starts one; it holds none of the command's output. */
export function startSleeper(name: string, of: SleeperOf): string {
  return `setsid sleep ${name}${LAST_DIGIT[of]} </dev/null >/dev/null 2>&1 &`;
}

/** Whether a command of that kind has got as far as starting its own. */
export function isAsleep(name: string, of: SleeperOf): boolean {
  const wanted = `sleep\0${name}${LAST_DIGIT[of]}\0`;
  return pids().some((pid) => commandLine(pid) === wanted);
}

/** The processes that have one of these names in their command line: sleepers, and who starts them. */
export function processesNaming(names: ReadonlySet<string>): number[] {
  return pids().filter((pid) => {
    const line = commandLine(pid);
    return [...names].some((name) => line.includes(name));
  });
}

function pids(): number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

/** Empty when the process is gone. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
