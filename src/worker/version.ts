import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { WorkerDeploymentOptions } from '@temporalio/worker';
import { packageVersion } from '../shared/package-root.js';
import { BUNDLE_FILE, workflowBundle } from './bundle.js';

/** The name that all workers of Leadwright have together, in Temporal's words their deployment. */
export const DEPLOYMENT = 'leadwright';

/** Digits of a hash that tell apart the builds of one version. */
const HASH_DIGITS = 12;

/**
 * Which build this is: the package's version, and a hash of the workflows' code. The source map behind the code
 * names folders of the machine that built it, and is left out: the same code is the same build everywhere.
 */
export function buildId(): string {
  workflowBundle();
  const code = readFileSync(BUNDLE_FILE, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
  const hash = createHash('sha256').update(code).digest('hex').slice(0, HASH_DIGITS);
  return `${packageVersion()}-${hash}`;
}

/**
 * How a worker of a fleet says which build it is. A run that is open goes on with the current build, whichever
 * it began with: pinned to its own it would stop for ever when only a newer one runs.
 */
export function deploymentOptions(build: string): WorkerDeploymentOptions {
  return {
    version: { deploymentName: DEPLOYMENT, buildId: build },
    useWorkerVersioning: true,
    defaultVersioningBehavior: 'AUTO_UPGRADE',
  };
}
