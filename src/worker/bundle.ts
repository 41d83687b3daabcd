import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DataConverter } from '@temporalio/common';
import { packageRoot } from '../shared/files/package-root.js';

/** The workflow bundle. It is made when Leadwright is built: bundling at a worker's start takes five seconds. */
export const BUNDLE_FILE = join(packageRoot, 'dist', 'workflow-bundle.js');

/** The bundle for workers that encrypt: its failure converter moves failure messages into encrypted payloads. */
const ENCRYPTING_BUNDLE_FILE = join(packageRoot, 'dist', 'workflow-bundle-encrypting.js');

/** The bundle for `Worker.create` and `Worker.runReplayHistory` with that data converter. */
export function workflowBundle({ failureConverterPath }: DataConverter = {}): { readonly codePath: string } {
  const file = failureConverterPath === undefined ? BUNDLE_FILE : ENCRYPTING_BUNDLE_FILE;
  if (!existsSync(file)) throw new Error(`${file} is missing: build Leadwright first (npm start)`);
  return { codePath: file };
}
