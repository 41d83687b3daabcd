/** Communication between a process of the stack and the process that started it. */
import { z } from 'zod';
import { nonEmpty, type Environment } from '../../shared/config.js';
import { EnvironmentError } from '../../contract/errors.js';
import { printJsonLine } from '../print/output.js';

/** The database that all processes of a fleet share. */
export function databaseOf(env: Environment): string {
  const url = nonEmpty(env['DATABASE_URL']);
  if (url !== undefined) return url;
  throw new EnvironmentError(
    'DATABASE_URL is not set: a process of a fleet has no database of its own',
    'Set it to the PostgreSQL that all of them share. On one machine, `leadwright up` starts everything.',
  );
}

/** Writes one line to stdout, which tells the process that started this one that it is ready. */
export function reportReady(message: object): void {
  printJsonLine(message);
}

/** Whether a host started this process and will end it. */
export function isStartedByHost(env: Environment = process.env): boolean {
  return env['LEADWRIGHT_HELD'] === '1';
}

/**
 * Completes the environment of a process that a host started: the host sends the addresses of its servers once they are
 * up, and this process loads its code meanwhile. Without a host, all is there already.
 * @throws EnvironmentError when the host ends before
 */
export async function receiveAddresses(env: Environment): Promise<Environment> {
  if (!isStartedByHost(env)) return env;
  const addresses = z.record(z.string(), z.string()).parse(JSON.parse(await readLine(process.stdin)));
  // The redaction of logs looks for secrets there.
  Object.assign(process.env, addresses);
  return { ...env, ...addresses };
}

/** Reads the first line of a stream, and leaves the rest. */
function readLine(stream: NodeJS.ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const ended = () =>
      reject(new EnvironmentError('The host of this process has ended.', 'Run `leadwright up` again.'));
    const read = (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const end = text.indexOf('\n');
      if (end < 0) return;
      stream.off('data', read);
      stream.off('end', ended);
      resolve(text.slice(0, end));
    };
    stream.on('data', read);
    stream.once('end', ended);
  });
}

/** Waits for SIGTERM, Ctrl-C, or the end of the host, which holds our stdin open while it lives. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
    // Without a host, stdin is a terminal or /dev/null, whose end means nothing.
    if (!isStartedByHost()) return;
    process.stdin.resume();
    process.stdin.once('close', () => resolve());
    process.stdin.once('end', () => resolve());
  });
}
