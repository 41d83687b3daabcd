/** The worker that an open run needs, and the one that its stack gets again when it is lost. */
import type { Environment } from '../../shared/config.js';
import type { RunId } from '../../contract/ids.js';
import { listServingWorkers } from '../../db/workers.js';
import { describeStack } from '../../local-stack/describe-stack.js';
import { hasOwnServices } from '../../local-stack/external-services.js';
import type { WorkerNeed } from '../../local-stack/host/host-protocol.js';
import { endpointOf, hasModel } from '../../model/endpoint.js';
import { SCRIPTED_MODEL } from '../../model/known-models.js';
import type { Reader, Session } from './session.js';

/** The worker that can continue a run with this command's environment; `none` when that has no model for it. */
export async function workerFor(
  { db }: Session,
  env: Environment,
  id: RunId,
): Promise<Extract<WorkerNeed, 'scripted' | 'model' | 'none'>> {
  const { model } = await db.prisma.run.findUniqueOrThrow({ where: { id }, select: { model: true } });
  if (model === SCRIPTED_MODEL) return 'scripted';
  return hasModel(endpointOf(env)) ? 'model' : 'none';
}

/** Whether the running stack of a session has a worker. */
export async function hasWorker({ paths }: Pick<Session, 'paths'>): Promise<boolean> {
  const stack = await describeStack(paths.home);
  return stack.state === 'running' && stack.services.some((service) => service.name === 'worker');
}

/** Whether a worker of a fleet has a model. It continues a run for a command that has none. */
export async function hasFleetModel({ db }: Pick<Reader, 'db'>, env: Environment): Promise<boolean> {
  // The leases of an embedded stack that was killed hold for some seconds more.
  if (!hasOwnServices(env)) return false;
  return (await listServingWorkers(db.pool)).some(({ queues }) => queues.includes('model'));
}

/**
 * The worker that a stack with one gets when it is lost and started again. Any: it may be started again by a command with
 * other settings, whose worker then serves the run.
 */
export function afterLoss(worker: WorkerNeed): WorkerNeed {
  return worker === 'none' ? 'none' : 'any';
}
