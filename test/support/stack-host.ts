// A host with stubs for its child processes, run as a separate process by tests of the stack.
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { homeFolder } from '../../src/shared/config.js';
import { childCommands } from '../../src/local-stack/child-commands.js';
import { runHost } from '../../src/local-stack/host/run-host.js';

const home = homeFolder();

/** A stub worker: ready at once; writes its model key to the home for the test; ends with its host. */
const worker = `
  require('node:fs').writeFileSync(process.env.LEADWRIGHT_HOME + '/worker-key', process.env.ANTHROPIC_API_KEY ?? '');
  process.stdin.resume().on('end', () => process.exit());
  console.log(JSON.stringify({ ready: true }));`;

/** A stub notifier: listens on the port of LEADWRIGHT_LISTEN, or on any free port. */
const notifier = `
  const port = Number((process.env.LEADWRIGHT_LISTEN ?? ':0').split(':')[1]);
  const server = require('node:http').createServer((_, response) => response.end('notifier'));
  process.stdin.resume().on('end', () => process.exit());
  server.listen(port, '127.0.0.1', () =>
    console.log(JSON.stringify({ ready: true, url: 'http://127.0.0.1:' + server.address().port, temporalUi: null })));`;

await runHost({
  home,
  env: process.env,
  migrate: () => Promise.resolve(),
  ...(process.env['TEST_POLL_MS'] !== undefined && { pollMs: Number(process.env['TEST_POLL_MS']) }),
  hasOpenWork: () => {
    appendFileSync(join(home, 'polls'), '.');
    return existsSync(join(home, 'no-database'))
      ? Promise.reject(new Error('The database cannot be used: as told by the test'))
      : Promise.resolve(existsSync(join(home, 'open-work')));
  },
  childCommands: {
    ...childCommands(),
    worker: [process.execPath, '-e', worker],
    notifier: [process.execPath, '-e', notifier],
  },
});
// A failed start may leave open handles, which would keep this process alive.
process.exit();
