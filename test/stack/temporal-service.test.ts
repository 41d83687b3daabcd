import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { askNamespace } from '../../src/local-stack/temporal/ask-namespace.js';
import { childCommands } from '../../src/local-stack/child-commands.js';
import { isAlive, type ProcessIdentity } from '../../src/local-stack/process/process-identity.js';
import { Service } from '../../src/local-stack/process/service.js';
import { makeSocketFolder } from '../../src/shared/network/sockets.js';
import { stackPaths } from '../../src/local-stack/stack-paths.js';
import { findNetworkNamespace } from '../../src/local-stack/temporal/network-namespace.js';
import { findTemporalBinary } from '../../src/local-stack/temporal/temporal-binary.js';
import {
  createTemporalService,
  type TemporalEndpoint,
} from '../../src/local-stack/temporal/temporal-service.js';
import { readClientFiles } from '../../src/local-stack/temporal/temporal-settings.js';
import { eventually } from '../support/eventually.js';
import { scratchFolder } from '../support/repository.js';
import { temporalCli } from '../support/temporal-cli.js';

/** Tasks in the queue before the one of the small run. */
const LARGE_RUN = 60;
const QUEUES = 5;

describe('the embedded Temporal server', function () {
  this.timeout(60_000);
  const scratch = scratchFolder();
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };

  /** Without a network namespace and a parent-death signal, as on macOS. */
  async function openService(): Promise<Service<TemporalEndpoint>> {
    const paths = stackPaths(scratch.path);
    mkdirSync(paths.logs, { recursive: true });
    await makeSocketFolder(scratch.path);
    const definition = await createTemporalService({
      ...{ paths, env, namespace: 'default', port: undefined, relay: childCommands().temporalRelay },
      binary: await findTemporalBinary({
        home: scratch.path,
        env: { ...env, TEMPORAL_CLI_PATH: await temporalCli() },
      }),
      network: { type: 'missing', reason: 'as the test has it', fix: '' },
      parentWatch: () => (command) => command,
    });
    const ignore = () => undefined;
    return new Service(definition, { changed: ignore, gaveUp: ignore, log: ignore });
  }

  it('is reached with the keys where it has no namespace, and does not outlive its relay', async () => {
    const service = await openService();
    const { address } = await service.start();
    const server = identityOfServer(service);
    const connection = await Connection.connect(await readClientFiles(scratch.path, address));
    const answers = () =>
      connection.workflowService.getSystemInfo({}).then(
        () => true,
        () => false,
      );
    try {
      assert.ok(await answers());
      process.kill(parentOf(server.pid), 'SIGKILL');
      await eventually(() => !isAlive(server), 'the server ends');
      await eventually(
        () => service.process !== undefined && answers(),
        'another one serves the same client',
      );
    } finally {
      await connection.close();
      const last = identityOfServer(service);
      await service.stop();
      assert.ok(!isAlive(last));
    }
  });

  it('is asked for a namespace without a gRPC client', async () => {
    const service = await openService();
    const { port } = await service.start();
    const [authority = '', certificate = '', key = ''] = ['ca.pem', 'client.pem', 'client.key'].map((name) =>
      readFileSync(join(scratch.path, 'temporal', 'tls', name), 'utf8'),
    );
    const keys = { authority, client: { certificate, key } };
    const { signal } = new AbortController();
    try {
      await askNamespace(port, keys, 'default', signal);
      // Unknown: 5 in gRPC. A name of more than 127 bytes has a length of two.
      for (const name of ['other', 'o'.repeat(200)]) {
        await assert.rejects(askNamespace(port, keys, name, signal), /^Error: gRPC status 5$/);
      }
      const ended = new AbortController();
      const asked = askNamespace(port, keys, 'default', ended.signal);
      ended.abort();
      await assert.rejects(asked);
    } finally {
      await service.stop();
    }
    await assert.rejects(askNamespace(port, keys, 'default', signal));
  });

  it('takes turns by fairness key, so that a run of one task does not wait for those of a large one', async () => {
    const service = await openService();
    const { address } = await service.start();
    const connection = await Connection.connect(await readClientFiles(scratch.path, address));
    try {
      const { workflow } = new Client({ connection });
      const places: number[] = [];
      while (places.length < QUEUES) {
        const taskQueue = `queue-${places.length}`;
        const start = (fairnessKey: string, number: number) =>
          workflow.start('waits', {
            ...{ taskQueue, workflowId: `${taskQueue}/${fairnessKey}/${number}`, priority: { fairnessKey } },
          });
        for (let number = 1; number <= LARGE_RUN; number++) await start('large', number);
        await start('small', 1);
        const next = async () => {
          const { workflowExecution } = await connection.withDeadline(Date.now() + 60_000, () =>
            connection.workflowService.pollWorkflowTaskQueue({
              ...{ namespace: 'default', identity: 'test', taskQueue: { name: taskQueue } },
            }),
          );
          return workflowExecution?.workflowId ?? assert.fail('a task is waiting');
        };
        let place = 1;
        while ((await next()) !== `${taskQueue}/small/1`) place += 1;
        places.push(place);
      }
      // Some of the large run are in memory already, to be given out. Without fairness it comes last.
      assert.ok(Math.max(...places) < LARGE_RUN / 2, places.join(' '));
    } finally {
      await connection.close();
      await service.stop();
    }
  });

  it('has a namespace wherever bubblewrap can make one', async function () {
    const found = await findNetworkNamespace(env);
    if (found.type === 'missing') {
      assert.notEqual(found.fix, '');
      this.skip();
    }
    const [program] = found.enter(['true']);
    assert.match(program, /bwrap$/);
  });
});

function identityOfServer(service: Service<TemporalEndpoint>): ProcessIdentity {
  return service.process?.identity ?? assert.fail('it runs');
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
