import { rm } from 'node:fs/promises';
import { endProcess } from '../process/process-identity.js';
import { readStackFile, removeStackFile, type ServiceName } from '../stack-file.js';
import type { StackPaths } from '../stack-paths.js';

/**
 * How long the processes of a killed host may take to end before a SIGKILL. They serve nobody any more, and their data
 * survives it. PostgreSQL gets a fast shutdown, so that its next start needs no recovery.
 */
const GRACE_MS = 3_000;
const SIGNALS: Readonly<Record<ServiceName, NodeJS.Signals>> = {
  postgres: 'SIGINT',
  temporal: 'SIGTERM',
  notifier: 'SIGTERM',
  worker: 'SIGTERM',
};

/** Ends the processes and removes the files that a killed host left. Only for the owner of the host's lock. */
export async function clearLeftovers(paths: StackPaths): Promise<void> {
  const left = await readStackFile(paths.stackFile);
  await Promise.all(
    (left?.services ?? []).map((service) => endProcess(service, SIGNALS[service.name], GRACE_MS)),
  );
  await removeStackFile(paths.stackFile);
  await rm(paths.sockets.host, { force: true });
}
