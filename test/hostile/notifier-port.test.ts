import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { readStackFile } from '../../src/local-stack/stack-file.js';
import { homePaths } from '../../src/shared/config.js';
import { listen } from '../../src/shared/network/listen.js';
import { runOf } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { makeTwoTasks } from '../support/project.js';
import { useCli } from '../support/use-cli.js';

/** Longer than several tries of a client to connect again. */
const SEVERAL_TRIES_MS = 4_000;

describe('a process that takes the port of the killed notifier', function () {
  this.timeout(180_000);
  const { cli, model, scratch } = useCli({ up: () => ({}) });

  it('is sent no token, by the worker or by a command that follows a run', async () => {
    const received: string[] = [];
    const impostor = createServer(({ headers }, response) => {
      received.push(JSON.stringify(headers));
      response.writeHead(404).end();
    });
    impostor.on('upgrade', ({ headers }, socket) => {
      received.push(JSON.stringify(headers));
      socket.destroy();
    });
    const { options } = makeTwoTasks(model, scratch.path, 'impostor', { one: 8_000, two: 500 });
    const followed = cli.start(['run', ...options, '--id', 'impostor', '--json']);
    await followed.untilSaid(/one {2}started/);
    const stack = await readStackFile(homePaths(cli.home).stackFile);
    const notifier = stack?.services.find(({ name }) => name === 'notifier');
    assert.ok(stack && notifier && stack.notifierUrl !== null);
    // The host would start the notifier again at once. Its user's machine may be too busy for that.
    process.kill(stack.host.pid, 'SIGSTOP');
    try {
      process.kill(notifier.pid, 'SIGKILL');
      const port = Number(new URL(stack.notifierUrl).port);
      await eventually(
        () => listen(impostor, '127.0.0.1', port).then(Boolean, () => false),
        'the port is free to take',
      );
      await delay(SEVERAL_TRIES_MS);
    } finally {
      process.kill(stack.host.pid, 'SIGCONT');
    }
    const ran = await followed.done;
    impostor.close();
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(runOf(ran).status, 'completed');
    assert.deepEqual(received, []);
  });
});
