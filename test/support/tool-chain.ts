/** What a test needs of the machine: tool chains and registries. */
import { execFileSync } from 'node:child_process';

/** A registry that says nothing for longer is not reachable for a test. */
const REACHABLE_MS = 10_000;

/** Whether a page answers with success. */
export async function isReachable(page: string): Promise<boolean> {
  try {
    return (await fetch(page, { signal: AbortSignal.timeout(REACHABLE_MS) })).ok;
  } catch {
    return false;
  }
}

/** Whether a command is in PATH. */
export function isInstalled(command: string): boolean {
  try {
    execFileSync('/bin/sh', ['-c', `command -v -- ${command}`]);
    return true;
  } catch {
    return false;
  }
}

/** Leaves the test pending, with the reason in its title. */
export function skip(context: Mocha.Context, why: string): never {
  if (context.test !== undefined) context.test.title += ` (${why})`;
  return context.skip();
}
