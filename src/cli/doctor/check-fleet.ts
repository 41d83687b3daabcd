/** The current build of a fleet: shown by `doctor` and `up`, set by `doctor --set-current`. */
import type { Environment } from '../../shared/config.js';
import { EnvironmentError, messageOf, UsageError } from '../../contract/errors.js';
import { readExternalTemporal, hasExternalTemporal } from '../../local-stack/external-services.js';
import { makeCurrent, readFleet, type Fleet, type FleetConnection } from '../../worker/fleet.js';
import { buildId } from '../../worker/version.js';
import type { Finding } from './finding.js';

/** Reports the fleet's current build. Empty for the embedded stack, whose one worker has no version. */
export async function checkFleet(env: Environment): Promise<Finding[]> {
  if (!hasExternalTemporal(env)) return [];
  try {
    return [buildFinding(await withFleet(env, readFleet), buildId())];
  } catch (error) {
    // Only a note, because the check of Temporal already reports an unreachable server.
    const said = `the current one is unknown: ${messageOf(error)}`;
    return [{ what: 'build', state: 'note', said, fix: null }];
  }
}

/** Compares this build with the fleet's current one. Pure. */
export function buildFinding({ current, builds }: Fleet, own: string): Finding {
  const what = 'build';
  if (current === own) return { what, state: 'ok', said: `${own}, which is the current one`, fix: null };
  if (current !== null) {
    return {
      what,
      state: 'note',
      said: `the current one is ${current}; this one is ${own}`,
      fix: 'When its workers run and `leadwright replay --open` finds no break: leadwright doctor --set-current.',
    };
  }
  if (builds.length === 0) {
    return {
      what,
      state: 'note',
      said: 'no worker of a fleet has run yet',
      fix: '`leadwright run` and `leadwright up` start one; for a fleet: leadwright worker.',
    };
  }
  return {
    what,
    state: 'missing',
    said: `no build is current (there are workers of ${builds.join(', ')}), so no run starts or continues`,
    fix: builds.includes(own)
      ? 'Make this one the current one: leadwright doctor --set-current.'
      : `Start a worker of this build, ${own}, and then: leadwright doctor --set-current.`,
  };
}

/** Makes this build the fleet's current one. */
export async function setCurrent(env: Environment): Promise<void> {
  if (!hasExternalTemporal(env)) {
    throw new UsageError(
      '--set-current is for a fleet (TEMPORAL_ADDRESS): the embedded stack has one worker and no versions',
    );
  }
  await withFleet(env, (fleet) => makeCurrent(fleet, buildId()));
}

/** A running server answers within milliseconds; five seconds allow for a distant one and a slow DNS server. */
const CONNECT_MS = 5_000;

async function withFleet<T>(env: Environment, use: (fleet: FleetConnection) => Promise<T>): Promise<T> {
  const { address, connectionOptions, namespace = 'default' } = await readExternalTemporal(env);
  // Loaded here because loading takes half a second, and checks of the embedded stack do not need it.
  const { Connection } = await import('@temporalio/client');
  const connection = await Connection.connect({ ...connectionOptions, connectTimeout: CONNECT_MS }).catch(
    (error: unknown) => {
      throw new EnvironmentError(
        `The Temporal server at ${address} does not answer: ${messageOf(error)}.`,
        'Check TEMPORAL_ADDRESS and its credentials.',
        { cause: error },
      );
    },
  );
  try {
    return await use({ service: connection.workflowService, namespace });
  } finally {
    await connection.close();
  }
}
