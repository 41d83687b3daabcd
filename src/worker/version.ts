import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { WorkerDeploymentOptions } from '@temporalio/worker';
import { packageVersion } from '../shared/files/package-root.js';
import { BUNDLE_FILE, workflowBundle } from './bundle.js';

/** The name of Leadwright's worker deployment in Temporal: all workers belong to it. */
export const DEPLOYMENT = 'leadwright';

/** Hash digits in a build id: enough to tell apart the builds of one version. */
const HASH_DIGITS = 12;

/** How the line of the bundle with its source map begins. */
const SOURCE_MAP_LINE = '\n//# sourceMappingURL=';

/**
 * This build's id: the package's version and a hash of the workflow code. The hash leaves out the source map, which
 * names folders of the build machine, so that the same code has the same id everywhere.
 */
export function buildId(): string {
  workflowBundle();
  const code = readFileSync(BUNDLE_FILE);
  // As bytes: the map is most of the file, and each command would decode it.
  const map = code.lastIndexOf(SOURCE_MAP_LINE);
  const before = map < 0 ? code.length : map + 1;
  const after = code.indexOf('\n', before);
  const hash = createHash('sha256').update(code.subarray(0, before));
  if (after >= 0) hash.update(code.subarray(after));
  return `${packageVersion()}-${hash.digest('hex').slice(0, HASH_DIGITS)}`;
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
