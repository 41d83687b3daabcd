import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../shared/config.js';
import { EnvironmentError, messageOf } from '../contract/errors.js';
import { makeFolder } from '../shared/files/make-folder.js';
import type { Command } from './child-commands.js';
import { claimLayout } from './home-layout.js';
import { explainUnwritable, explainWithDisk } from './home-space.js';
import { spawnHost, type LoadedHost } from './host-process.js';
import { requireUsedHere, tryPresenceLock, type PresenceLock } from './host/presence-lock.js';
import { isListening } from './host/is-listening.js';
import { rotateLog } from './process/spawn-service.js';
import type { StackPaths } from './stack-paths.js';

/** A previous host may need 16 s to end, and a busy machine some more to load the new one. */
const START_LIMIT_MS = 60_000;

/**
 * Starts the host unless one runs or another command starts one. Returns when a connection is worth a try.
 * @param loaded a host process to use
 * @throws EnvironmentError when another machine uses the home, or the host that this call started ended before it listened
 */
export async function ensureHost(
  paths: StackPaths,
  command: Command,
  env: Environment,
  loaded?: LoadedHost | null,
): Promise<void> {
  // First, so that nothing is written into the home.
  await requireUsedHere(paths);
  const lock = await prepareStart(paths);
  if (lock === undefined) {
    // Another command starts it. The pause is random, so that two commands that saw each other's file do not collide again.
    await delay(20 + Math.random() * 80);
    return;
  }
  try {
    if (await isListening(paths.sockets.host)) return;
    await startHost(paths, loaded?.begin() ?? spawnHost(paths, command, env, 'ignore').ended);
  } finally {
    await lock.release();
  }
}

/** Makes what a start needs in the home. Returns the lock of commands that start a host; undefined when another has it. */
async function prepareStart(paths: StackPaths): Promise<PresenceLock | undefined> {
  try {
    await makeFolder(paths.home);
    await claimLayout(paths);
    const lock = await tryPresenceLock(paths, 'starter');
    if (lock === undefined) return undefined;
    try {
      await makeFolder(paths.logs);
      await rotateLog(paths.hostLog);
      return lock;
    } catch (error) {
      await lock.release();
      throw error;
    }
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    const { message, fix } = await explainUnwritable(paths.home, error, {
      message: `LEADWRIGHT_HOME (${paths.home}) cannot be written: ${messageOf(error)}`,
      fix: 'Set LEADWRIGHT_HOME to a folder that you can write, on a disk with free space.',
    });
    throw new EnvironmentError(`${message}.`, fix, { cause: error });
  }
}

/** @param ended how the host ended, if it does */
async function startHost(paths: StackPaths, ended: Promise<string>): Promise<void> {
  const done = new AbortController();
  try {
    const outcome = await Promise.race([ended, waitUntilListening(paths, done.signal)]);
    if (outcome === 'listening' || (await isListening(paths.sockets.host))) return;
    const { message, fix } = await explainWithDisk(paths.home, {
      message: `The stack did not start: ${outcome}`,
      fix: `Read ${paths.hostLog}, fix what it names, and try again.`,
    });
    throw new EnvironmentError(`${message}.`, fix);
  } finally {
    done.abort();
  }
}

async function waitUntilListening(paths: StackPaths, signal: AbortSignal): Promise<string> {
  const deadline = performance.now() + START_LIMIT_MS;
  while (!signal.aborted && performance.now() < deadline) {
    if (await isListening(paths.sockets.host)) return 'listening';
    await delay(20);
  }
  return `its host did not listen within ${START_LIMIT_MS / 1000} s`;
}
