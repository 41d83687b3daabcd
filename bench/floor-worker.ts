/** The floor's worker: a separate process with Leadwright's worker options. Prints `ready`; ends when its stdin closes. */
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { QUEUES } from '../src/contract/payloads.js';
import { workerOptions } from '../src/worker/worker.js';
import { FLOOR_QUEUES, type FloorActivities } from './floor-interface.js';

Runtime.install({ logger: new DefaultLogger('ERROR') });
const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await NativeConnection.connect(connectionOptions);
const bundle = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('floor-workflows.ts', import.meta.url)),
  logger: new DefaultLogger('WARN'),
});
const activities: Record<keyof FloorActivities, () => Promise<void>> = { nothing: async () => {} };
const workers = await Promise.all(
  QUEUES.map((queue) =>
    Worker.create({
      ...workerOptions(queue, { connection, namespace }),
      taskQueue: FLOOR_QUEUES[queue],
      activities,
      // Leadwright's own check the signature of an activity's input; the floor's have none.
      interceptors: {},
      ...(queue === 'workflow' ? { workflowBundle: bundle } : {}),
    }),
  ),
);
const running = Promise.all(workers.map((worker) => worker.run()));
process.stdin.resume().once('end', () => {
  for (const worker of workers) worker.shutdown();
});
process.stdout.write('ready\n');
await running;
await connection.close();
