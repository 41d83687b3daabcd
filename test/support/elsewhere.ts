/** A home that another machine or container uses. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../src/shared/files/package-root.js';
import { testHost, type TestHome } from './stack-home.js';

/** Sets how long ago the lock was touched. */
export function setAge(lock: string, ageMs: number): void {
  const then = new Date(Date.now() - ageMs);
  utimesSync(lock, then, then);
}

/** Writes the lock of a host on another machine, as it would look from here. @returns its path */
export function forgeLock(home: string, hostname: string, ageMs: number): string {
  const lock = join(home, 'locks', `host.${'0'.repeat(16)}.1.${'0'.repeat(16)}-1.1`);
  mkdirSync(join(home, 'locks'), { recursive: true, mode: 0o700 });
  writeFileSync(lock, `${hostname}\n`);
  setAge(lock, ageMs);
  return lock;
}

const HOLD = `import { holdDatabase } from ${source('local-stack/hold-stack.ts')};
const home = process.env.LEADWRIGHT_HOME;
await holdDatabase({ home, env: process.env, host: ${JSON.stringify(testHost)} });
console.log('held');
setInterval(() => undefined, 1_000);`;

function source(path: string): string {
  return JSON.stringify(pathToFileURL(join(packageRoot, 'src', path)).href);
}

/**
 * Holds the database of a home in a container of another pid namespace, from where no socket can be reached: as on
 * another machine. Ends with a SIGKILL, as the machine does that loses its power.
 * @returns null when this system lets us make no namespaces
 */
export async function holdElsewhere({ home, env }: TestHome): Promise<ChildProcess | null> {
  if (spawnSync('unshare', ['--pid', '--ipc', '--mount', '--fork', 'true']).status !== 0) return null;
  mkdirSync(join(home, 'run'), { mode: 0o700 });
  const script = `mount -t tmpfs -o mode=700 none '${home}/run' && exec "$@"`;
  const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', HOLD];
  const child = spawn(
    'unshare',
    [
      '--pid',
      '--ipc',
      '--mount',
      '--fork',
      '--kill-child',
      '--mount-proc',
      'sh',
      '-c',
      script,
      'sh',
      ...node,
    ],
    { cwd: packageRoot, env: { ...env }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('the container ended'))),
  ]);
  return child;
}
