import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.js';

/** The workflows, bundled when Leadwright is built: bundling at a worker's start costs five seconds. */
export const BUNDLE_FILE = join(packageRoot, 'dist', 'workflow-bundle.js');

/** For `Worker.create` and `Worker.runReplayHistory`. */
export function workflowBundle(): { readonly codePath: string } {
  if (!existsSync(BUNDLE_FILE))
    throw new Error(`${BUNDLE_FILE} is missing: build Leadwright first (npm start)`);
  return { codePath: BUNDLE_FILE };
}
