/** Bundles the workflows at build time: at a worker's start it would cost five seconds each time. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { code } = await bundleWorkflowCode({
  workflowsPath: join(root, 'dist/workflows/index.js'),
  workflowInterceptorModules: [join(root, 'dist/workflows/trace.js')],
  logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.error, error: console.error },
});
writeFileSync(join(root, 'dist/workflow-bundle.js'), code);
