import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import type { StackHold } from '../../src/local-stack/hold-stack.js';
import { stackPaths } from '../../src/local-stack/stack-paths.js';
import { temporalSettings } from '../../src/local-stack/temporal/temporal-settings.js';
import { eventually } from '../support/eventually.js';
import { killAndAwait, testHome, type TestHome } from '../support/stack-home.js';
import { temporalCli } from '../support/temporal-cli.js';

const run = promisify(execFile);

/** What another user of this machine, or a web page in a browser, can do to the embedded Temporal server. */
describe('hostile clients of the embedded Temporal server', function () {
  this.timeout(60_000);
  let home: TestHome;
  let hold: StackHold;
  let connection: Connection;
  let own: Client;
  /** Every loopback port on which a process of the stack listens. */
  let ports: readonly number[];

  before(async () => {
    home = testHome(await temporalCli());
    hold = await home.hold();
    connection = await Connection.connect(hold.temporal.connectionOptions);
    own = new Client({ connection, namespace: hold.temporal.namespace });
    await own.workflow.start('projectRun', { workflowId: 'victim', taskQueue: 'none' });
    ports = listeningPorts(home.processes());
    assert.ok(ports.includes(Number(new URL(hold.notifierUrl).port)), 'ports of the stack are found');
  });
  after(async () => {
    await connection.close();
    await hold.release({ wait: true });
    await home.remove();
  });

  afterEach('nothing was started or ended', async () => {
    const ids: string[] = [];
    for await (const { workflowId } of own.workflow.list()) ids.push(workflowId);
    assert.deepEqual(ids, ['victim']);
    assert.equal((await own.workflow.getHandle('victim').describe()).status.name, 'RUNNING');
  });

  const withoutKeys: readonly (readonly [string, ConnectionOptions])[] = [
    ['in plain text', {}],
    ['over TLS without a certificate', { tls: { serverNameOverride: 'leadwright-temporal' } }],
  ];
  for (const [how, options] of withoutKeys) {
    it(`cannot use gRPC ${how}`, async () => {
      for (const port of ports) {
        await assert.rejects(
          async () => {
            const connection = await Connection.connect({
              ...options,
              address: `127.0.0.1:${port}`,
              // A server that answers does so in milliseconds.
              connectTimeout: 2_000,
            });
            try {
              const client = new Client({ connection });
              await client.workflow.start('projectRun', { workflowId: `attack-${port}`, taskQueue: 'none' });
              await client.workflow.getHandle('victim').terminate('an attack');
            } finally {
              await connection.close();
            }
          },
          (error) => error instanceof Error,
          `port ${port} refuses gRPC ${how}`,
        );
      }
    });
  }

  it('cannot use the HTTP API, neither as a program nor as a page of another origin', async () => {
    const start = { workflowType: { name: 'projectRun' }, taskQueue: { name: 'none' } };
    for (const port of ports) {
      await post(port, '/api/v1/namespaces/default/workflows/attack-http', start);
      await post(port, '/api/v1/namespaces/default/workflows/victim/terminate', {});
    }
  });

  it('cannot read workflows without the sign-in', async () => {
    for (const port of ports) {
      for (const path of ['/api/v1/namespaces/default/workflows', '/namespaces/default/workflows/victim']) {
        const body = await fetch(`http://127.0.0.1:${port}${path}`).then(
          (response) => response.text(),
          () => '',
        );
        assert.doesNotMatch(body, /victim/, `port ${port}, ${path}`);
      }
    }
  });

  it('cannot read the key files or enter the socket of the UI as another user', async function () {
    if (process.getuid?.() !== 0) this.skip();
    const settings = temporalSettings(home.home, hold.temporal);
    const files = [
      settings['TEMPORAL_TLS_CLIENT_KEY_PATH'] ?? assert.fail(),
      settings['TEMPORAL_TLS_CLIENT_CERT_PATH'] ?? assert.fail(),
    ];
    // As in a home that an earlier version, or its user, left open: the files protect themselves.
    chmodSync(home.home, 0o755);
    chmodSync(join(home.home, 'temporal'), 0o755);
    for (const file of files) assert.match(await asNobody(`require('fs').readFileSync('${file}')`), /EACCES/);
    const socket = stackPaths(home.home).sockets.temporalUi;
    const attack = `require('net').connect('${socket}').on('connect', () => console.log('in')).on('error', (e) => console.log(e.code))`;
    assert.match(await asNobody(attack), /EACCES/);
  });

  it('are told from its owner by the key files, also by the temporal command', async () => {
    const { stdout } = await run(
      home.env['TEMPORAL_CLI_PATH'] ?? assert.fail('a test has one'),
      ['workflow', 'list', '--output', 'json'],
      { env: { HOME: process.env['HOME'], ...temporalSettings(home.home, hold.temporal) } },
    );
    assert.match(stdout, /"workflowId": "victim"/);
  });

  it('do not get the port while the server is restarted, and its clients stay', async () => {
    await killAndAwait(home.home, 'temporal');
    const taken = createServer();
    taken.listen(Number(new URL(`http://${hold.temporal.address}`).port), '127.0.0.1');
    await assert.rejects(once(taken, 'listening'), /EADDRINUSE/);
    await eventually(
      () =>
        own.workflow
          .getHandle('victim')
          .describe()
          .then(
            () => true,
            () => false,
          ),
      'the same client is served again',
    );
  });
});

/** Runs a script of Node as the user `nobody`. @returns its output */
async function asNobody(script: string): Promise<string> {
  const options = { uid: 65_534, gid: 65_534, cwd: '/', env: {} };
  return run(process.execPath, ['-e', script], options).then(
    ({ stdout, stderr }) => stdout + stderr,
    (error: unknown) => String(error),
  );
}

/** Sends what a web page can send without the consent of the server. */
function post(port: number, path: string, body: object): Promise<void> {
  return new Promise((resolve) => {
    const sent = request({
      ...{ host: '127.0.0.1', port, path, method: 'POST', timeout: 2_000 },
      headers: { 'Content-Type': 'text/plain', Origin: 'https://attacker.example' },
    });
    sent.on('response', (response) => response.resume());
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => undefined);
    sent.on('close', () => resolve());
    sent.end(JSON.stringify(body));
  });
}

/** The TCP ports on which these processes listen, from /proc. */
function listeningPorts(pids: readonly number[]): number[] {
  const sockets = new Set(pids.flatMap(socketsOf));
  const lines = ['tcp', 'tcp6'].flatMap((file) => readFileSync(`/proc/net/${file}`, 'latin1').split('\n'));
  const ports = lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    return state === LISTEN && sockets.has(inode) ? [parseInt(local.split(':')[1] ?? '', 16)] : [];
  });
  return [...new Set(ports)];
}

/** The state of a listening socket in /proc/net/tcp. */
const LISTEN = '0A';

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? [];
      return inode === undefined ? [] : [inode];
    });
  } catch {
    return [];
  }
}
