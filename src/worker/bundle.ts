import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DataConverter } from '@temporalio/common';
import { packageRoot } from '../shared/package-root.js';

/** The workflows, bundled when Leadwright is built: bundling at a worker's start costs five seconds. */
export const BUNDLE_FILE = join(packageRoot, 'dist', 'workflow-bundle.js');

/** The same for workers that encrypt: in it, the words of failures go into payloads. */
const ENCRYPTING_BUNDLE_FILE = join(packageRoot, 'dist', 'workflow-bundle-encrypting.js');

/** For `Worker.create` and `Worker.runReplayHistory`, with the same data converter. */
export function workflowBundle({ failureConverterPath }: DataConverter = {}): { readonly codePath: string } {
  const file = failureConverterPath === undefined ? BUNDLE_FILE : ENCRYPTING_BUNDLE_FILE;
  if (!existsSync(file)) throw new Error(`${file} is missing: build Leadwright first (npm start)`);
  return { codePath: file };
}
