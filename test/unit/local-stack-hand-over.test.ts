import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ConnectionListener } from '../../src/local-stack/temporal/connection-listener.js';
import { spawnService } from '../../src/local-stack/process/spawn-service.js';
import { eventually } from '../support/eventually.js';
import { scratchFolder } from '../support/repository.js';

describe('connections that are handed to a process', () => {
  const scratch = scratchFolder();
  after(() => scratch.remove());

  const spawnNode = (script: string) =>
    spawnService({
      command: process.execPath,
      args: ['-e', script],
      env: { PATH: process.env['PATH'] },
      cwd: scratch.path,
      log: join(scratch.path, 'service.log'),
      messages: true,
    });

  it('end with the process, also those that it has not taken yet', async () => {
    // Without a listener for messages, the process takes none.
    const service = await spawnNode('setInterval(() => {}, 1000)');
    const listener = new ConnectionListener();
    const port = await listener.listen(undefined);
    listener.passTo(service);
    let ended = 0;
    const clients = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const client = connect(port, '127.0.0.1');
        client.on('error', () => undefined).once('close', () => (ended += 1));
        await once(client, 'connect');
        return client;
      }),
    );
    process.kill(service.identity.pid, 'SIGKILL');
    await service.ended;
    await eventually(() => ended === clients.length, 'every client notices');
  });

  it('are served by it', async () => {
    const service = await spawnNode(
      "process.on('message', (_, socket) => { socket.resume(); socket.end('hello'); })",
    );
    const listener = new ConnectionListener();
    const port = await listener.listen(undefined);
    listener.passTo(service);
    const answers = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const client = connect(port, '127.0.0.1');
        let answer = '';
        client.setEncoding('utf8').on('data', (text: string) => (answer += text));
        await once(client, 'close');
        return answer;
      }),
    );
    assert.deepEqual(answers, Array(5).fill('hello'));
    process.kill(service.identity.pid, 'SIGKILL');
    await service.ended;
  });

  it('are refused once it has ended', async () => {
    const service = await spawnNode('');
    await service.ended;
    const listener = new ConnectionListener();
    const port = await listener.listen(undefined);
    listener.passTo(service);
    const client = connect(port, '127.0.0.1');
    client.on('error', () => undefined);
    await once(client, 'close');
    assert.equal(client.bytesRead, 0);
  });
});
