import { rm } from 'node:fs/promises';
import { endProcess } from '../process/process-identity.js';
import { readStackFile, removeStackFile, type ServiceName } from '../stack-file.js';
import type { StackPaths } from '../stack-paths.js';

/**
 * Politely, then not: the processes of a host that was killed serve nobody any more, and their data survives a
 * SIGKILL. PostgreSQL gets a fast shutdown, which spares its next start the recovery.
 */
const GRACE_MS = 3_000;
const SIGNALS: Readonly<Record<ServiceName, NodeJS.Signals>> = {
  postgres: 'SIGINT',
  temporal: 'SIGTERM',
  notifier: 'SIGTERM',
  worker: 'SIGTERM',
};

/** Ends what a killed host left running, and removes what it left lying. Only for the holder of the host's lock. */
export async function clearLeftovers(paths: StackPaths): Promise<void> {
  const left = await readStackFile(paths.stackFile);
  await Promise.all(
    (left?.services ?? []).map((service) => endProcess(service, SIGNALS[service.name], GRACE_MS)),
  );
  await removeStackFile(paths.stackFile);
  await rm(paths.socket, { force: true });
}
