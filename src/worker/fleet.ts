/** The builds of a fleet, as the Temporal server knows them, and which of them works: the current one. */
import { setTimeout as delay } from 'node:timers/promises';
import { isGrpcServiceError, type WorkflowService } from '@temporalio/client';
import { EnvironmentError, messageOf } from '../contract/errors.js';
import { DEPLOYMENT } from './version.js';

/** A way to the server, of a client or of a worker, and the namespace. */
export interface FleetConnection {
  readonly service: WorkflowService;
  readonly namespace: string;
}

export interface Fleet {
  /** The build that gets all work; null: none, and no versioned worker gets any. */
  readonly current: string | null;
  /** Every build whose workers the server has met, the newest first. */
  readonly builds: readonly string[];
}

/** gRPC's codes for "there is none" and "not in this state". */
const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;

/** What the server knows; no build at all when no worker of a fleet was ever there. */
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
 * Makes a build the current one: new runs start with it, and open ones go on with it.
 * @throws EnvironmentError when no worker of that build was ever there, or one for a kind of work is missing
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
      'Start workers of this build first, for all kinds of work that the present one has (leadwright worker).',
      { cause: error },
    );
  }
}

/** The server hears of a new worker within a second of its start; a busy one needs ten times that. */
const REGISTRATION_MS = 15_000;
const PAUSE_MS = 200;

/**
 * Makes the build of a worker that has just been started the current one when there is none: where nothing works
 * yet, nobody is disturbed. Gives the build that is current then.
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
        `The Temporal server has not heard of the build ${build} yet, so no build is current and nothing starts.`,
        'When it has, make it the current one: leadwright doctor --set-current.',
      );
    }
    await delay(PAUSE_MS);
  }
}

function codeOf(error: unknown): number | null {
  return isGrpcServiceError(error) ? error.code : null;
}

/** What was asked for is not there, or not there any more. */
export function isNotFound(error: unknown): boolean {
  return codeOf(error) === NOT_FOUND;
}

/** Its workers are not known, or not all of them. */
function isNotReady(error: unknown): boolean {
  const code = codeOf(error);
  return code === NOT_FOUND || code === FAILED_PRECONDITION;
}

function detailsOf(error: unknown): string {
  return (isGrpcServiceError(error) ? error.details : messageOf(error)).replace(/\.$/, '');
}
