/** Bundles the workflows at build time. Doing so at each start of a worker would take five seconds. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const logger = { log() {}, trace() {}, debug() {}, info() {}, warn: console.error, error: console.error };

const interceptors = ['trace', 'authentic'].map((name) => join(root, `dist/workflows/${name}.js`));
const workflowsPath = join(root, 'dist/workflows/index.js');

// The second bundle is for workers that encrypt: its failure converter puts failure messages into payloads, which are
// encrypted.
for (const [file, converter] of [
  ['workflow-bundle.js', {}],
  [
    'workflow-bundle-encrypting.js',
    { failureConverterPath: join(root, 'dist/encryption/failure-converter.cjs') },
  ],
]) {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: interceptors,
    // All workflows share one instance of our modules, which hold no state (ESLint sees to it). Otherwise each workflow
    // evaluates and keeps its own: 60 KiB and some milliseconds of processor time.
    preloadModules: [workflowsPath, ...interceptors],
    logger,
    ...converter,
  });
  writeFileSync(join(root, 'dist', file), code);
}
