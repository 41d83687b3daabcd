import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { EnvironmentError } from '../../contract/errors.js';
import type { Environment } from '../../shared/config.js';
import { makeSocketFolder } from '../../shared/network/sockets.js';
import { redactedLog } from '../../redaction/redacted-log.js';
import { childCommands, type ChildCommands } from '../child-commands.js';
import { Host } from './host.js';
import { isListening } from './is-listening.js';
import { clearLeftovers } from './leftovers.js';
import type { Migrate } from './stack-parts.js';
import { tryPresenceLock, type PresenceLock } from './presence-lock.js';
import { removeStackFile } from '../stack-file.js';
import { stackPaths, type StackPaths } from '../stack-paths.js';

export interface RunHostOptions {
  readonly home: string;
  readonly env: Environment;
  readonly migrate: Migrate;
  /** Whether a run is open and not only waiting for a person. */
  readonly hasOpenWork: (databaseUrl: string) => Promise<boolean>;
  /** The worker and notifier commands; Leadwright's own by default. */
  readonly childCommands?: ChildCommands;
  readonly pollMs?: number | undefined;
}

/**
 * The longest wait for the lock of a host that ends. It needs at most 16 s for its services (10 for the worker, 5 for the
 * servers, and a little); one that takes longer than this hangs.
 */
const PREDECESSOR_MS = 30_000;

/**
 * Runs the stack of a home until nobody needs it any more. Returns when all its processes have ended, or at once when
 * another host serves the home. Logs to stderr. The calling process must do nothing else, because SIGTERM and SIGINT end
 * the stack. It must exit when this returns, because a failed start may still wait for a server's answer.
 */
export async function runHost(options: RunHostOptions): Promise<void> {
  const paths = stackPaths(options.home);
  const lock = await acquireHostLock(paths);
  if (lock === undefined) return;
  try {
    await makeSocketFolder(paths.home);
    await clearLeftovers(paths);
    const host = new Host({
      paths,
      env: options.env,
      childCommands: options.childCommands ?? childCommands(),
      migrate: options.migrate,
      hasOpenWork: options.hasOpenWork,
      pollMs: options.pollMs,
      log: (line) => redactedLog.write(`${new Date().toISOString()} ${line}\n`),
    });
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => host.end(`it received ${signal}`));
    lock.lost.addEventListener('abort', () => host.abandon());
    await host.serve();
    // What is there now belongs to the other machine.
    if (lock.lost.aborted) return;
    await removeStackFile(paths.stackFile);
    await rm(paths.sockets.host, { force: true });
  } finally {
    await lock.release();
  }
}

/** Acquires the host's lock; undefined when another host has it and listens. */
async function acquireHostLock(paths: StackPaths): Promise<PresenceLock | undefined> {
  const deadline = performance.now() + PREDECESSOR_MS;
  while (performance.now() < deadline) {
    const lock = await tryPresenceLock(paths, 'host');
    if (lock !== undefined) return lock;
    if (await isListening(paths.sockets.host)) return undefined;
    // Random, so that two hosts that saw each other's file do not collide again.
    await delay(20 + Math.random() * 80);
  }
  throw new EnvironmentError(
    `Another process has the lock of ${paths.home}, and neither serves the home nor ends.`,
    `If the home is a copy of one whose stack was running, end that stack and copy it again. Otherwise end the process that a file in ${paths.locks} names.`,
  );
}
