/** The builds of a fleet, as the Temporal server knows them, and the current one, which gets all work. */
import { setTimeout as delay } from 'node:timers/promises';
import { isGrpcServiceError, type WorkflowService } from '@temporalio/client';
import { FAILED_PRECONDITION, grpcStatusOf, NOT_FOUND } from '../shared/network/grpc-status.js';
import { EnvironmentError, messageOf } from '../contract/errors.js';
import { DEPLOYMENT } from './version.js';

/** A connection to the Temporal server (a client's or a worker's) and the namespace. */
export interface FleetConnection {
  readonly service: WorkflowService;
  readonly namespace: string;
}

export interface Fleet {
  /** The build that gets all work. Null: none, and versioned workers get no work. */
  readonly current: string | null;
  /** All builds whose workers have connected to the server, the newest first. */
  readonly builds: readonly string[];
}

/** Reads the fleet from the server. It has no builds when no versioned worker has ever connected. */
export async function readFleet({ service, namespace }: FleetConnection): Promise<Fleet> {
  try {
    const described = await service.describeWorkerDeployment({ namespace, deploymentName: DEPLOYMENT });
    const info = described.workerDeploymentInfo;
    const builds = (info?.versionSummaries ?? []).flatMap((summary) => {
      const build = summary.deploymentVersion?.buildId;
      return build === undefined || build === null || build === '' ? [] : [build];
    });
    const current = info?.routingConfig?.currentDeploymentVersion?.buildId ?? '';
    return { current: current === '' ? null : current, builds };
  } catch (error) {
    if (isNotFound(error)) return { current: null, builds: [] };
    throw error;
  }
}

/**
 * Makes a build the current one: new runs start with it, and open runs continue with it.
 * @throws EnvironmentError when no worker of that build has connected, or one for some kind of work is missing
 */
export async function makeCurrent({ service, namespace }: FleetConnection, build: string): Promise<void> {
  try {
    await service.setWorkerDeploymentCurrentVersion({
      namespace,
      deploymentName: DEPLOYMENT,
      buildId: build,
      identity: 'leadwright',
    });
  } catch (error) {
    if (!isNotReady(error)) throw error;
    throw new EnvironmentError(
      `The build ${build} cannot become the current one: ${detailsOf(error)}.`,
      'Start workers of this build first, for all kinds of work that the current build serves (leadwright worker).',
      { cause: error },
    );
  }
}

/** The server registers a new worker within a second of its start; a busy server needs ten times that. */
const REGISTRATION_MS = 15_000;
const PAUSE_MS = 200;

/**
 * Makes the build of a worker that has just started the current one if there is none: then no running work is
 * disturbed.
 * @returns the current build
 * @throws EnvironmentError when the server does not register the worker in time
 */
export async function makeFirstCurrent(context: FleetConnection, build: string): Promise<string> {
  for (let waited = 0; ; waited += PAUSE_MS) {
    const { current, builds } = await readFleet(context);
    if (current !== null) return current;
    try {
      if (builds.includes(build)) await makeCurrent(context, build);
    } catch (error) {
      if (!(error instanceof EnvironmentError) || waited >= REGISTRATION_MS) throw error;
    }
    if (waited >= REGISTRATION_MS) {
      throw new EnvironmentError(
        `The Temporal server has not registered the build ${build} yet, so no build is current and no run starts.`,
        'Make it the current one later: leadwright doctor --set-current.',
      );
    }
    await delay(PAUSE_MS);
  }
}

/** Whether the server reports that the object does not exist, or no longer exists. */
export function isNotFound(error: unknown): boolean {
  return grpcStatusOf(error) === NOT_FOUND;
}

/** Whether the server does not know all workers of the build yet. */
function isNotReady(error: unknown): boolean {
  const code = grpcStatusOf(error);
  return code === NOT_FOUND || code === FAILED_PRECONDITION;
}

function detailsOf(error: unknown): string {
  return (isGrpcServiceError(error) ? error.details : messageOf(error)).replace(/\.$/, '');
}
