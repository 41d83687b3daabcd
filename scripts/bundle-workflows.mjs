/** Bundles the workflows at build time. Doing so at each start of a worker would take five seconds. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const logger = { log() {}, trace() {}, debug() {}, info() {}, warn: console.error, error: console.error };

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
    workflowsPath: join(root, 'dist/workflows/index.js'),
    workflowInterceptorModules: ['trace', 'authentic'].map((name) => join(root, `dist/workflows/${name}.js`)),
    logger,
    ...converter,
  });
  writeFileSync(join(root, 'dist', file), code);
}
