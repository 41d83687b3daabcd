/** What a process of the stack and whoever started it say to each other. */
import { nonEmpty, type Environment } from '../shared/config.js';
import { EnvironmentError } from '../contract/errors.js';

/** The database that all processes of a fleet share. */
export function databaseOf(env: Environment): string {
  const url = nonEmpty(env['DATABASE_URL']);
  if (url !== undefined) return url;
  throw new EnvironmentError(
    'DATABASE_URL is not set: a process of a fleet has no database of its own',
    'Set it to the PostgreSQL that all of them share. On one machine, `leadwright up` starts everything.',
  );
}

/** The first line on stdout tells whoever started the process that it serves. */
export function sayReady(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Whether a host started this process, and ends it. */
export function isHeld(env: Environment = process.env): boolean {
  return env['LEADWRIGHT_HELD'] === '1';
}

/** SIGTERM, Ctrl-C, or the end of a host that holds our stdin. */
export function untilToldToStop(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
    // Only a pipe is a host's hold on us: a terminal or /dev/null says nothing.
    if (!isHeld()) return;
    process.stdin.resume();
    process.stdin.once('close', () => resolve());
    process.stdin.once('end', () => resolve());
  });
}
