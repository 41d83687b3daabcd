import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { devNull } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../shared/config.js';
import { EnvironmentError, messageOf } from '../contract/errors.js';
import type { Command } from './child-commands.js';
import { claimLayout } from './home-layout.js';
import { withoutModelSecrets } from './worker-settings.js';
import { tryPresenceLock } from './host/presence-lock.js';
import { isListening } from './host/run-host.js';
import { rotateLog } from './process/spawn-service.js';
import type { StackPaths } from './stack-paths.js';

/** A predecessor may need 16 s to end, and a busy machine a few more to load the new host. */
const START_LIMIT_MS = 60_000;

/**
 * Makes sure that a host is there or comes, whoever starts it, and returns when it may be worth knocking. Throws
 * an EnvironmentError when the host that was started here ended without opening its door.
 */
export async function ensureHost(paths: StackPaths, command: Command, env: Environment): Promise<void> {
  await makeFolders(paths);
  const lock = await tryPresenceLock(paths.locks, 'starter');
  if (lock === undefined) {
    // Somebody else starts it. Random, so that two that saw each other do not meet again.
    await delay(20 + Math.random() * 80);
    return;
  }
  try {
    if (await isListening(paths.socket)) return;
    await startHost(paths, command, env);
  } finally {
    await lock.release();
  }
}

async function makeFolders(paths: StackPaths): Promise<void> {
  try {
    await makeFolder(paths.home);
    await claimLayout(paths);
    await makeFolder(paths.logs);
    await rotateLog(paths.hostLog);
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    throw new EnvironmentError(
      `LEADWRIGHT_HOME (${paths.home}) cannot be written: ${messageOf(error)}.`,
      'Set LEADWRIGHT_HOME to a folder that you can write.',
      { cause: error },
    );
  }
}

/** Not by Node's own `recursive`: that tries without end where a file system knows no new folders, as /proc. */
async function makeFolder(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder));
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    // Another command makes the same one.
    if (!existsSync(folder)) throw error;
  });
}

async function startHost(paths: StackPaths, command: Command, env: Environment): Promise<void> {
  const ended = spawnDetached(paths, command, env);
  const over = new AbortController();
  try {
    const outcome = await Promise.race([ended, waitUntilListening(paths, over.signal)]);
    if (outcome === 'open' || (await isListening(paths.socket))) return;
    throw new EnvironmentError(
      `The stack did not start: ${outcome}.`,
      `Read ${paths.hostLog}, fix what it names, and try again.`,
    );
  } finally {
    over.abort();
  }
}

async function waitUntilListening(paths: StackPaths, signal: AbortSignal): Promise<string> {
  const deadline = performance.now() + START_LIMIT_MS;
  while (!signal.aborted && performance.now() < deadline) {
    if (await isListening(paths.socket)) return 'open';
    await delay(20);
  }
  return 'its door stayed shut';
}

/** Starts the host so that it outlives us and holds nothing of ours; tells how it ended if it does meanwhile. */
function spawnDetached(paths: StackPaths, command: Command, env: Environment): Promise<string> {
  const [program, ...args] = command;
  const log = openSync(paths.hostLog, 'a', 0o600);
  const nothing = openSync(devNull, 'r+');
  try {
    const child = spawn(program, args, {
      detached: true,
      cwd: paths.home,
      env: { ...withoutModelSecrets(env), LEADWRIGHT_HOME: paths.home },
      stdio: ['ignore', log, log, ...leakedDescriptors().map(() => nothing)],
    });
    child.unref();
    return new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) =>
        resolve(`its host ended with ${signal ?? `exit code ${code ?? ''}`}`),
      );
    });
  } finally {
    closeSync(log);
    closeSync(nothing);
  }
}

/** Set on every file descriptor that Node opens: closed when another program is started. */
const CLOSE_ON_EXEC = 0o2000000;

/**
 * The descriptors from 3 up to the highest that whoever started us left open, such as the pipe of a script that
 * waits for its end. Node would hand them on to a host that lives for hours, so they are covered.
 */
function leakedDescriptors(): readonly number[] {
  if (process.platform !== 'linux') return [];
  const highest = Math.max(2, ...readdirSync('/proc/self/fd').map(Number).filter(isHandedOn));
  return Array.from({ length: highest - 2 }, (_, index) => index + 3);
}

function isHandedOn(descriptor: number): boolean {
  try {
    const info = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8');
    const flags = Number.parseInt(/^flags:\s*(\d+)$/m.exec(info)?.[1] ?? '0', 8);
    return (flags & CLOSE_ON_EXEC) === 0;
  } catch {
    // The one that listed the folder: closed again.
    return false;
  }
}
