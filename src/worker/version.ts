import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { WorkerDeploymentOptions } from '@temporalio/worker';
import { packageVersion } from '../shared/files/package-root.js';
import { BUNDLE_FILE, workflowBundle } from './bundle.js';

/** The name of Leadwright's worker deployment in Temporal: all workers belong to it. */
export const DEPLOYMENT = 'leadwright';

/** Hash digits in a build id: enough to tell apart the builds of one version. */
const HASH_DIGITS = 12;

/**
 * This build's id: the package's version and a hash of the workflow code. The hash leaves out the source map, which
 * names folders of the build machine, so that the same code has the same id everywhere.
 */
export function buildId(): string {
  workflowBundle();
  // One character for each byte: to decode the map, most of the file, would take each command ten milliseconds.
  const code = readFileSync(BUNDLE_FILE, 'latin1').replace(/^\/\/# sourceMappingURL=.*$/m, '');
  const hash = createHash('sha256').update(code, 'latin1').digest('hex').slice(0, HASH_DIGITS);
  return `${packageVersion()}-${hash}`;
}

/**
 * How a worker of a fleet reports its build. Open runs continue with the current build, whichever they started with: a
 * pinned run would stop for ever once only newer builds run.
 */
export function deploymentOptions(build: string): WorkerDeploymentOptions {
  return {
    version: { deploymentName: DEPLOYMENT, buildId: build },
    useWorkerVersioning: true,
    defaultVersioningBehavior: 'AUTO_UPGRADE',
  };
}
